"""One answer on its way to the screen: what stands there, what should, and which single write would bring them closer.

Keeps its `Standing` in the planner's line true; sends nothing itself.
"""

import asyncio
from collections.abc import Callable

from bot.clock import Clock
from bot.model import MessageRef, Page, Place, Source, WrittenPage
from bot.ports import Platform
from bot.rendering import wording
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from bot.streaming.bell import Bell
from bot.streaming.scheduler import Kind, Standing
from bot.streaming.signs import Sign
from bot.streaming.steps import Delivered, Rest, Result, Shown, Step, Stopped, Undelivered, Write

FIRST_CHARACTERS = 30
"""A first text of this size makes a better notification than one word ..."""

FIRST_SECONDS = 0.2
"""... but it does not wait longer than this for it."""

PLACEHOLDER_SECONDS = 3.0
"""Without any text for this long, a placeholder says that somebody is at work."""

LOOK_EVERY = 500
"""Characters after which an answer that is held back looks whether it fills a page by now."""


class Live:
    """This is an answer that grows, as its delivery sees it."""

    def __init__(
        self,
        platform: Platform,
        place: Place,
        pages: Pages,
        clock: Clock,
        bell: Bell,
        *,
        turn: int,
        deadline: float | None,
        whole: bool,
        landed: Callable[["Live"], None],
    ) -> None:
        now = clock.now()
        self.place = place
        self.turn = turn
        self.pages = pages
        self.standing = Standing(born=now)
        self.sign = Sign(platform, place, now, wording.SEARCHING)
        self.result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.stopped = asyncio.Event()
        self.over = False
        self.ended_at: float | None = None
        self.first_shown_after: float | None = None
        self.first_reported = False
        self.failures = 0
        self._platform = platform
        self._clock = clock
        self._bell = bell
        self._deadline = deadline
        self._whole = whole
        self._landed = landed
        self._shown: list[Shown] = []
        self._write: Write | None = None
        self._unsure: Write | None = None
        self._retry_at = 0.0
        self._first_text_at: float | None = None
        self._size = 0
        self._look_at = 0
        self._frozen = False
        self._reposted = False
        self._rest = Rest.OWED

    # what the engine brings ---------------------------------------------------------------------------------

    def text_grew(self, text: str) -> None:
        """More of the answer has come."""
        self.pages.text_grew(text)
        self._size += len(text)
        if not self.pages.full:
            self.standing.grew(len(text), self._clock.now())
        if self.standing.busy or (self.pages.full and self._shown and self._shown[-1].complete):
            return
        if self.standing.kind in {None, Kind.COSMETIC} or (
            self.standing.kind is Kind.FIRST and self._size >= self._look_at
        ):
            self._look_at = FIRST_CHARACTERS if self._size < FIRST_CHARACTERS else self._size + LOOK_EVERY
            self.offer()
            self._bell.ring()

    def sources_found(self, sources: tuple[Source, ...]) -> None:
        """The sources as known now."""
        self.pages.sources_found(sources)

    def finished(self, ending: Ending) -> None:
        """Nothing more will come; what is missing on the screen is a final text from now on."""
        self.pages.finished(ending)
        self.ended_at = self._clock.now()
        self.offer()
        self._bell.ring()

    def says(self, note: str) -> None:
        """What the sign of life should say."""
        if not self._shown:
            self.sign.says(note)
            self._bell.ring()

    # what delivery asks -------------------------------------------------------------------------------------

    @property
    def written(self) -> tuple[WrittenPage, ...]:
        """The messages on the screen."""
        return tuple(WrittenPage(each.message, number, each.complete) for number, each in enumerate(self._shown))

    @property
    def visible(self) -> bool:
        """Whether some of the answer's own words are on the screen."""
        return any(not each.placeholder for each in self._shown)

    @property
    def characters(self) -> int:
        """The size of the page that is being written."""
        return len(self._write.page.body) if self._write else 0

    def wrote(self, message: MessageRef) -> bool:
        """Whether this message is one of ours."""
        return any(
            each.message.id == message.id and each.message.place.channel == message.place.channel
            for each in self._shown
        )

    @property
    def waiting_since(self) -> float | None:
        """Since when readers wait for words that are there already; None if they do not."""
        if self.over or not self.standing.unseen:
            return None
        if self.visible or self.ended_at is not None:
            return self.standing.since
        return self._first_text_at  # what came before was a thought that is never shown

    def offer(self) -> None:
        """Make the standing true: what would be written next, on which lanes, and not before when."""
        if self.standing.busy or self.over:
            return
        try:
            self._offer()
        except Exception as error:  # noqa: BLE001 - a text that cannot be rendered ends its own answer, not the loop of all
            self.give_up(error)

    def _offer(self) -> None:
        standing, step = self.standing, self._next()
        standing.kind = step.kind if step else None
        if step is None:
            self._conclude()
            return
        budget = self._platform.budget
        standing.lanes = budget.post(self.place) if step.message is None or step.file else budget.edit(step.message)
        standing.edit_lanes = budget.edit(self._shown[-1].message if self._shown else MessageRef(self.place, ""))
        standing.not_before = max(self._retry_at, self._date(step))
        standing.turns = step.message is None or self.pages.sealed(step.number)
        standing.full = self.ended_at is not None or self._deadline is not None or self.pages.count() > 1
        if step.kind is Kind.LINK:
            self._conclude()
        elif step.kind is Kind.FINAL and self.ended_at is not None:
            standing.since = self.ended_at
        elif step.kind is Kind.GROWTH and not standing.unseen:
            standing.grew(1, self._clock.now())  # a page to seal or to open: its words are counted already

    def prepare(self, now: float) -> bool:
        """Render what is to be sent now. False: there is nothing new to send after all, or the step has changed."""
        try:
            return self._prepare(now)
        except Exception as error:  # noqa: BLE001 - as in `offer`
            self.give_up(error)
            return False

    def _prepare(self, now: float) -> bool:
        offered = (self.standing.kind, self.standing.lanes)
        self.offer()
        step = self._next()
        if step is None or self.over or (self.standing.kind, self.standing.lanes) != offered:
            return False
        if step.file:
            rest = Page(self.pages.rest(), "", final=True)
            self._write = Write(step, rest, complete=True, placeholder=False, taken=self.standing.take(now), sent=now)
            return True
        placeholder = self.pages.count() == 0
        page = self._placeholder() if placeholder else self.pages.page(step.number)
        complete = not placeholder and (self.ended_at is not None or self.pages.sealed(step.number))
        refreshed = self.standing.refreshed
        write = Write(step, page, complete, placeholder, self._take(step, page, now), now)
        if step.message is not None and self._shown[step.number].body == page.body:
            self.standing.refreshed = refreshed  # it is not: the next page need not wait for this one
            self._settle(write, step.message)
            self.offer()
            return False
        self._write = write
        return True

    def _take(self, step: Step, page: Page, now: float) -> tuple[float, float]:
        """Take along the characters that this page shows; those of later pages go on waiting."""
        size, moment = self.standing.take(now)
        if not size or self.pages.count() <= step.number + 1:
            return size, moment
        before = len(self._shown[step.number].body) if step.message is not None else 0
        share = min(1.0, max(0, len(page.body) - before) / size)
        self.standing.give_back((size * (1 - share), moment * (1 - share)))
        return size * share, moment * share

    @property
    def next_write(self) -> tuple[MessageRef | None, Page]:
        """What `prepare` has rendered: the message to edit (None: a new one) and its page."""
        assert self._write is not None
        return self._write.step.message, self._write.page

    @property
    def attaches(self) -> bool:
        """Whether the body of the page is to be attached below the message as a file."""
        return self._write is not None and self._write.step.file

    @property
    def unsure(self) -> Page | None:
        """The page of a post that may have landed although its acknowledgement was lost."""
        return self._unsure.page if self._unsure else None

    def found(self, *, landed: bool) -> None:
        """The uncertain post was looked for: if it has landed, it is the one that was written; else nothing was."""
        assert self._write is not None
        assert self._unsure is not None
        self.standing.give_back(self._write.taken)
        if landed:
            self._write = self._unsure
        else:
            self.standing.give_back(self._unsure.taken)
        self._unsure = None

    # what came of it ----------------------------------------------------------------------------------------

    def wrote_page(self, message: MessageRef) -> None:
        """The prepared write has landed."""
        assert self._write is not None
        self.failures = 0
        self._settle(self._write, message)
        self._landed(self)

    def try_again(self, after: float, *, uncertain: bool = False) -> None:
        """The prepared write has not landed, or nobody knows: offer it again `after` seconds from now, newest text first."""
        assert self._write is not None
        self.failures += 1
        self._retry_at = self._clock.now() + after
        if uncertain and self._write.step.file:  # a file that is there twice is better than none, but not three times
            self._rest = Rest.UNSURE if self._rest is Rest.OWED else Rest.SETTLED
        if uncertain and self._write.step.message is None and self._unsure is None:
            self._unsure = self._write
        else:
            self.standing.give_back(self._write.taken)

    def refused(self) -> bool:
        """The platform refuses this edit for good. False: posting anew was tried already, or it was a post."""
        assert self._write is not None
        step = self._write.step
        self.standing.give_back(self._write.taken)
        if step.kind is Kind.LINK:
            self._shown[step.number].linked = True
            return True
        if step.message is None or self._reposted:
            return False
        self._frozen = True
        return True

    def without_file(self) -> bool:
        """The file, or the line that says it is missing, cannot be written: all else is. False: it was another write."""
        assert self._write is not None
        if not self._write.step.file and self._rest is not Rest.REFUSED:
            return False
        self.standing.give_back(self._write.taken)
        self._rest = Rest.REFUSED if self._write.step.file else Rest.SETTLED
        self.pages.not_attached()
        self._shown[-1].final = self._rest is Rest.SETTLED
        return True

    def stop(self) -> None:
        """The message is gone: write nothing more."""
        self._end(Stopped())

    def give_up(self, error: Exception) -> None:
        """The final text cannot be shown."""
        self._end(Undelivered(error))

    # ------------------------------------------------------------------------------------------------------

    def _next(self) -> Step | None:
        if not self._shown:
            return self._first()
        done, count, top = self.ended_at is not None, self.pages.count(), len(self._shown) - 1
        shown, kind = self._shown[top], Kind.FINAL if self.ended_at is not None else Kind.GROWTH
        if self._frozen:
            return Step(top, None, kind) if done else None
        if shown.placeholder:
            begun = count > 0 and (done or not self._whole)
            return Step(top, shown.message, Kind.FINAL if done else Kind.FIRST) if begun else None
        if not shown.complete or (done and count == top + 1 and not shown.final):
            due = done or self.standing.unseen or self.pages.sealed(top)
            return Step(top, shown.message, kind) if due else None
        if count > top + 1:
            return Step(top + 1, None, kind)
        if done and self._rest in {Rest.OWED, Rest.UNSURE} and self.pages.rest():
            return Step(top, shown.message, kind, file=True)
        return self._link() if done else None

    def _first(self) -> Step | None:
        done = self.ended_at is not None
        if self.pages.count() and (done or not self._whole):
            return Step(0, None, Kind.FINAL if done else Kind.FIRST)
        if self._deadline is not None:
            return Step(0, None, Kind.FIRST)
        return None if self._whole else Step(0, None, Kind.COSMETIC)

    def _link(self) -> Step | None:
        for number, each in enumerate(self._shown):
            if not each.linked and number < len(self._shown) - 1 and self.pages.relinked(number):
                return Step(number, each.message, Kind.LINK)
        return None

    def _date(self, step: Step) -> float:
        if step.kind is Kind.COSMETIC:
            return self.standing.born + PLACEHOLDER_SECONDS
        if step.kind is not Kind.FIRST or self.pages.count() == 0:
            return 0.0
        if self._first_text_at is None:
            self._first_text_at = self._clock.now()
        return 0.0 if self._size >= FIRST_CHARACTERS else self._first_text_at + FIRST_SECONDS

    def _placeholder(self) -> Page:
        return Page(self._platform.dialect.small(self.sign.note), self.sign.note)

    def _settle(self, write: Write, message: MessageRef) -> None:
        """This write is what stands on the screen."""
        step, page = write.step, write.page
        if step.file:
            self._rest = Rest.SETTLED
            return
        if self._rest is Rest.REFUSED:
            self._rest = Rest.SETTLED  # the page says so now
        shown = Shown(message, page.body, write.complete, write.placeholder, step.kind is Kind.LINK, page.final)
        if step.message is not None:
            self._shown[step.number] = shown
        elif self._frozen:
            self._shown[-1] = shown
            self._frozen, self._reposted = False, True
        else:
            self._shown.append(shown)
        self.standing.owes_final = not self.result.done()
        if not write.placeholder and self.first_shown_after is None and self._first_text_at is not None:
            self.first_shown_after = self._clock.now() - self._first_text_at
        if step.message is None:
            self.sign.posted(write.sent)
        elif self.sign.note:
            self.sign.says("")

    def _conclude(self) -> None:
        """Everything but linking edits is done."""
        if self.ended_at is None:
            return
        self.standing.owes_final = False
        if not self.result.done():
            self.result.set_result(Delivered())
        if self.standing.kind is None:
            self.over = True

    def _end(self, result: Result) -> None:
        self.over = True
        self.standing.kind = None
        self.standing.owes_final = False
        self.stopped.set()
        if not self.result.done():
            self.result.set_result(result)
