"""Writes blocks and spans out again as clean Markdown: every mark balanced, every link allowed, every other character plain. Pure.

`MarkdownDialect` is standard Markdown, which a page in a browser takes as it is; a platform's own dialect overrides what it
spells differently.
"""

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from typing_extensions import override

from bot.model import Source
from bot.rendering.blocks import Block, CodeBlock, Container, Heading, Item, Paragraph, Quote, Rule, Table, squared
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.emphasis import Style
from bot.rendering.inline import Code, Link, Marker, Math, Span, Styled, Text, Url, scan, unlinked
from bot.rendering.latex import readable
from bot.rendering.links import addresses, allowed, host, source_url, web_address
from bot.rendering.sanitation import ZERO_WIDTH, one_line

_WORD = re.compile(r"\w")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_ESCAPED = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n]|$)"  # a backslash that would escape something
    r"|[*`~]|(?<![^\W_])_|_(?![^\W_])|__+"  # marks; an underscore inside a word is none
    r"|\](?=[(\[:]|$)|!(?=\[|$)"  # what would make a link
    r"|<|&(?=#?\w+;)"
)
_LINE_START = re.compile(r"(?m)^([ \t]*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|[-=|](?=[-=| :]*$)|(\d{1,9})([.)])(?=\s|$))")
_HAIR_SPACE = "\u200a"
"""Between a mark and a letter where Markdown would else not see the mark: usual in Chinese and Japanese, as in **「山」**と."""

_MENTION = re.compile(r"@(?=(?:everyone|here|channel|group)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Around:
    """What a span stands in: what may be linked, which styles are on already, the label of a link."""

    linkable: Linkable
    styles: frozenset[Style] = frozenset()
    label: bool = False


class MarkdownDialect(Dialect):
    """This is standard Markdown with short link rules: harmless wherever it is shown."""

    def __init__(self, limit: int = 12_000) -> None:
        self._limit = limit

    @property
    @override
    def limit(self) -> int:
        return self._limit

    @override
    def measure(self, body: str) -> int:
        return len(body)

    @override
    def spell(self, block: Block, linkable: Linkable) -> str:
        lines = self.content(block, linkable)
        return contained(lines, block.path, block.opens) if lines else ""

    @override
    def footnote(self, label: str, source: Source, title_length: int) -> str:
        return f"{label} {self.reference(source, title_length)}"

    @override
    def small(self, text: str) -> str:
        return f"*{self.text(one_line(text))}*"

    # blocks -------------------------------------------------------------------------------------------------

    def content(self, block: Block, linkable: Linkable) -> str:
        """A leaf without what is around it."""
        match block.content:
            case Paragraph(text):
                return self.line(text, linkable, growing=block.growing)
            case Heading(level, text):
                return self.heading(level, text, linkable, growing=block.growing)
            case CodeBlock(text, language):
                return self.fenced(text, language)
            case Table():
                return self.table(block.content, linkable, growing=block.growing)
            case Rule():
                return "---"

    def line(self, text: str, linkable: Linkable, *, growing: bool = False) -> str:
        """Running text, which may have several lines."""
        spelled = self.spans(scan(text, growing=growing).spans, Around(linkable)).strip()
        return _LINE_START.sub(_harmless_start, spelled)

    def single(self, text: str, linkable: Linkable, *styles: Style, growing: bool = False) -> str:
        """Running text on one line; `styles` are on already."""
        spelled = self.spans(scan(text, growing=growing).spans, Around(linkable, frozenset(styles)))
        return " ".join(spelled.split("\n")).strip()

    def heading(self, level: int, text: str, linkable: Linkable, *, growing: bool) -> str:
        """A heading on one line."""
        spelled = self.single(text, linkable, growing=growing)
        return f"{'#' * level} {spelled}" if spelled else ""

    def fenced(self, text: str, language: str = "") -> str:
        """A code block, in a fence that nothing in it can close."""
        longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
        fence = "`" * (longest + 1)
        known = _LANGUAGE.fullmatch(language)
        return f"{fence}{known[0] if known else ''}\n{self.defused(text)}\n{fence}"

    def table(self, table: Table, linkable: Linkable, *, growing: bool) -> str:
        """A table of pipes."""
        table = squared(table)
        rows = [
            "| " + " | ".join(self.single(cell, linkable, growing=growing).replace("|", "\\|") for cell in row) + " |"
            for row in (table.header, *table.rows)
        ]
        marks = {"left": ":--", "center": ":-:", "right": "--:"}
        rows.insert(1, "| " + " | ".join(marks.get(align, "---") for align in table.aligns) + " |")
        return "\n".join(rows)

    # spans --------------------------------------------------------------------------------------------------

    def spans(self, spans: tuple[Span, ...], around: Around) -> str:
        """Inline text."""
        parts: list[str] = []
        for span, then in zip_longest(spans, spans[1:]):
            spelled = self._span(span, then, parts[-1] if parts else "", around)
            if spelled[:1] == "`" and parts and parts[-1][-1:] == "`":
                parts.append(ZERO_WIDTH)  # two pieces of code side by side would become one
            parts.append(spelled)
        return "".join(parts)

    def _span(self, span: Span, then: Span | None, before: str, around: Around) -> str:
        match span:
            case Text(text):
                return self.escaped(text) if around.label else self.text(text)
            case Code(text):
                return self.code(text)
            case Math(tex):
                return self.text(readable(tex))
            case Marker(number):
                return self.marker(number, then, around.linkable)
            case Link(label, url):
                return self._link(label, url, around)
            case Url(url, cut):
                known = None if cut else allowed(url, around.linkable)
                return self.address(known) if known else self.code(url)
            case Styled(style, inner):
                return self._styled(style, inner, then, before, around)

    def marker(self, number: int, then: Span | None, linkable: Linkable) -> str:
        """A citation: a link if its source is known."""
        url = source_url(number, linkable)
        if url is not None and len(url) <= self.limit // 10:
            return f"[[{number}]]({url})"
        ambiguous = isinstance(then, Text) and then.text[:1] in {"(", ":", "["}
        return f"\\[{number}\\]" if ambiguous else f"[{number}]"

    def _link(self, label: tuple[Span, ...], url: str, around: Around) -> str:
        known = allowed(url, around.linkable)
        if known is not None:
            inside = replace(around, label=True)
            return self.link(self.spans(unlinked(label), inside).strip(), known)
        spelled = self.spans(label, Around(Linkable(), around.styles)).strip()
        address = self.code(url.strip())
        return spelled if spelled == address else f"{spelled} {address}".strip()

    def link(self, label: str, url: str) -> str:
        """A link to an address that is allowed; `label` is spelled already."""
        label = bracketed(" ".join(label.split()))
        return f"[{label}]({url})" if label else self.address(url)

    def address(self, url: str) -> str:
        """An address that is allowed and has no label."""
        return f"<{url}>"

    def _styled(self, style: Style, inner: tuple[Span, ...], then: Span | None, before: str, around: Around) -> str:
        spelled = self.spans(inner, replace(around, styles=around.styles | {style}))
        core = spelled.strip()
        if not core or style in around.styles:
            return spelled
        lead, _, trail = spelled.partition(core)
        mark = style.value
        if style is Style.EMPHASIS and not _WORD.match(before[-1:]) and not _starts_with_word(then):
            mark = "_"
        if not lead and not _stands_alone(before[-1:]) and not _WORD.match(core):
            lead = _HAIR_SPACE
        if not trail and isinstance(then, Text) and not _stands_alone(then.text[:1]) and not _WORD.match(core[-1]):
            trail = _HAIR_SPACE
        return f"{lead}{mark}{core}{mark}{trail}"

    # characters ---------------------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """Plain text: nothing in it is a mark, a mention or a link; an address is shown as code, so that nobody links it."""
        parts: list[str] = []
        at = 0
        for start, end in addresses(text):
            parts += [self.escaped(text[at:start]), self.code(text[start:end])]
            at = end
        return "".join([*parts, self.escaped(text[at:])])

    def escaped(self, text: str) -> str:
        """Plain text where no client looks for links: the label of one."""
        return self.defused(_ESCAPED.sub(_escape, text))

    def code(self, text: str) -> str:
        """A code span."""
        text = re.sub(r"`(?=`)", "`" + ZERO_WIDTH, text.replace("\n", " "))
        if not text.strip():
            return text
        ticks = "``" if "`" in text else "`"
        pad = " " if text[0] == "`" or text[-1] == "`" else ""
        return f"{ticks}{pad}{self.defused(text)}{pad}{ticks}"

    def defused(self, text: str) -> str:
        """The same characters, with a zero-width space where a platform would see a mention."""
        return _MENTION.sub("@" + ZERO_WIDTH, text)

    def reference(self, source: Source, title_length: int) -> str:
        """A source as a link that says where it leads; the title goes before the address is ever cut."""
        title = shortened(one_line(source.title), title_length) or host(source.url) or one_line(source.url)[:40]
        url = web_address(source.url)
        named = self.link(self.escaped(title), url) if url else f"{self.text(title)} {self.code(one_line(source.url))}"
        date = one_line(source.date)
        return f"{named} · {self.text(date)}" if date and len(date) <= _LONGEST_DATE else named


_LONGEST_DATE = 20


def shortened(text: str, length: int) -> str:
    """At most so many characters, cut between words where that loses little."""
    if len(text) <= length:
        return text
    cut = text[: max(length - 1, 0)]
    spaced = cut.rpartition(" ")[0]
    return (spaced if len(spaced) > length // 2 else cut).rstrip() + "…" if cut else ""


def bracketed(label: str) -> str:
    """A label whose brackets end nothing: escaped if they are pairs, else round."""
    if "[" not in label and "]" not in label:
        return label
    depth = lowest = 0
    for mark in re.findall(r"[\[\]]", label):
        depth += 1 if mark == "[" else -1
        lowest = min(lowest, depth)
    if depth or lowest:
        return re.sub(r"\\?\[", "(", re.sub(r"\\?\]", ")", label))
    return "".join(
        part if part.startswith("`") else re.sub(r"\\?([\[\]])", r"\\\1", part)
        for part in re.split(r"(`+[^`]*`+)", label)
    )


def contained(text: str, path: tuple[Container, ...], opens: int) -> str:
    """Put a leaf into its quotes and list items: markers before the first line, their width before the others."""
    if not path:
        return text
    first = rest = ""
    for at, container in enumerate(path):
        match container:
            case Quote():
                first, rest = first + "> ", rest + "> "
            case Item(marker):
                blank = " " * (len(marker) + 1)
                first += f"{marker} " if at >= len(path) - opens else blank
                rest += blank
    head, *tail = text.split("\n")
    return "\n".join([first + head, *((rest + line).rstrip() for line in tail)])


def gap(before: Block, after: Block) -> str:
    """What stands between two blocks: as many quotes as both are in go on through an empty line."""
    if after.tight:
        return "\n"
    depth = 0
    for one, other in zip(before.path, after.path, strict=False):
        if not (isinstance(one, Quote) and isinstance(other, Quote)):
            break
        depth += 1
    return "\n" + ">" * depth + "\n"


def _stands_alone(neighbour: str) -> bool:
    """Whether a mark beside this character is a mark even where what it encloses begins or ends with punctuation."""
    return not _WORD.match(neighbour)


def _starts_with_word(span: Span | None) -> bool:
    return isinstance(span, Text) and _WORD.match(span.text) is not None


def _escape(found: re.Match[str]) -> str:
    return "".join("&amp;" if mark == "&" else "\\" + mark for mark in found[0])


def _harmless_start(found: re.Match[str]) -> str:
    return f"{found[1]}{found[3]}\\{found[4]}" if found[3] else f"{found[1]}\\{found[2]}"
