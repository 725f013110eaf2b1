"""One page while it is filled: its blocks, how much room they take, and how it reads with and without links. Pure."""

from dataclasses import dataclass, field, replace

from bot.rendering.blocks import Block, CodeBlock, Container, Heading, Paragraph, Quote, Rule, Table, merged
from bot.rendering.cutting import head
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.inline import Marker, Span, Styled, plain, scan
from bot.rendering.links import without_addresses
from bot.rendering.sanitation import ZERO_WIDTH
from bot.rendering.spelling import gap

MARKER_ROOM = 80
"""So much longer a marker becomes when it turns into a link, in general."""

SUMMARY_LENGTH = 150

_SHRINKING = 4
"""Marks and formulas become shorter when they are spelled, but not by more than this."""


def reserve(limit: int) -> int:
    """What is left free on every page for the sources: 300 of 2,000, at most 1,500."""
    return min(1500, limit * 15 // 100)


@dataclass(slots=True)
class _Cell:
    """A block as it stands on the page, and what it takes of the budget, the gap before it included."""

    block: Block
    cost: int = 0
    spelled: list[tuple[Linkable, str]] = field(default_factory=list[tuple[Linkable, str]])


class SealedPage:
    """This is a page whose words are settled; only links may still come."""

    def __init__(self, dialect: Dialect, cells: list[_Cell]) -> None:
        self._dialect = dialect
        self._cells = cells

    @property
    def blocks(self) -> list[Block]:
        """What stands on this page."""
        return [cell.block for cell in self._cells]

    def body(self, linkable: Linkable) -> str:
        """The page as it reads with these links."""
        return _assembled(self._dialect, self._cells, linkable)

    def summary(self) -> str:
        """One plain line that says how the page begins."""
        return summary(self.blocks)


class OpenPage:
    """This is a page that is being filled. Its budget never depends on what becomes known after it was begun.

    In its first `half` everything is shown as it comes, up to `calm` word by word, and from there to `capacity` only whole
    sentences, rows and lines, so that the cut can be made at a good place without moving anything that was seen.
    """

    def __init__(self, dialect: Dialect, linkable: Linkable) -> None:
        self._dialect = dialect
        self._planned = linkable
        self._cells: list[_Cell] = []
        self._drawn: list[bool] = []
        self._tried: tuple[Block, int, _Cell] | None = None
        self.capacity = dialect.limit - reserve(dialect.limit)
        self.calm = self.capacity - min(self.capacity // 5, 600)
        self.half = self.capacity // 2
        self.cost = 0

    @property
    def empty(self) -> bool:
        """Whether nothing stands here yet."""
        return not self._cells

    def cost_seen(self) -> int:
        """What the page takes without the headings at its end that are not shown yet."""
        return sum(cell.cost for cell in self._seen())

    def cost_with(self, block: Block) -> int:
        """What the page would take with this block at its end."""
        kept, cell = self._join(block)
        return self.cost - sum(each.cost for each in self._cells[kept:]) + cell.cost

    def fits(self, block: Block) -> bool:
        """Whether there is room for this block."""
        if near(block, self.capacity) is not block:
            return False
        return self.cost_with(replace(block, growing=True)) <= self.capacity

    def fitted(self, block: Block) -> Block:
        """The block as it goes on the page: with its open ends closed if they, as plain text, would take too much room."""
        return block if self.cost_with(block) <= self.capacity else replace(block, growing=True)

    def add(self, block: Block) -> None:
        """Put a block at the end."""
        kept, cell = self._join(block)
        self.cost += cell.cost - sum(each.cost for each in self._cells[kept:])
        self._cells[kept:] = [cell]
        self._tried = None
        self._drawn = [shown for _, shown in self._drawing(block)]

    def sealed(self) -> SealedPage:
        """The same page, closed."""
        return SealedPage(self._dialect, self._cells)

    def take_headings(self) -> list[Block]:
        """Remove the headings at the end that nothing follows and nobody has seen."""
        shown = self._seen()
        taken = self._cells[len(shown) :]
        self._cells = shown
        self._tried = None
        self.cost -= sum(cell.cost for cell in taken)
        return [cell.block for cell in taken]

    def body(self, linkable: Linkable, end: Block | None = None) -> str:
        """The page as it may be shown now; `end` is a block that stands at its end for now."""
        if end is None:
            return _assembled(self._dialect, self._seen(), linkable)
        kept, cell = self._join(end)
        return _assembled(self._dialect, [*self._cells[:kept], cell], linkable)

    def summary(self, end: Block | None = None) -> str:
        """One plain line that says how the page begins."""
        return summary([*(cell.block for cell in self._cells), *([end] if end else [])])

    # ------------------------------------------------------------------------------------------------------------

    def _seen(self) -> list[_Cell]:
        """Without the headings that are held back until something follows them."""
        cells, cost = list(self._cells), self.cost
        while cells and isinstance(cells[-1].block.content, Heading | Rule) and cost - cells[-1].cost >= self.calm:
            cost -= cells.pop().cost
        return cells

    def _join(self, block: Block) -> tuple[int, _Cell]:
        """How many cells stay as they are when this block comes, and the cell that follows them."""
        if self._tried is not None and self._tried[0] == block:
            return self._tried[1:]
        self._tried = (block, *self._joined(block))
        return self._tried[1:]

    def _joined(self, block: Block) -> tuple[int, _Cell]:
        block = self._adapted(block)
        kept = len(self._cells)
        if kept and (whole := merged(self._cells[-1].block, block)) is not None:
            block, kept = whole, kept - 1
        cell = _Cell(block)
        text = _spelled(self._dialect, cell, self._planned)
        if text and kept:
            text = gap(self._cells[kept - 1].block, block) + text
        cell.cost = self._dialect.measure(text) + self._room(block)
        return kept, cell

    def _room(self, block: Block) -> int:
        """What the markers of sources that are not known yet will take."""
        known = len(self._planned.sources)
        each = min(MARKER_ROOM, self._dialect.limit // 20)
        return each * sum(1 for number in markers(block) if number > known)

    def _adapted(self, block: Block) -> Block:
        """The block without the list items that were begun on an earlier page."""
        path = tuple(container for container, drawn in self._drawing(block) if drawn)
        return replace(block, path=path) if len(path) < len(block.path) else block

    def _drawing(self, block: Block) -> list[tuple[Container, bool]]:
        """Which of the containers around a block appear on this page."""
        inherited = len(block.path) - block.opens
        return [
            (each, isinstance(each, Quote) or at >= inherited or (at < len(self._drawn) and self._drawn[at]))
            for at, each in enumerate(block.path)
        ]


def near(block: Block, capacity: int) -> Block:
    """The block, or as much of it as could ever go on a page: what is far too long is not spelled to find that out."""
    match block.content:
        case Paragraph(text) | Heading(_, text) | CodeBlock(text):
            return block if len(text) <= _SHRINKING * capacity else head(block, _SHRINKING * capacity)
        case Table(_, _, rows):
            return block if len(rows) <= capacity else head(block, capacity)
        case Rule():
            return block


def markers(block: Block) -> list[int]:
    """The citations in a block, in order."""
    match block.content:
        case Paragraph(text) | Heading(_, text):
            return _markers(text)
        case Table(header, _, rows):
            return [number for row in (header, *rows) for cell in row for number in _markers(cell)]
        case CodeBlock() | Rule():
            return []


def summary(blocks: list[Block]) -> str:
    """At most 150 characters of plain text that no platform takes for a mention."""
    words: list[str] = []
    for block in blocks:
        words.extend(_words(block).split())
        if sum(map(len, words)) > SUMMARY_LENGTH:
            break
    line = without_addresses(" ".join(words)).replace("@", "@" + ZERO_WIDTH).replace("<", "‹").replace(">", "›")
    if len(line) <= SUMMARY_LENGTH:
        return line
    cut = line[: SUMMARY_LENGTH - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def _assembled(dialect: Dialect, cells: list[_Cell], linkable: Linkable) -> str:
    parts: list[str] = []
    before: Block | None = None
    for cell in cells:
        text = _spelled(dialect, cell, linkable)
        if not text:
            continue
        if before is not None:
            parts.append(gap(before, cell.block))
        parts.append(text)
        before = cell.block
    return "".join(parts)


def _spelled(dialect: Dialect, cell: _Cell, linkable: Linkable) -> str:
    """A block is spelled once for each state of knowledge."""
    for known, text in cell.spelled:
        if known is linkable:
            return text
    text = dialect.spell(cell.block, linkable)
    cell.spelled = [*cell.spelled[-1:], (linkable, text)]
    return text


def _markers(text: str) -> list[int]:
    return _numbers(scan(text).spans) if "[" in text else []


def _numbers(spans: tuple[Span, ...]) -> list[int]:
    found: list[int] = []
    for span in spans:
        if isinstance(span, Marker):
            found.append(span.number)
        elif isinstance(span, Styled):
            found.extend(_numbers(span.spans))
    return found


def _words(block: Block) -> str:
    match block.content:
        case Paragraph(text) | Heading(_, text):
            return plain(scan(text, growing=block.growing).spans)
        case CodeBlock(text):
            return text
        case Table(header, _, rows):
            return " ".join(plain(scan(cell).spans) for row in (header, *rows[:3]) for cell in row)
        case Rule():
            return ""
