"""Fills pages with blocks and decides where one ends: at a block, a sentence, a word, in this order. Pure.

A cut depends on the text before it alone, so that it is the same however the text came in. What was shown never moves: near
the end of a page only whole sentences are shown, and a word or a link is shown when it is complete.
"""

from dataclasses import replace

from bot.rendering.blocks import Block, CodeBlock, Heading, Leaf, Paragraph, Rule, Table
from bot.rendering.cutting import characters, furthest, head, rest, spread, units, words
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.draft import without_half_mark, without_half_table
from bot.rendering.page import OpenPage, SealedPage, markers, near
from bot.rendering.tail import Tail

_LONG_CODE = 2000
_LONG_TABLE = 20
"""Open blocks longer than this are settled up to their last line, so that they are not parsed again and again."""


class Filling:
    """This is an answer's text on its way into pages. `linkable`: what the next page is measured with."""

    def __init__(self, dialect: Dialect, linkable: Linkable) -> None:
        self.linkable = linkable
        self.sealed: list[SealedPage] = []
        self._dialect = dialect
        self._tail = Tail()
        self._page = OpenPage(dialect, linkable)
        self._end: Block | None = None
        self._over = False

    def advance(self, text: str, *, finished: bool) -> None:
        """Take in what came, and all of it if nothing more will come."""
        if self._over or not (text or finished):
            return
        self._tail.grew(text)
        while self._step(finished=finished):
            pass
        if finished:
            self._over = True
            self._seal()

    def shows_open_page(self) -> bool:
        """Whether anything may be shown on the page that grows."""
        return bool(self.open_body(self.linkable))

    def open_body(self, linkable: Linkable) -> str:
        """The page that grows, as it may be shown now."""
        return self._page.body(linkable, self._end)

    def open_summary(self) -> str:
        """How the page that grows begins."""
        return self._page.summary(self._end)

    def cited(self) -> set[int]:
        """The numbers of all markers on sealed pages."""
        return {number for page in self.sealed for block in page.blocks for number in markers(block)}

    # blocks -------------------------------------------------------------------------------------------------

    def _step(self, *, finished: bool) -> bool:
        """Place what is settled and look at the last block; whether there is more to do because it was cut."""
        settled, last = self._tail.read(finished=finished)
        self._end = None
        for block in settled:
            self._place(block)
        if last is None:
            return False
        if finished:
            self._tail.clear()
            self._place(last.block)
            return False
        return self._look(last)

    def _look(self, last: Leaf) -> bool:
        """Cut the last block if it is too long; else say how much of it is shown."""
        block = _held(last.block)
        if block is None:
            return False
        if self._page.fits(block):
            at = _settled_part(block)
            if not at:
                self._end = self._shown(self._page.fitted(block))
                return False
            self._page.add(head(block, at))
            self._tail.cut(last, at)
            return True
        at = self._cut(block)
        if at:
            self._page.add(head(block, at))
            self._tail.cut(last, at)
        elif self._page.empty and isinstance(block.content, Table):
            self._spread(block, block.content)
            self._tail.cut(last, 1)
            return True
        self._seal()
        return True

    def _place(self, block: Block) -> None:
        """Put a block that will not change onto the page, or onto as many as it takes."""
        if _is_leftover(block):
            return
        while not self._page.fits(block):
            at = self._cut(block)
            if at:
                self._page.add(head(block, at))
                block = rest(block, at)
            elif self._page.empty and isinstance(block.content, Table):
                self._spread(block, block.content)
                block = rest(block, 1)
                if not isinstance(block.content, Table) or not block.content.rows:
                    return
                continue
            self._seal()
        self._page.add(self._page.fitted(block))

    def _spread(self, block: Block, table: Table) -> None:
        for paragraph in spread(table):
            self._place(replace(block, content=paragraph, continued=False, growing=False))

    def _seal(self) -> None:
        """Close the page. Headings that nothing follows go to the next one."""
        carried = [] if self._over else self._page.take_headings()
        if self._page.body(self.linkable):
            self.sealed.append(self._page.sealed())
        self._page = OpenPage(self._dialect, self.linkable)
        for block in carried:
            if not isinstance(block.content, Rule):
                self._page.add(replace(block, tight=False))

    # cuts -----------------------------------------------------------------------------------------------------

    def _cut(self, block: Block) -> int:
        """Where to cut a block that does not fit; 0 for before it. Never before what was shown."""
        page = self._page
        block = near(block, page.capacity)
        content = block.content
        at = furthest(block, units(content), page.fits)
        if isinstance(content, Table) or (at and page.cost_with(head(block, at)) >= page.calm):
            return at
        if page.cost_seen() >= page.calm:
            return 0
        at = self._by_words(block, page.capacity)
        return at or (1 if page.empty and characters(content) else 0)

    def _shown(self, held: Block) -> Block | None:
        """As much of the growing end of the page as will certainly stay on it."""
        page, content = self._page, held.content
        cost = page.cost_with(held)
        if cost <= page.half:
            return held
        complete = not held.growing or isinstance(content, Table)
        if cost > page.calm:
            at = self._shown_of_crowded(held, complete=complete)
        else:
            at = _end_of(content) if complete else self._last_word_end(held, cost)
        if at >= _end_of(content):
            return held
        return head(held, at) if at else None

    def _last_word_end(self, held: Block, cost: int) -> int:
        """Where the last complete word ends. One that began in the first half of the page was shown letter by letter."""
        places = words(held.content)
        for anywhere in (False, True):
            at = furthest(held, places, lambda _: True, anywhere=anywhere)
            if cost - 2 * (_end_of(held.content) - at) - 200 > self._page.half:
                return at  # sure without measuring
            if (self._page.cost_with(head(held, at)) if at else self._page.cost) > self._page.half:
                return at
        return _end_of(held.content)

    def _shown_of_crowded(self, held: Block, *, complete: bool) -> int:
        page, content = self._page, held.content
        last = [_end_of(content)] if complete and not isinstance(content, Heading | Rule) else []
        whole = furthest(held, [*units(content), *last], page.fits)
        if page.cost >= page.calm:
            return whole
        return max(whole, self._by_words(held, page.calm))

    def _by_words(self, block: Block, room: int) -> int:
        """The furthest place for a cut that is not more than tolerable.

        What began in the first half of the page was shown as it came, so it is cut there, be it a word or a long piece of code.
        """
        page, content = self._page, block.content

        def fits(part: Block) -> bool:
            return page.cost_with(part) <= room

        for places, anywhere in ((words(content), False), (words(content), True)):
            at = furthest(block, places, fits, anywhere=anywhere)
            if (page.cost_with(head(block, at)) if at else page.cost) > page.half:
                return at
        return furthest(block, characters(content), fits, anywhere=True)


def _held(block: Block) -> Block | None:
    """The block without its half-typed end; None if nothing is left."""
    content = block.content
    if _is_leftover(block):
        return None
    match content:
        case Paragraph(text):
            text = without_half_mark(without_half_table(text)) if block.growing else text
            return replace(block, content=Paragraph(text)) if text else None
        case Heading(level, text):
            text = without_half_mark(text) if block.growing else text
            return replace(block, content=Heading(level, text)) if text else None
        case Table(_, _, rows):
            return block if rows else None
        case CodeBlock() | Rule():
            return block


def _is_leftover(block: Block) -> bool:
    """Whether nothing came after the cut: a header alone, or no line of code."""
    match block.content:
        case Table(_, _, rows):
            return block.continued and not rows
        case CodeBlock(text):
            return block.continued and not text.strip()
        case Paragraph() | Heading() | Rule():
            return False


def _end_of(content: Paragraph | Heading | CodeBlock | Table | Rule) -> int:
    match content:
        case Paragraph(text) | Heading(_, text) | CodeBlock(text):
            return len(text)
        case Table(_, _, rows):
            return len(rows)
        case Rule():
            return 1


def _settled_part(block: Block) -> int:
    """How much of a long open block need not be looked at again; 0 for nothing."""
    if not block.growing:
        return 0
    match block.content:
        case CodeBlock(text) if len(text) > _LONG_CODE:
            return max(text.rfind("\n"), 0)
        case Table(_, _, rows) if len(rows) > _LONG_TABLE:
            return len(rows) - 1
        case _:
            return 0
