"""Cuts a growing Markdown answer into pages of a platform's text: cut once, kept for ever, the end always safe to show. Pure.

Text is only appended when it comes. All work is done when somebody asks for pages, and only on what is new: `tail.py` keeps
the open end, `filling.py` fills pages and cuts, `footer.py` writes what stands under the last one, `file.py` what no page shows.
"""

import sys

from bot.model import Page, Source
from bot.rendering import file, wording
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.draft import Draft
from bot.rendering.filling import Filling
from bot.rendering.footer import Ending, Footer

_GAP = "\n\n"


class Pages:
    """This is one answer as the messages that readers see. `urls` are those the asker wrote: they may be linked.

    There are never more than `max_pages` (None: as many as it takes); what is not on them is in `rest`.
    """

    def __init__(self, dialect: Dialect, *, urls: frozenset[str] = frozenset(), max_pages: int | None = None) -> None:
        self._dialect = dialect
        self._most = max_pages or sys.maxsize
        self._beyond = False
        self._attachable = True
        self._unlinked = Linkable((), urls)
        self._linkable = self._unlinked
        self._draft = Draft()
        self._filling = Filling(dialect, self._unlinked)
        self._ending: Ending | None = None
        self._footer: Footer | None = None
        self._rest: str | None = None

    # what happens -------------------------------------------------------------------------------------------

    def text_grew(self, text: str) -> None:
        """Append what the engine says. No work is done here."""
        self._draft.grew(text)

    def sources_found(self, sources: tuple[Source, ...]) -> None:
        """What `[n]` means from now on; an empty list changes nothing."""
        if sources and sources != self._linkable.sources:
            self._advance()  # what came before was measured without them
            self._linkable = Linkable(sources, self._unlinked.urls)
            self._filling.linkable = self._linkable
            self._footer = self._rest = None

    def finished(self, ending: Ending) -> None:
        """Nothing more will come: everything is shown, and the ending goes under it."""
        self._draft.finish()
        self._ending = ending
        self._footer = self._rest = None

    def not_attached(self) -> None:
        """The rest cannot be attached: the last page says so."""
        self._attachable = False

    # what there is ------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """All Markdown so far, as it is to be remembered."""
        return self._draft.text

    @property
    def full(self) -> bool:
        """Whether the text goes on behind the last page that may be, so that more of it changes no page."""
        return self._beyond

    def count(self) -> int:
        """How many pages there are now; 0 while nothing may be shown yet."""
        self._advance()
        return min(self._wanted(), self._most)

    def sealed(self, number: int) -> bool:
        """Whether the words of this page are settled."""
        self._advance()
        if self._ending is not None:
            return True
        return number < len(self._filling.sealed) and (number < self._most - 1 or self._beyond)

    def page(self, number: int) -> Page:
        """This page as it reads now, within the limit of the dialect."""
        self._advance()
        shown = self._filling.sealed[: self._most]
        if number >= len(shown):
            return self._last(number, number - len(shown))
        body, over = self._noticed(number, self._body(number)), self._ending is not None
        if over and number == len(shown) - 1:
            body += self._foot().attached
        return Page(body, shown[number].summary(), final=over)

    def rest(self) -> str:
        """After the end: the Markdown that no page shows, with the ending under it; "" if everything is shown."""
        self._advance()
        if self._ending is None or self._wanted() <= self._most:
            return ""
        if self._rest is None:
            hidden = [block for page in self._filling.sealed[self._most :] for block in page.blocks]
            sources, cited = self._linkable.sources, self._filling.cited()
            self._rest = file.written(hidden, self._linkable, self._ending, sources, cited)
        return self._rest

    def relinked(self, number: int) -> bool:
        """Whether the sources that are known now make links of markers that this sealed page would otherwise show plain."""
        self._advance()
        if number >= len(self._filling.sealed):
            return False
        return self._body(number) != self._filling.sealed[number].body(self._unlinked)

    # ------------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        filling = self._filling
        filling.advance(self._draft.news(), finished=self._ending is not None)
        if len(filling.sealed) >= self._most and not self._beyond:
            self._beyond = len(filling.sealed) > self._most or filling.shows_open_page()

    def _wanted(self) -> int:
        """How many pages there would be if there were no most."""
        count = len(self._filling.sealed)
        if self._ending is not None:
            return count + len(self._foot().pages)
        return count + (1 if self._filling.shows_open_page() else 0)

    def _limit(self, number: int) -> int:
        """The longest body of this page: the last one that may be has room for a notice."""
        if number < self._most - 1:
            return self._dialect.limit
        notices = (self._notice(wording.GOES_ON_IN_FILE), self._notice(wording.REST_NOT_ATTACHED))
        return self._dialect.limit - max(map(self._dialect.measure, notices))

    def _noticed(self, number: int, body: str) -> str:
        """With a line that says where the rest is, if this is the last page that may be and there is a rest."""
        if number < self._most - 1 or not (self._beyond or self._wanted() > self._most):
            return body
        longer = body + self._notice(wording.GOES_ON_IN_FILE if self._attachable else wording.REST_NOT_ATTACHED)
        return longer if self._dialect.measure(longer) <= self._dialect.limit else body

    def _notice(self, line: str) -> str:
        return _GAP + self._dialect.small(line)

    def _body(self, number: int) -> str:
        """With links if they fit, else without."""
        page = self._filling.sealed[number]
        body = page.body(self._linkable)
        return body if self._dialect.measure(body) <= self._limit(number) else page.body(self._unlinked)

    def _last(self, number: int, beyond: int) -> Page:
        """A page that is not sealed: the one that grows, or after the end one that holds the footer alone."""
        if self._ending is not None:
            body, summary = self._foot().pages[beyond]
            return Page(self._noticed(number, body), summary, final=True)
        body = self._filling.open_body(self._linkable)
        if self._dialect.measure(body) > self._limit(number):
            body = self._filling.open_body(self._unlinked)
        return Page(body, self._filling.open_summary())

    def _foot(self) -> Footer:
        """What stands under the last page, measured against the room that is left there."""
        assert self._ending is not None
        if self._footer is None:
            self._footer = self._laid_out(self._ending)
            if self._beyond and self._footer.pages:  # all of it is in the file, how the answer ended is said here too
                self._footer = Footer(self._laid_out(Ending(self._ending.mark, footer=False)).attached)
        return self._footer

    def _laid_out(self, ending: Ending) -> Footer:
        top = min(len(self._filling.sealed), self._most) - 1
        last = self._body(top) if top >= 0 else None
        if last is not None and self._beyond:
            last = self._noticed(top, last)
        return Footer.under(last, self._dialect, ending, self._linkable.sources, self._filling.cited())
