"""What is inside a leaf: inline Markdown as a short tree of spans, citations and mathematics included. Pure.

Not everything that CommonMark knows: no HTML, no reference links. What is still open at the end is closed where the text is
`growing` and is plain text where it is not. `streaming/draft.py` decides what is not shown yet, `spelling.py` writes spans out.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.rendering.emphasis import Run, Style, pair, run
from bot.rendering.links import addresses
from bot.rendering.sanitation import clean


@dataclass(frozen=True, slots=True)
class Text:
    """This is plain text; it may hold line breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """This is a code span."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """This is a formula in LaTeX; `display`: meant for a line of its own."""

    tex: str
    display: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """This is a citation `[n]`."""

    number: int


@dataclass(frozen=True, slots=True)
class Link:
    """This is a link with its label, or an image with its description."""

    label: tuple["Span", ...]
    url: str


@dataclass(frozen=True, slots=True)
class Url:
    """This is an address without a label; `cut`: it may be longer than what has come."""

    url: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Styled:
    """This is a stretch of text with a style. A style never stands inside itself."""

    style: Style
    spans: tuple["Span", ...]


Span = Text | Code | Math | Marker | Link | Url | Styled


@dataclass(frozen=True, slots=True)
class Scanned:
    """This is a text that was read: its spans, the marks open at its end, and whether it ends inside code, link or formula."""

    spans: tuple[Span, ...]
    open_marks: tuple[str, ...] = ()
    inside: bool = False


def scan(text: str, *, growing: bool = False) -> Scanned:
    """Read inline Markdown. `growing`: the text goes on, so that open marks count as closed at its end."""
    return _Scanner(text, growing=growing).scan()


def plain(spans: tuple[Span, ...]) -> str:
    """The words alone."""
    return "".join(_plain(span) for span in spans)


def unlinked(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The same without links, for the label of one."""
    return tuple(_unlinked(span) for span in spans)


# ------------------------------------------------------------------------------------------------------------

_SPACED_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_SPECIAL = re.compile(r"[\\`*_~\[!<&$\n]")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>]*)>")
_LINE_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}")
_BRACKETS = re.compile(r"\\.|[\[\]]|`+", re.DOTALL)
_DESTINATION = re.compile(
    r"\(\s*(?:<(?P<angled>[^<>\n]*)>|(?P<bare>(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()]*\))*\))*))"
    r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?\s*\)"
)
_DOLLARS = re.compile(r"\$(?![\s$])((?:\\.|[^$\\\n])+?)(?<![\s\\])\$(?![\d$])")
_FORMULA = re.compile(r"[\\^_={}+<>|]|^[A-Za-z0-9()'.,/\-]{1,8}$")
_OPEN_BRACKET_REACH = _CODE_REACH = 300
"""Further back than this, an open bracket is no link, and a code span is long enough to be cut."""


class _Scanner:
    """This is one reading of one text."""

    def __init__(self, text: str, *, growing: bool) -> None:
        self._text = _SPACED_BREAK.sub("\n", text) if "\n" in text else text
        self._growing = growing
        self._pieces: list[Span | Run] = []
        self._words: list[str] = []
        self._inside = False
        self._open_ticks: tuple[str, ...] = ()
        self._disguised = False
        self._unpaired: list[int] = []
        self._brackets = self._pairs() if "[" in self._text else {}
        self._addresses = dict(addresses(self._text))

    def scan(self) -> Scanned:
        at, text = 0, self._text
        stops = self._stops()
        stop = next(stops, None)
        while stop is not None:
            if stop < at:
                stop = next(stops, None)
                continue
            self._words.append(text[at:stop])
            at = self._special(stop) or self._literal(stop)
        self._words.append(text[at:])
        self._end_words()
        runs = [piece for piece in self._pieces if isinstance(piece, Run)]
        still_open = pair(runs, heal=self._growing)
        inside = self._inside or self._in_bracket()
        marks = tuple(style.value for style in dict.fromkeys(still_open))
        return Scanned(_fold(self._pieces), marks + self._open_ticks, inside)

    def _stops(self) -> Iterator[int]:
        marks = (match.start() for match in _SPECIAL.finditer(self._text))
        return iter(sorted({*marks, *self._addresses})) if self._addresses else marks

    def _special(self, at: int) -> int:
        """Read what begins here; where it ends, or 0 if it is just a character."""
        if at in self._addresses:
            end = self._addresses[at]
            return self._add(Url(self._text[at:end], cut=self._growing and end == len(self._text)), end)
        match self._text[at]:
            case "\\":
                return self._backslash(at)
            case "`":
                return self._code(at)
            case "*" | "_" | "~":
                return self._run(at)
            case "[":
                return self._bracket(at, at)
            case "!":
                return self._bracket(at, at + 1) if self._text.startswith("[", at + 1) else 0
            case "<":
                return self._angle(at)
            case "&":
                return self._entity(at)
            case "$":
                return self._dollar(at)
            case _:
                return 0

    def _add(self, piece: Span | Run, end: int) -> int:
        self._end_words()
        self._pieces.append(piece)
        return end

    def _literal(self, at: int) -> int:
        self._words.append(self._text[at])
        return at + 1

    def _end_words(self) -> None:
        words = "".join(self._words)
        self._words.clear()
        if not words:
            return
        found = addresses(words) if self._disguised else []
        at = 0
        for start, end in found:
            if start > at:
                self._pieces.append(Text(words[at:start]))
            self._pieces.append(Url(words[start:end]))
            at = end
        if at < len(words):
            self._pieces.append(Text(words[at:]))

    # one kind of mark each ----------------------------------------------------------------------------------

    def _backslash(self, at: int) -> int:
        follows = self._text[at + 1 : at + 2]
        if follows in {"(", "["} and follows:
            end = self._tex(at, "\\)" if follows == "(" else "\\]", display=follows == "[")
            if end:
                return end
        if follows == "\n" or follows in _PUNCTUATION:
            self._words.append(follows)
            self._disguised = True
            return at + 2
        return 0

    def _tex(self, at: int, closing: str, *, display: bool) -> int:
        end = self._text.find(closing, at + 2)
        if end < 0:
            return 0
        tex = self._text[at + 2 : end].strip()
        if not tex or _NUMBER.fullmatch(tex):
            return 0
        return self._add(Math(tex, display), end + 2)

    def _dollar(self, at: int) -> int:
        if self._text.startswith("$$", at):
            return self._tex(at, "$$", display=True)
        match = _DOLLARS.match(self._text, at)
        if match is None or not _FORMULA.search(match[1]):
            return 0
        return self._add(Math(match[1]), match.end())

    def _code(self, at: int) -> int:
        text, start = self._text, at
        while text.startswith("`", start):
            start += 1
        ticks = start - at
        end = _closing_ticks(text, start, ticks)
        if end < 0:
            if self._growing and start < len(text):
                self._inside = len(text) - start <= _CODE_REACH
                self._open_ticks = (text[at:start],)
                return self._add(Code(_code_text(text[start:])), len(text))
            self._words.append(text[at:start])
            return start
        return self._add(Code(_code_text(text[start:end])), end + ticks)

    def _run(self, at: int) -> int:
        end = at
        while self._text.startswith(self._text[at], end):
            end += 1
        return self._add(run(self._text, at, end), end)

    def _entity(self, at: int) -> int:
        match = _ENTITY.match(self._text, at)
        if match is None:
            return 0
        self._words.append(clean(html.unescape(match[0])).replace("\n", " "))
        self._disguised = True
        return match.end()

    def _angle(self, at: int) -> int:
        if match := _LINE_BREAK.match(self._text, at):
            self._words.append("\n")
            return match.end()
        if match := _AUTOLINK.match(self._text, at):
            return self._add(Url(match[1]), match.end())
        return 0

    def _bracket(self, at: int, bracket: int) -> int:
        """A citation, a link or an image; `bracket` is where its `[` is."""
        end = self._brackets.get(bracket)
        if end is None:
            return 0
        label = self._text[bracket + 1 : end]
        link = _DESTINATION.match(self._text, end + 1)
        if link is not None and not (_has_link(label) and at == bracket):
            url = _unescaped(link["angled"] if link["angled"] is not None else link["bare"])
            return self._add(Link(scan(label).spans, url), link.end())
        if _NUMBER.fullmatch(label) and at == bracket:
            return self._add(Marker(int(label)), end + 1)
        return 0

    # brackets -------------------------------------------------------------------------------------------------

    def _pairs(self) -> dict[int, int]:
        """Where each bracket closes, code and escapes left out."""
        pairs: dict[int, int] = {}
        open_at: list[int] = []
        at, text = 0, self._text
        while match := _BRACKETS.search(text, at):
            at = match.end()
            match match[0][0]:
                case "[":
                    open_at.append(match.start())
                case "]" if open_at:
                    pairs[open_at.pop()] = match.start()
                case "`":
                    closing = _closing_ticks(text, at, len(match[0]))
                    at = closing + len(match[0]) if closing >= 0 else at
                case _:
                    pass
        self._unpaired = open_at
        return pairs

    def _in_bracket(self) -> bool:
        return any(at >= len(self._text) - _OPEN_BRACKET_REACH for at in self._unpaired)


def _closing_ticks(text: str, at: int, ticks: int) -> int:
    """Where the run of exactly so many backticks begins; -1 for nowhere."""
    while (at := text.find("`" * ticks, at)) >= 0:
        end = at + ticks
        while text.startswith("`", end):
            end += 1
        if end - at == ticks:
            return at
        at = end
    return -1


def _code_text(text: str) -> str:
    text = text.replace("\n", " ")
    if len(text) > 2 and text[0] == text[-1] == " " and text.strip():  # noqa: PLR2004 - one space on either side
        return text[1:-1]
    return text


def _has_link(label: str) -> bool:
    return "](" in label and not label.startswith("![")


def _unlinked(span: Span) -> Span:
    match span:
        case Styled(style, spans):
            return Styled(style, unlinked(spans))
        case Marker() | Link() | Url():
            return Text(_plain(span))
        case Text() | Code() | Math():
            return span


def _plain(span: Span) -> str:
    match span:
        case Text(text) | Code(text) | Math(text):
            return text
        case Marker(number):
            return f"[{number}]"
        case Link(label, url):
            return plain(label) or url
        case Url(url):
            return url
        case Styled(_, spans):
            return plain(spans)


def _unescaped(url: str) -> str:
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", url))


def _fold(pieces: list[Span | Run]) -> tuple[Span, ...]:
    """Make a tree of a row of spans and matched runs."""
    levels: list[tuple[Style | None, list[Span]]] = [(None, [])]
    doubled = dict.fromkeys(Style, 0)

    def close(style: Style) -> None:
        if doubled[style]:
            doubled[style] -= 1
            return
        _, spans = levels.pop()
        if spans:
            levels[-1][1].append(Styled(style, tuple(spans)))

    for piece in pieces:
        if not isinstance(piece, Run):
            levels[-1][1].append(piece)
            continue
        for style in piece.closed:
            close(style)
        if piece.left:
            levels[-1][1].append(Text(piece.mark * piece.left))
        for style in reversed(piece.opened):
            if any(style is each for each, _ in levels):
                doubled[style] += 1
            else:
                levels.append((style, []))
    while (style := levels[-1][0]) is not None:
        close(style)
    return tuple(levels[0][1])
