"""The block structure of Markdown as a flat row of leaves, each with the lists and quotes around it. Pure.

markdown-it-py finds the blocks; `tail.py` calls this for the open end of an answer only, and `inline.py` reads what is inside
a leaf. Flat, because pages are cut between leaves and inside them, never between a list and its items.
"""

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

GUARD = "\x02"
"""Stands before the rest of a paragraph that was cut, so that "1. " in mid-sentence starts no list. Never part of a leaf."""

_BAR_IN_CODE = re.compile(r"(`+)[^`]*(?<!\\)\|[^`]*\1")
_DEEPEST = 60
_TOO_DEEP = re.compile(r"^((?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){12})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Quote:
    """This is a block quote around a leaf."""


@dataclass(frozen=True, slots=True)
class Item:
    """This is a list item around a leaf: "-" or "7." is drawn.

    In the source it is `written` "*" or "7)", and `indent` columns lead from its surroundings to its content.
    """

    marker: str
    written: str = "-"
    indent: int = 2


Container = Quote | Item


@dataclass(frozen=True, slots=True)
class Paragraph:
    """This is running text: inline Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """This is a heading of level 1 to 6."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """This is code, word for word; `text` does not end with a line break."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """This is a table; rows may be longer or shorter than the header. `aligns` are "", "left", "center" or "right"."""

    header: tuple[str, ...]
    aligns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """This is a line across the page."""


Content = Paragraph | Heading | CodeBlock | Table | Rule


@dataclass(frozen=True, slots=True)
class Block:
    """This is one leaf, ready to be spelled.

    The innermost `opens` containers of `path` begin with this leaf, so their markers are drawn here. `tight`: no empty line before.
    `growing`: the end is not the end that was meant, so what is open there is closed. `continued`: goes on where the leaf
    before it was cut.
    """

    content: Content
    path: tuple[Container, ...] = ()
    opens: int = 0
    tight: bool = False
    growing: bool = False
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """This is a block with its place in the source: lines from `first` up to and without `end`.

    The containers that it opens begin in line `start`. `closed`: nothing can be added to it. `fence` is what opened a code
    block, "" for code that is only indented.
    """

    block: Block
    start: int
    first: int
    end: int
    closed: bool = False
    fence: str = ""


def parse(source: str) -> list[Leaf]:
    """Find the leaves of a piece of Markdown, in order."""
    source = _TOO_DEEP.sub(lambda found: found[0] + GUARD, source)
    tokens: list[Token] = []
    indents: dict[tuple[int, int], int] = {}
    _MARKDOWN.block.parse(source, _MARKDOWN, {"indents": indents}, tokens)
    if any(token.level > 2 * _DEEPEST for token in tokens):
        return _flat(source)
    return _Walk(source.split("\n"), tokens, indents).leaves


def squared(table: Table) -> Table:
    """The table with as many cells in every row as in the longest."""
    width = max([len(table.header), *map(len, table.rows)])
    return Table(
        _padded(table.header, width), _padded(table.aligns, width), tuple(_padded(row, width) for row in table.rows)
    )


def merged(block: Block, more: Block) -> Block | None:
    """Put a cut block together again; None where `more` does not continue it."""
    if not more.continued:
        return None
    match block.content, more.content:
        case CodeBlock(text, language), CodeBlock(rest):
            content = CodeBlock(f"{text}\n{rest}", language)
        case Table(header, aligns, rows), Table(_, _, others):
            content = Table(header, aligns, rows + others)
        case _:
            return None
    return replace(block, content=content, growing=more.growing)


# ------------------------------------------------------------------------------------------------------------


def _padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    return cells + ("",) * (width - len(cells))


def _cells(line: str, expected: int) -> tuple[str, ...]:
    """The cells of a table row. A bar inside code ends a cell, says the rule; where the row then has too many, it does not."""
    cells = _split(line)
    if len(cells) > expected and "`" in line:
        whole = _split(_BAR_IN_CODE.sub(lambda found: found[0].replace("|", "\\|"), line))
        cells = whole if len(whole) == expected else cells
    return tuple(cells)


def _split(line: str) -> list[str]:
    cells = escapedSplit(line.strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return [cell.strip() for cell in cells]


def _note_indent(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    """A rule that never matches: it notes where the content of a list item begins, which no token says."""
    if not silent:
        state.env["indents"][line, state.level] = state.blkIndent
    return False


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 2 * _DEEPEST + 4})
    markdown.enable("table")
    # A reference would vanish from the text, and "text\n---" is meant as a rule far more often than as a heading.
    markdown.disable(["reference", "lheading", "html_block"])
    markdown.block.ruler.before("table", "note_indent", _note_indent)
    return markdown


_MARKDOWN = _parser()


def _flat(source: str) -> list[Leaf]:
    """Absurdly nested text, without its nesting: every line is kept, as a paragraph."""
    lines = source.split("\n")
    return [
        Leaf(Block(Paragraph(line.strip().replace(GUARD, "")), tight=True), at, at, at + 1)
        for at, line in enumerate(lines)
        if line.strip()
    ]


class _Walk:
    """This is one walk over block tokens."""

    def __init__(self, lines: list[str], tokens: list[Token], indents: dict[tuple[int, int], int]) -> None:
        self._lines = lines
        self._indents = indents
        self._path: list[Container] = []
        self._begun: list[int] = []
        self._numbers: list[int] = []
        self._opens = 0
        self.leaves: list[Leaf] = []
        for at, token in enumerate(tokens):
            self._step(token, tokens, at)

    def _step(self, token: Token, tokens: list[Token], at: int) -> None:
        match token.type:
            case "blockquote_open":
                self._open(Quote(), token)
            case "ordered_list_open" | "bullet_list_open":
                self._numbers.append(int(token.attrs.get("start", 1)) - 1)
            case "ordered_list_close" | "bullet_list_close":
                self._numbers.pop()
            case "list_item_open":
                self._open_item(token)
            case "blockquote_close" | "list_item_close":
                self._path.pop()
                self._begun.pop()
                self._opens = max(0, self._opens - 1)
            case _:
                content, closed = self._content(token, tokens, at)
                if content is not None:
                    self._add(token, content, closed)

    def _open_item(self, token: Token) -> None:
        self._numbers[-1] += 1
        marker = f"{self._numbers[-1]}." if token.info else "-"
        written = f"{self._numbers[-1]}{token.markup}" if token.info else token.markup
        first, _ = token.map or (0, 0)
        inner = self._indents.get((first, token.level + 1), 0)
        outer = 0
        for container in self._path:
            outer = outer + container.indent if isinstance(container, Item) else 0
        self._open(Item(marker, written, max(inner - outer, len(marker) + 1)), token)

    def _open(self, container: Container, token: Token) -> None:
        self._path.append(container)
        self._begun.append(token.map[0] if token.map else 0)
        self._opens += 1

    def _content(self, token: Token, tokens: list[Token], at: int) -> tuple[Content | None, bool]:
        match token.type:
            case "paragraph_open":
                text = tokens[at + 1].content.replace(GUARD, "").strip()
                return (Paragraph(text) if text else None), False
            case "heading_open":
                return Heading(int(token.tag[1:]), tokens[at + 1].content.replace(GUARD, "")), False
            case "fence":
                language = token.info.strip().split(" ")[0]
                return CodeBlock(token.content.removesuffix("\n"), language), self._is_closed(token)
            case "code_block":
                return CodeBlock(token.content.strip("\n")), False
            case "table_open":
                return self._table(token, tokens, at), False
            case "hr":
                return Rule(), True
            case _:
                return None, False

    def _is_closed(self, fence: Token) -> bool:
        """Whether the last line of a fence is its closing line: markdown-it closes an open one silently."""
        first, end = fence.map or (0, 0)
        if end == first + 1:
            return False
        last = self._lines[end - 1].lstrip(" \t>").rstrip()
        return len(last) >= len(fence.markup) and not last.strip(fence.markup[0])

    def _table(self, token: Token, tokens: list[Token], at: int) -> Table:
        """The rows are read from the source: markdown-it drops the cells that a row has too many."""
        header: list[str] = []
        aligns: list[str] = []
        for each in tokens[at:]:
            if each.type == "th_open":
                aligns.append(str(each.attrs.get("style", "")).removeprefix("text-align:"))
            elif each.type == "inline":
                header.append(each.content)
            elif each.type == "thead_close":
                break
        first, end = token.map or (0, 0)
        rows = [_cells(line.lstrip(" \t>"), len(header)) for line in self._lines[first + 2 : end]]
        return Table(tuple(header), tuple(aligns), tuple(rows))

    def _add(self, token: Token, content: Content, closed: bool) -> None:
        first, end = token.map or (0, 0)
        tight = bool(self.leaves) and self.leaves[-1].end >= first
        block = Block(content, tuple(self._path), self._opens, tight)
        start = self._begun[-self._opens] if self._opens else first
        self.leaves.append(Leaf(block, start, first, end, closed, token.markup if token.type == "fence" else ""))
        self._opens = 0
