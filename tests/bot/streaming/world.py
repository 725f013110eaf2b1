"""A whole connection in virtual time that a test moves by hand: engines talk, requests travel, things go wrong.

What nobody may ever do is noted in `wrongs` as it happens; `promises.py` looks at the end.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from typing_extensions import override

from bot.clock import Clock
from bot.model import Lane, MessageRef, Place, Source
from bot.rendering import wording
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from bot.streaming.delivery import Delivery
from bot.streaming.live import Live
from bot.streaming.scheduler import Kind, Planner, Policy, Standing
from bot.telemetry import Silence
from tests.fakes.clock import FakeClock, VirtualLoop
from tests.fakes.limits import DiscordLimits, Limits, Token
from tests.fakes.messenger import PlainDialect, fake_platform
from tests.fakes.server import FakeServer, Posted

SOURCES = (Source("https://example.org/one", "One"), Source("https://example.org/two", "Two"))

CHARACTERS = 7  # of a word, the space after it included


@dataclass(frozen=True, slots=True)
class Script:
    """What one engine says and when: numbered words in pieces of `piece` characters, `rate` words a second.

    Every 8 words are a sentence, `paragraph` words a paragraph (0: never), `cites` puts markers in. `thinks`: seconds of a
    leading thought; `pause`: seconds of silence in the middle. `mark`: the sentence of a failure, "" for a good end.
    """

    words: int = 60
    rate: float = 30.0
    first: float = 0.8
    piece: int = CHARACTERS
    paragraph: int = 0
    thinks: float = 0.0
    pause: float = 0.0
    sources: Literal["first", "last", "never"] = "last"
    cites: bool = False
    mark: str = ""

    @property
    def text(self) -> str:
        """All that will be said."""
        return "".join(self._word(number) for number in range(1, self.words + 1))

    def _word(self, number: int) -> str:
        word = f"k{number:04d}"
        if number % 8 == 0:
            word += ("[1]" if self.cites else "") + "."
        return word + ("\n\n" if self.paragraph and number % self.paragraph == 0 else " ")

    @property
    def pieces(self) -> list[str]:
        """The text as it comes."""
        text = self.text
        return [text[start : start + self.piece] for start in range(0, len(text), self.piece)]


@dataclass(slots=True, eq=False)
class Asked:
    """This is one question and all that a test knows of its answer."""

    number: int
    script: Script
    place: Place
    live: Live
    token: Token | None = None
    result_at: float | None = None
    deletions: list[tuple[float, MessageRef]] = field(default_factory=list[tuple[float, MessageRef]])
    passed_over: set[int] = field(default_factory=set[int])
    """Those who waited already when this one was refreshed, and still do."""
    behind_since: float | None = None
    unsent_since: float | None = None


class Watched(Planner):
    """This is the planner, with somebody who looks over its shoulder."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._world = world
        self._asked_at: deque[float] = deque()
        self._now = -1.0
        self._times = 0

    @override
    def choose(self, now: float) -> Standing | None:
        self._times = self._times + 1 if now == self._now else 1
        self._now = now
        self._asked_at.append(now)
        while self._asked_at[0] < now - 1.0:
            self._asked_at.popleft()
        most = 20 + 10 * len(self.line)
        if self._times > most or len(self._asked_at) > most + 5 * self._world.events_since(now - 1.0):
            raise AssertionError(f"the loop spins at {now}")
        return super().choose(now)

    @override
    def sent(self, standing: Standing, now: float) -> None:
        self._world.sent(standing, now)
        super().sent(standing, now)

    @override
    def landed(self, standing: Standing, lanes: Iterable[Lane], now: float) -> None:
        self._world.happened(now)
        super().landed(standing, lanes, now)


class World:
    """This is one connection with its platform. Its methods are for a test outside the loop, except where they say `now`."""

    def __init__(
        self,
        limits: Callable[[Clock], Limits],
        *,
        page: int = 12_000,
        most: int | None = None,
        library_waits: bool = False,
        watch: float = 0.0,
    ) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._loop = self._runner.get_loop()
        clock = FakeClock()
        self.limits = limits(clock)
        self.server = FakeServer(clock, self.limits, library_waits=library_waits)
        self.wrongs = self.server.wrongs
        self.asked: list[Asked] = []
        self.clock = clock
        self.closed_at: float | None = None
        self._watch = watch
        self._most = most
        self._events: deque[float] = deque()
        self._speaking: list[asyncio.Task[None]] = []
        platform = fake_platform(self.server, self.limits, PlainDialect(page))
        self.delivery = Delivery(platform, clock, Silence(), Watched(self))
        self.server.heard = self._heard
        self._running = self._loop.create_task(self.delivery.run())

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self._loop.time()

    @property
    def tokens(self) -> list[Token]:
        """The tokens of all interactions."""
        return [asked.token for asked in self.asked if asked.token is not None]

    # what a test does -----------------------------------------------------------------------------------------

    def ask(
        self,
        script: Script,
        channel: str = "general",
        *,
        deadline: float | None = None,
        whole: bool = False,
        token_seconds: float | None = None,
    ) -> Asked:
        """Somebody asks, and the engine begins. `token_seconds`: through an interaction whose token lives so long."""
        number = len(self.asked)
        token = Token(f"i{number}", self.now + token_seconds) if token_seconds is not None else None
        if token is not None and isinstance(self.limits, DiscordLimits):
            self.limits.tokens[token.interaction] = token
        place = Place("fake", "team", channel, f"t{number}", interaction=token.interaction if token else "")

        async def begin() -> Asked:
            pages = Pages(self.delivery.platform.dialect, max_pages=self._most)
            live = self.delivery.open(place, pages, turn=number, deadline=deadline, whole=whole)
            asked = Asked(number, script, place, live, token)
            self.asked.append(asked)
            self._speaking.append(asyncio.create_task(self._speak(asked)))
            live.result.add_done_callback(lambda _: self._ended(asked))
            return asked

        return self._run(begin())

    def deletes(self, message: Posted, *, tells: bool) -> None:
        """Somebody deletes a message; `tells`: the platform says so."""
        message.deleted = True

        async def tell() -> None:
            asked = next(each for each in self.asked if each.place == message.ref.place)
            asked.deletions.append((self.now, message.ref))
            self.happened(self.now)
            self.delivery.gone(message.ref)

        if tells:
            self._run(tell())

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._watch and end - self.now > self._watch:
            self._run(self.clock.sleep(self._watch))
            self._look()
        self._run(self.clock.sleep(max(0.0, end - self.now)))
        self._look()
        if self._running.done():
            self._running.result()

    def closes(self, patience: float) -> None:
        """The process begins to stop: what is finished may still land for so long."""

        async def close() -> None:
            self.closed_at = self.now
            self.happened(self.now)
            self.delivery.close(patience)

        self._run(close())

    def ends(self, within: float = 40_000.0) -> None:
        """Let every engine finish and every answer land, then close the connection."""
        while self._watch and self.now < within and not all(asked.live.result.done() for asked in self.asked):
            self.passes(10 * self._watch)

        async def rest() -> None:
            async with asyncio.timeout(within):
                answered = asyncio.create_task(self._answered())
                await asyncio.wait({self._running, answered}, return_when=asyncio.FIRST_COMPLETED)
                if self._running.done():
                    self._running.result()
                await answered
                if self.closed_at is None:
                    self.delivery.close()
                await self._running

        try:
            self._run(rest())
        finally:
            self._runner.close()

    async def _answered(self) -> None:
        for task in self._speaking:
            await task
        for asked in self.asked:
            await asked.live.result

    def happened(self, now: float) -> None:
        """Something that the loop has to look at."""
        self._events.append(now)

    def events_since(self, edge: float) -> int:
        """How much has happened that the loop has to look at."""
        while self._events and self._events[0] < edge:
            self._events.popleft()
        return len(self._events)

    # what it sees ---------------------------------------------------------------------------------------------

    def sent(self, standing: Standing, now: float) -> None:
        """The planner has sent a write: whom did it pass over?"""
        self._events.append(now)
        asked = next((each for each in self.asked if each.live.standing is standing), None)
        if asked is None:
            self._signed(standing, now)
            return
        for other in self.asked:
            other.passed_over.discard(asked.number)
        asked.behind_since = asked.unsent_since = None
        if standing.kind is not Kind.GROWTH or asked.live.next_write[0] is None:
            asked.passed_over = set()  # a new page is a new message
            return
        waiting = {each.number for each in self.asked if each is not asked and _waits_beside(each, standing, now)}
        if not asked.live.failures and (passed := waiting & asked.passed_over):
            self.wrongs.append(f"{asked.number} is refreshed again at {now} while {sorted(passed)} still wait")
        asked.passed_over = {number for number in waiting if self.behind(self.asked[number], now)}

    def behind(self, asked: Asked, now: float = float("inf")) -> bool:
        """Whether more could be shown of an answer that can be seen, and could have been before `now`."""
        live = asked.live
        written = live.written
        if not written or live.over or live.standing.busy:
            return False
        shown = self.server.posted(written[-1].message.id)
        if shown.refused or not live.visible or (asked.unsent_since or 0.0) >= now:
            return False
        return len(written) < live.pages.count() or live.pages.page(len(written) - 1).body != shown.body

    # ------------------------------------------------------------------------------------------------------

    def _run(self, story: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(story)

    async def _speak(self, asked: Asked) -> None:
        """Say the script, as long as somebody listens."""
        script, live, sources = asked.script, asked.live, SOURCES if asked.script.sources != "never" else ()
        await self.clock.sleep(script.first)
        if script.sources == "first":
            live.sources_found(sources)
        if script.thinks:
            self._says(asked, "<think> let me see")
            await self.clock.sleep(script.thinks)
            self._says(asked, " so that is how it is </think>")
        pieces = script.pieces
        for number, piece in enumerate(pieces):
            if live.stopped.is_set():
                return
            self._says(asked, piece)
            await self.clock.sleep(len(piece) / CHARACTERS / script.rate)
            if script.pause and number == len(pieces) // 2:
                await self.clock.sleep(script.pause)
        if script.sources == "last":
            live.sources_found(sources)
        if not live.over:
            live.finished(Ending(script.mark))
            self._events.append(self.now)

    def _says(self, asked: Asked, text: str) -> None:
        self._events.append(self.now)
        asked.unsent_since = self.now if asked.unsent_since is None else asked.unsent_since
        asked.live.text_grew(text)

    def _heard(self, news: Any) -> None:
        self._events.append(self.now)
        self.delivery.heard(news)

    def _ended(self, asked: Asked) -> None:
        asked.result_at = self.now

    def _signed(self, standing: Standing, now: float) -> None:
        """A sign of life must not blame the platform for what the engine holds back."""
        asked = next(each for each in self.asked if each.live.sign.standing is standing)
        live = asked.live
        if live.sign.note == wording.platform_is_slow("fake") and not (self.behind(asked) or live.pages.count()):
            self.wrongs.append(f"{asked.number} blames the platform at {now}")

    def _look(self) -> None:
        """Note whose readers wait too long, seen from here: some seconds late and never early."""
        for asked in self.asked if self._watch else ():
            if not self.behind(asked):
                asked.behind_since = None
                continue
            asked.behind_since = asked.behind_since or self.now
            waited = self.now - max(asked.behind_since, self.server.troubled_until)
            if waited > self._longest_wait():
                self.wrongs.append(f"{asked.number} shows nothing new for {waited} s until {self.now}")

    def _longest_wait(self) -> float:
        """60 s and one turn of every page, as long as the finals of all need less than half of what a lane has."""
        limit, seconds = self.limits.narrowest
        turns = sum(1 + asked.live.pages.count() for asked in self.asked)
        if turns >= 0.5 * limit * (60 / seconds if seconds <= Policy().short else 1):
            return float("inf")
        return 60.0 + turns * (seconds + self.server.there + self.server.back) / limit


def _waits_beside(asked: Asked, chosen: Standing, now: float) -> bool:
    """Whether this answer is visible and could be refreshed instead."""
    standing = asked.live.standing
    ready = standing.kind is Kind.GROWTH and not standing.busy and standing.not_before <= now
    return ready and asked.live.visible and standing.lanes[0].name == chosen.lanes[0].name
