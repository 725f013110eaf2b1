"""The open end of a text: what was parsed for good is handed over and forgotten. Pure.

Only the last leaf of a Markdown text can still change. So the tail is that leaf alone, with as much written before it as a
parser needs to see it in its place: empty list items, a fence, a table's header. That is what keeps the work linear.
"""

from dataclasses import dataclass, replace

from bot.rendering.blocks import (
    GUARD,
    Block,
    CodeBlock,
    Container,
    Heading,
    Item,
    Leaf,
    Paragraph,
    Quote,
    Rule,
    Table,
    parse,
)
from bot.rendering.cutting import reopened
from bot.rendering.draft import without_half_line


@dataclass(frozen=True, slots=True)
class _Lead:
    """What was written before the tail: so many containers are only open, not begun; how the first leaf joins what went before."""

    containers: int = 0
    tight: bool = False
    continued: bool = False


class Tail:
    """This is the end of a growing text from its last leaf on."""

    def __init__(self) -> None:
        self._source = ""
        self._lead = _Lead()

    def grew(self, text: str) -> None:
        """Append."""
        self._source += text

    def read(self, *, finished: bool) -> tuple[list[Block], Leaf | None]:
        """Hand over the blocks that are settled, and look at the last one, which stays."""
        source = self._source if finished else without_half_line(self._source)
        leaves = parse(source)
        if not leaves:
            return [], None
        leaves[0] = self._joined(leaves[0])
        *settled, last = leaves
        last = _growing(last, source, finished=finished)
        if settled:
            last = self._advance(last)
        return [leaf.block for leaf in settled], last

    def cut(self, leaf: Leaf, at: int) -> None:
        """What stands before this position of the last leaf is settled; the rest is opened again."""
        lines = self._source.split("\n")
        path = leaf.block.path
        before, inside = _lead(path)
        match leaf.block.content:
            case Paragraph(text) | Heading(_, text) as content:
                begin = "#" * content.level + " " if isinstance(content, Heading) else GUARD
                marks = reopened(text, at)
                line, column = _place(text, at + len(text[at:]) - len(text[at:].lstrip()), lines, leaf.first)
                first = inside + begin + marks + lines[line][column:]
            case CodeBlock(text, language):
                line, column = _place(text, at + text.startswith("\n", at), lines, leaf.first + bool(leaf.fence))
                opening = f"{inside}{leaf.fence}{language}\n" if leaf.fence else ""
                whole_line = at == 0 or text.startswith("\n", at)
                first = opening + (
                    lines[line] if whole_line else inside + ("" if leaf.fence else "    ") + lines[line][column:]
                )
            case Table(header, aligns):
                line = leaf.first + 2 + at
                first = (
                    inside
                    + _row(header)
                    + "\n"
                    + inside
                    + _row([_ALIGN[align] for align in aligns])
                    + "\n"
                    + lines[line]
                )
            case Rule():
                return
        self._restart([*before, first, *lines[line + 1 :]], _Lead(len(path), tight=False, continued=True))

    def clear(self) -> None:
        """Everything was handed over."""
        self._source = ""
        self._lead = _Lead()

    # ------------------------------------------------------------------------------------------------------------

    def _joined(self, leaf: Leaf) -> Leaf:
        lead = self._lead
        block = leaf.block
        content = block.content
        if lead.continued and isinstance(content, Heading):
            content = Paragraph(content.text)
        opens = max(0, block.opens - lead.containers)
        block = replace(block, content=content, opens=opens, tight=lead.tight, continued=lead.continued)
        return replace(leaf, block=block)

    def _advance(self, last: Leaf) -> Leaf:
        """Forget everything before the last leaf, but not the lists and quotes it is in; the leaf in its new place."""
        block = last.block
        outer = block.path[: len(block.path) - block.opens]
        before, inside = _lead(outer)
        begun = block.path[len(outer)] if block.opens else None
        if isinstance(begun, Item) and (sibling := _sibling(begun)):
            before.append(inside + sibling)
        self._restart([*before, *self._source.split("\n")[last.start :]], _Lead(len(outer), block.tight))
        shift = len(before) - last.start
        return replace(last, start=last.start + shift, first=last.first + shift, end=last.end + shift)

    def _restart(self, lines: list[str], lead: _Lead) -> None:
        self._source = "\n".join(lines)
        self._lead = lead


_ALIGN = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}


def _growing(leaf: Leaf, source: str, *, finished: bool) -> Leaf:
    """The last leaf, marked as growing unless it is over. At the very end, what was left open is closed."""
    closed = leaf.closed or (not finished and _is_over(leaf, source))
    content = leaf.block.content
    if isinstance(content, Table) and not finished and not source.endswith("\n"):
        content = replace(content, rows=content.rows[:-1])  # half a row
    return replace(leaf, block=replace(leaf.block, content=content, growing=not closed), closed=closed)


def _is_over(leaf: Leaf, source: str) -> bool:
    """Whether an empty line, or any line after a heading, has ended this leaf."""
    complete_lines = source.count("\n")
    match leaf.block.content:
        case Heading():
            return complete_lines >= leaf.end
        case Paragraph() | Table():
            return complete_lines > leaf.end
        case CodeBlock() | Rule():
            return False


def _lead(path: tuple[Container, ...]) -> tuple[list[str], str]:
    """Lines that open these containers without content, and what a line inside of them begins with."""
    lines: list[str] = []
    inside = ""
    for container in path:
        match container:
            case Quote():
                inside += "> "
            case Item(_, written, indent):
                pad = " " * min(max(indent - len(written) - 1, 0), 3)
                lines.append(inside + pad + written)
                inside += " " * indent
    return lines, inside


def _sibling(item: Item) -> str:
    """An empty item of the number before, so that a list goes on counting; "" where nothing is counted."""
    number = item.written[:-1]
    return f"{int(number) - 1}{item.written[-1]}" if number and int(number) else ""


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _place(text: str, at: int, lines: list[str], first: int) -> tuple[int, int]:
    """The line and column of the source where position `at` of a leaf's text is: its lines end as the source's lines do."""
    row = text.count("\n", 0, at)
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    length = len((text[start:] if end < 0 else text[start:end]).rstrip())
    line = lines[first + row]
    return first + row, max(0, len(line.rstrip()) - length + (at - start))
