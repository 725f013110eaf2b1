"""Cuts a growing Markdown answer into pages of a platform's text: cut once, kept for ever, the end always safe to show. Pure.

Text is only appended when it comes. All work is done when somebody asks for pages, and only on what is new: `tail.py` keeps
the open end, `filling.py` fills pages and cuts, `footer.py` writes what stands under the last one.
"""

from bot.model import Page, Source
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.draft import Draft
from bot.rendering.filling import Filling
from bot.rendering.footer import Ending, Footer
from bot.rendering.page import SealedPage


class Pages:
    """This is one answer as the messages that readers see. `urls` are those the asker wrote: they may be linked."""

    def __init__(self, dialect: Dialect, *, urls: frozenset[str] = frozenset()) -> None:
        self._dialect = dialect
        self._unlinked = Linkable((), urls)
        self._linkable = self._unlinked
        self._draft = Draft()
        self._filling = Filling(dialect, self._unlinked)
        self._ending: Ending | None = None
        self._footer: Footer | None = None

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
            self._footer = None

    def finished(self, ending: Ending) -> None:
        """Nothing more will come: everything is shown, and the ending goes under it."""
        self._draft.finish()
        self._ending = ending
        self._footer = None

    # what there is ------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """All Markdown so far, as it is to be remembered."""
        return self._draft.text

    def count(self) -> int:
        """How many pages there are now; 0 while nothing may be shown yet."""
        self._advance()
        count = len(self._filling.sealed)
        if self._ending is not None:
            return count + len(self._foot().pages)
        return count + (1 if self._filling.shows_open_page() else 0)

    def sealed(self, number: int) -> bool:
        """Whether the words of this page are settled."""
        self._advance()
        return self._ending is not None or number < len(self._filling.sealed)

    def page(self, number: int) -> Page:
        """This page as it reads now, within the limit of the dialect."""
        self._advance()
        sealed, over = self._filling.sealed, self._ending is not None
        if number >= len(sealed):
            return self._last(number - len(sealed))
        body, summary = self._body(sealed[number]), sealed[number].summary()
        if over and number == len(sealed) - 1:
            body += self._foot().attached
        return Page(body, summary, final=over)

    def relinked(self, number: int) -> bool:
        """Whether the sources that are known now make links of markers that this sealed page would otherwise show plain."""
        self._advance()
        if number >= len(self._filling.sealed):
            return False
        page = self._filling.sealed[number]
        return self._body(page) != page.body(self._unlinked)

    # ------------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        self._filling.advance(self._draft.news(), finished=self._ending is not None)

    def _body(self, page: SealedPage) -> str:
        """With links if they fit, else without."""
        body = page.body(self._linkable)
        return body if self._dialect.measure(body) <= self._dialect.limit else page.body(self._unlinked)

    def _last(self, beyond: int) -> Page:
        """A page that is not sealed: the one that grows, or after the end one that holds the footer alone."""
        if self._ending is not None:
            body, summary = self._foot().pages[beyond]
            return Page(body, summary, final=True)
        body = self._filling.open_body(self._linkable)
        if self._dialect.measure(body) > self._dialect.limit:
            body = self._filling.open_body(self._unlinked)
        return Page(body, self._filling.open_summary())

    def _foot(self) -> Footer:
        """What stands under the last page, measured against the room that is left there."""
        assert self._ending is not None
        if self._footer is None:
            sealed = self._filling.sealed
            last = self._body(sealed[-1]) if sealed else None
            self._footer = Footer.under(
                last, self._dialect, self._ending, self._linkable.sources, self._filling.cited()
            )
        return self._footer
