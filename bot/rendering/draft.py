"""What of a growing text is safe to show NOW. Pure: the text comes in as the engine says it, half-typed marks stay in here.

`Draft` gathers the text and removes a leading `<think>` block. The functions hold back what the next characters may turn into
something else: they look at the end only. Closing what is open is not their business, see `rendering/inline.py`.
"""

import re
from enum import Enum

from bot.rendering.sanitation import clean

_THINK, _THOUGHT = "<think>", "</think>"


class _Phase(Enum):
    """Where in the raw text we are."""

    START = "nothing but the beginning of a tag so far"
    THOUGHT = "inside the block"
    PAUSE = "between the block and the answer"
    ANSWER = "the answer"


class Draft:
    """This is the raw text of one answer while it comes in."""

    def __init__(self) -> None:
        self._incoming: list[str] = []
        self._kept: list[str] = []
        self._read = 0
        self._undecided = ""
        self._phase = _Phase.START
        self._finished = False

    def grew(self, text: str) -> None:
        """Append what came. Costs next to nothing."""
        self._incoming.append(text)

    def finish(self) -> None:
        """Nothing more will come."""
        self._finished = True

    def news(self) -> str:
        """What has come since the last call, cleaned, without the leading `<think>` block."""
        self._take_in()
        fresh = "".join(self._kept[self._read :])
        self._read = len(self._kept)
        return fresh

    @property
    def text(self) -> str:
        """All that has come, as it is remembered."""
        self._take_in()
        return "".join(self._kept)

    def _take_in(self) -> None:
        if not self._incoming and not (self._finished and self._undecided):
            return
        text = self._undecided + "".join(self._incoming)
        self._incoming.clear()
        self._undecided = ""
        half = "\r" if text.endswith("\r") and not self._finished else ""  # half of a line end, perhaps
        fresh = clean(self._answer(text.removesuffix(half)))
        self._undecided += half
        if fresh:
            self._kept.append(fresh)

    def _answer(self, text: str) -> str:
        """What of this belongs to the answer; what cannot be told yet waits."""
        if self._phase is _Phase.START:
            start = text.lstrip()
            if _THINK.startswith(start) and not self._finished:
                self._undecided = text
                return ""
            self._phase = _Phase.THOUGHT if start.startswith(_THINK) else _Phase.ANSWER
        if self._phase is _Phase.THOUGHT:
            _, end, rest = text.partition(_THOUGHT)
            if not end:
                self._undecided = "" if self._finished else text[1 - len(_THOUGHT) :]
                return ""
            self._phase, text = _Phase.PAUSE, rest
        if self._phase is _Phase.PAUSE:
            text = text.lstrip()
            self._phase = _Phase.ANSWER if text else _Phase.PAUSE
        return text


# lines --------------------------------------------------------------------------------------------------------

_START = r"(?:[ \t>]|(?:[-+*]|\d{1,9}[.)])(?=[ \t]))*"
_HALF_LINE = re.compile(rf"{_START}(?:#{{1,6}}[ \t]*|[-=+*_~`|:> \t]+|\d{{1,9}}[.)]?|(?:```[^`]*|~~~.*))?")


def without_half_line(source: str) -> str:
    """Leave out a last line of which nobody can say yet what it begins: a marker, a fence, a rule, a table's separator."""
    start = source.rfind("\n") + 1
    return source[:start] if _HALF_LINE.fullmatch(source, start) else source


def without_half_table(paragraph: str) -> str:
    """Leave out the end of a paragraph that may be the header of a table: only the line after it will say."""
    start = paragraph.rfind("\n") + 1
    bar = paragraph.find("|", start)
    if bar < 0 or (len(paragraph) - start > _LONGEST_HEADER and bar > start):
        return paragraph
    return paragraph[:bar].rstrip()


_LONGEST_HEADER = 200

# marks --------------------------------------------------------------------------------------------------------

_REACH = 300
_LONGEST_ADDRESS = 2000
_HALF = [
    re.compile(r"[*_~`$!\\\s]+$"),  # marks that may open, close or become longer
    re.compile(r"<[^\s<>][^\s<>]{0,200}$|<$"),  # an autolink, a tag, a mention
    re.compile(r"&[#\w]{0,31}$"),  # an entity
    re.compile(r"(?<!\\)\\[(\[][\s\S]{0,300}$"),  # a formula
    re.compile(r"\$\$[^$]{0,300}$|(?<![\w$])\$(?=[A-Za-z\\{(])[^$\n]{0,80}$"),
]
_CITATION = re.compile(r"\[\d{1,3}\]$")
_TARGET = re.compile(
    r"\]\([ \t]*[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:[ \t]+[\"'(][^\"')\n]{0,200}[\"')]?[ \t]*)?$"  # an address, a title
    r"|\]\([ \t]*[^\s()]*\([^\s()]*$"  # an address with a parenthesis
    r"|\]\([ \t]*<[^<>\n]*(?:>(?:[ \t]+[\"'(]?[^\"')\n]{0,200}[\"')]?[ \t]*)?)?$"  # an address in angle brackets
)


def without_half_mark(text: str) -> str:
    """Leave out the end of running text that may become a mark, a citation, a link or a formula.

    Nothing is held back for long: what would be too much is shown as it is.
    """
    shown = text
    while (shorter := _shorter(shown)) != shown:
        if len(text) - len(shorter) > _LONGEST_ADDRESS + _REACH or text.count(" ", len(shorter)) > _REACH // 2:
            return text
        shown = shorter
    return shown


def ends_clean(text: str) -> bool:
    """Whether nothing is half typed here, given that a space follows."""
    return _without_half_link(text + " ") == text + " " and without_half_mark(text + " .") == text + " ."


def _shorter(text: str) -> str:
    tail = text[-_REACH - 10 :]
    base = len(text) - len(tail)
    for pattern in _HALF:
        match = pattern.search(tail)
        if match is not None and not _is_closed_formula(match[0]):
            return text[: base + match.start()]
    return _without_half_link(text)


def _is_closed_formula(half: str) -> bool:
    return half.startswith("\\") and (("\\)" in half) if half[1:2] == "(" else ("\\]" in half))


def _without_half_link(text: str) -> str:
    if "[" not in text[-_REACH - _LONGEST_ADDRESS :]:
        return text
    start = _open_bracket(text)
    if start is None and (target := _TARGET.search(text, max(0, len(text) - _LONGEST_ADDRESS))):
        text = text[: target.start() + 1]
        start = None if _CITATION.search(text) else _bracket(text)
    elif start is None and text.endswith("]") and not _CITATION.search(text):
        start = _bracket(text)
    return text if start is None else text[:start].removesuffix("!")


def _bracket(text: str) -> int | None:
    """Where the bracket begins that closes at the end of this text."""
    depth = 0
    for at in range(len(text) - 1, max(-1, len(text) - _REACH), -1):
        if text[at] == "]":
            depth += 1
        elif text[at] == "[":
            depth -= 1
            if depth == 0:
                return at
        elif text[at] == "\n":
            break
    return None


def _open_bracket(text: str) -> int | None:
    """Where the outermost bracket begins that is still open, if that is not too long ago."""
    depth, found = 0, None
    for at in range(len(text) - 1, max(-1, len(text) - _REACH), -1):
        if text[at] == "]":
            depth += 1
        elif text[at] == "[":
            if depth == 0:
                found = at
            else:
                depth -= 1
        elif text[at] == "\n":
            break
    return found
