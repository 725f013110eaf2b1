"""A chat platform in memory that enforces its budget like a strict server and remembers what readers saw, and when."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from typing_extensions import override

from bot.clock import Clock
from bot.errors import ChatFailed, MessageGone, Throttled
from bot.model import Lane, MessageRef, Page, Place, Question, Source, Utterance
from bot.ports import Budget, Messenger, Platform, Surroundings
from bot.rendering.dialect import Dialect
from bot.rendering.spelling import MarkdownDialect

PLACE = Place("fake", "team", "general", "thread")


@dataclass(slots=True)
class StrictLane:
    """A sliding window as the platform counts it: by the arrival of requests."""

    lane: Lane
    arrivals: deque[float] = field(default_factory=deque[float])

    def arrive(self, now: float) -> float | None:
        """None if there is room, else the seconds until there is."""
        while self.arrivals and self.arrivals[0] <= now - self.lane.seconds + 1e-9:
            self.arrivals.popleft()
        if len(self.arrivals) >= self.lane.limit:
            return self.arrivals[0] + self.lane.seconds - now
        self.arrivals.append(now)
        return None


@dataclass(slots=True)
class FakeBudget(Budget):
    """Edits of a workspace, posts of a channel: the shape of Slack, with any figures."""

    edits: Lane = field(default_factory=lambda: Lane("edits", 50, 60.0))
    posts_limit: int = 4
    posts_seconds: float = 4.0
    statuses: Lane = field(default_factory=lambda: Lane("statuses", 50, 60.0))

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        return (Lane(f"posts:{place.channel}", self.posts_limit, self.posts_seconds),)

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        return (self.edits,)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        return (self.statuses,)


class PlainDialect(MarkdownDialect):
    """Markdown as it is, with short pages if a test wants them."""

    def __init__(self, length: int = 12_000) -> None:
        super().__init__(length)

    @override
    def footnote(self, label: str, source: Source, title_length: int) -> str:
        return f"{label} {source.title or source.url} {source.url}"

    @override
    def small(self, text: str) -> str:
        return f"({text})"


@dataclass(slots=True)
class Shown:
    """One message on the fake screen: every body it ever had, with the time at which readers saw it."""

    ref: MessageRef
    bodies: list[tuple[float, str]]
    deleted: bool = False


Fault = Callable[[], ChatFailed | None]


class FakeMessenger(Messenger):
    """Remembers what was shown; `faults` are raised by the next calls, None lets one pass; `file_faults` by the next files alone.

    `after_effect` faults are raised although the write has landed. Each call takes `latency` before and after its effect.
    """

    def __init__(self, clock: Clock, budget: Budget, latency: float = 0.05) -> None:
        self._clock = clock
        self._budget = budget
        self._latency = latency
        self._lanes: dict[str, StrictLane] = {}
        self.messages: list[Shown] = []
        self.files: list[tuple[float, str, str]] = []
        self.statuses: list[tuple[float, str]] = []
        self.faults: deque[ChatFailed | None] = deque()
        self.faults_after_effect: deque[ChatFailed | None] = deque()
        self.file_faults: deque[ChatFailed] = deque()
        self.file_faults_after_effect: deque[ChatFailed] = deque()
        self.throttled = 0
        self.calls: list[tuple[float, str]] = []
        self.in_flight: set[str] = set()

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        await self._arrive("post", self._budget.post(place))
        ref = MessageRef(place, f"m{len(self.messages) + 1}")
        self.messages.append(Shown(ref, [(self._clock.now(), page.body)]))
        await self._leave()
        return ref

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        assert message.id not in self.in_flight, "two requests in flight for one message"
        self.in_flight.add(message.id)
        try:
            await self._arrive("edit", self._budget.edit(message))
            shown = next(each for each in self.messages if each.ref.id == message.id)
            if shown.deleted:
                raise MessageGone
            shown.bodies.append((self._clock.now(), page.body))
            await self._leave()
        finally:
            self.in_flight.discard(message.id)

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        await self._arrive("attach", self._budget.post(message.place))
        if self.file_faults:
            raise self.file_faults.popleft()
        self.files.append((self._clock.now(), name, text))
        await self._leave()
        if self.file_faults_after_effect:
            raise self.file_faults_after_effect.popleft()

    @override
    async def status(self, place: Place, note: str) -> None:
        await self._arrive("status", self._budget.status(place))
        self.statuses.append((self._clock.now(), note))

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        await self._clock.sleep(self._latency)
        return next((each.ref for each in self.messages if each.bodies[-1][1] == page.body), None)

    @property
    def screen(self) -> list[str]:
        """What a reader sees now."""
        return [each.bodies[-1][1] for each in self.messages if not each.deleted]

    @property
    def shown(self) -> list[tuple[float, str]]:
        """Everything a reader ever saw, in order."""
        return sorted((at, body) for each in self.messages for at, body in each.bodies)

    async def _arrive(self, call: str, lanes: tuple[Lane, ...]) -> None:
        await self._clock.sleep(self._latency)
        now = self._clock.now()
        self.calls.append((now, call))
        for lane in lanes:
            strict = self._lanes.setdefault(lane.name, StrictLane(lane))
            retry_after = strict.arrive(now)
            if retry_after is not None:
                self.throttled += 1
                raise Throttled(retry_after)
        if call != "status" and self.faults:
            fault = self.faults.popleft()
            if fault is not None:
                raise fault

    async def _leave(self) -> None:
        await self._clock.sleep(self._latency)
        if self.faults_after_effect:
            fault = self.faults_after_effect.popleft()
            if fault is not None:
                raise fault


class Silent(Surroundings):
    """A thread in which nobody has said anything."""

    @override
    async def before(self, question: Question) -> tuple[Utterance, ...]:
        return ()


def fake_platform(
    messenger: Messenger, budget: Budget, dialect: Dialect | None = None, surroundings: Surroundings | None = None
) -> Platform:
    """A platform of fakes."""
    return Platform("fake", messenger, budget, dialect or PlainDialect(), surroundings or Silent())
