"""Everything around an answer, faked, with a store that can be broken and an observer that remembers; time is virtual."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from bot.answering import Answer, Newsroom
from bot.checkpoints import Checkpoints
from bot.errors import ChatFailed, StoreUnavailable
from bot.intake import Intake, Limits
from bot.model import MessageRef, Outcome, PastTurn, Place, Progress, Question, Source, Utterance
from bot.ports import Observer, Surroundings
from bot.streaming.delivery import Delivery
from bot.turnstile import Turnstile
from storage.memory import MemoryStorage
from tests.fakes.clock import DAY_ONE, FakeClock, in_virtual_time
from tests.fakes.engine import Beat, FakeEngine
from tests.fakes.messenger import FakeBudget, FakeMessenger, fake_platform

SOURCES = (Source("https://example.org/a", "Page A"), Source("https://example.org/b", "Page B"))


class FragileStorage(MemoryStorage):
    """A store that can be broken, and that remembers how turns ended."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.broken = False
        self.tries = 0
        self.outcomes: list[Outcome] = []
        self.progress: list[Progress] = []

    @override
    async def recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        self._check()
        return await super().recent(conversation, limit)

    @override
    async def checkpoint(self, progress: Collection[Progress]) -> None:
        self._check()
        self.progress.extend(progress)
        await super().checkpoint(progress)

    @override
    async def finish(self, outcome: Outcome) -> None:
        self.tries += 1
        self._check()
        self.outcomes.append(outcome)
        await super().finish(outcome)

    def _check(self) -> None:
        if self.broken:
            raise StoreUnavailable("locked")


class Thread(Surroundings):
    """What people said before: in `seconds`, or not at all."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.said: tuple[Utterance, ...] = ()
        self.seconds = 0.0
        self.failure: ChatFailed | None = None
        self.asked = 0

    @override
    async def before(self, question: Question) -> tuple[Utterance, ...]:
        self.asked += 1
        await self.clock.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        return self.said


class Notes(Observer):
    """An observer that remembers."""

    def __init__(self) -> None:
        self.events: list[object] = []

    @override
    def notice(self, event: object) -> None:
        self.events.append(event)


@dataclass(slots=True)
class World:
    """This is all that a story can touch."""

    clock: FakeClock
    engine: FakeEngine
    messenger: FakeMessenger
    store: FragileStorage
    thread: Thread
    intake: Intake
    delivery: Delivery
    notes: Notes = field(default_factory=Notes)

    async def ask(self, text: str, thread: str = "t1", number: str = "", **more: object) -> None:
        place = Place("fake", "team", "general", thread)
        fields = {"conversation": f"fake:general:{thread}", "claims": (f"fake:{number or text}",), "asked_at": DAY_ONE}
        await self.intake.take(Question(place, "U1", text, **(fields | more)))  # type: ignore[arg-type]

    async def quiet(self) -> None:
        while self.intake.live:
            await self.clock.sleep(0.5)

    def delete(self, number: int = 0) -> None:
        """Somebody deletes a message of ours."""
        message = self.messenger.messages[number]
        message.deleted = True
        self.delivery.gone(MessageRef(message.ref.place, message.ref.id))


Story = Callable[[World], Awaitable[None]]


def tell(
    story: Story, *scripts: list[Beat], limits: Limits | None = None, slots: int = 4, streaming: bool = True
) -> World:
    """Tell a story to its end, with an engine that says these scripts."""

    async def whole() -> World:
        clock, budget, notes = FakeClock(), FakeBudget(), Notes()
        messenger, thread = FakeMessenger(clock, budget), Thread(clock)
        engine, store = FakeEngine(clock, list(scripts)), FragileStorage(clock)
        delivery = Delivery(fake_platform(messenger, budget, surroundings=thread), clock, notes)
        checkpoints = Checkpoints(store, clock, notes)
        room = Newsroom(engine, store, checkpoints, Turnstile(slots), clock, notes, 6000, "", streaming)
        intake = Intake(store, lambda asked: Answer(room, asked, delivery), limits or Limits(), clock, notes)
        world = World(clock, engine, messenger, store, thread, intake, delivery, notes)
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.run())
            group.create_task(checkpoints.run())
            await story(world)
            await world.quiet()
            delivery.close()
            checkpoints.close()
        return world

    return in_virtual_time(whole())
