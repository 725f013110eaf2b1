"""A terminal small enough to be read: it keeps what stands on its screen and what has scrolled away."""

import re
from dataclasses import dataclass, field

_SEQUENCE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")
_KNOWN = "hlm"  # the cursor shown or hidden, colours


@dataclass(slots=True)
class Terminal:
    """This is a screen of so many rows. What it cannot read it counts in `unknown`."""

    rows: int
    lines: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0
    unknown: list[str] = field(default_factory=list[str])

    def read(self, written: str) -> None:
        """Take in what a program has written."""
        at = 0
        while at < len(written):
            match = _SEQUENCE.match(written, at)
            if match:
                self._obey(match[1], match[2])
                at = match.end()
            else:
                self._put(written[at])
                at += 1

    @property
    def text(self) -> str:
        """Everything one can read, scrolling back to the beginning."""
        return "\n".join(line.rstrip() for line in self.lines)

    def _put(self, character: str) -> None:
        match character:
            case "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            case "\r":
                self.column = 0
            case _ if character.isprintable():
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
                self.column += 1
            case _:
                self.unknown.append(character)

    def _obey(self, arguments: str, command: str) -> None:
        match command:
            case "A":
                top = max(0, len(self.lines) - self.rows)
                self.row = max(top, self.row - int(arguments or 1))
            case "K":
                self.lines[self.row] = ""
            case _ if command not in _KNOWN:
                self.unknown.append(arguments + command)
            case _:
                pass
