"""Tells a story with a running delivery in virtual time, and keeps what readers saw and what was noticed."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from typing_extensions import override

from bot.errors import ChatFailed
from bot.model import MessageRef, Page, Place
from bot.ports import Observer
from bot.rendering.pages import Pages
from bot.streaming.delivery import Delivery
from bot.streaming.live import Live
from tests.fakes.clock import FakeClock, in_virtual_time
from tests.fakes.messenger import PLACE, FakeBudget, FakeMessenger, PlainDialect, fake_platform


class Moody(FakeMessenger):
    """A messenger whose statuses and searches fail too, if a test wants them to."""

    def __init__(self, clock: FakeClock, budget: FakeBudget) -> None:
        super().__init__(clock, budget)
        self.status_faults: deque[ChatFailed] = deque()
        self.find_faults: deque[ChatFailed] = deque()
        self.status_seconds = 0.0
        self.asked_for_status = 0
        self.searches = 0

    @override
    async def status(self, place: Place, note: str) -> None:
        self.asked_for_status += 1
        await self._clock.sleep(self.status_seconds)
        await super().status(place, note)
        if self.status_faults:
            self.statuses.pop()
            raise self.status_faults.popleft()

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        self.searches += 1
        if self.find_faults:
            raise self.find_faults.popleft()
        return await super().find(place, page)


class Notes(Observer):
    """An observer that remembers."""

    def __init__(self) -> None:
        self.events: list[object] = []

    @override
    def notice(self, event: object) -> None:
        self.events.append(event)


class Stage:
    """What a story has: a delivery that runs, and everything around it."""

    def __init__(self, budget: FakeBudget | None = None, dialect: PlainDialect | None = None) -> None:
        self.clock = FakeClock()
        lanes = budget or FakeBudget()
        self.messenger = Moody(self.clock, lanes)
        self.notes = Notes()
        self.delivery = Delivery(fake_platform(self.messenger, lanes, dialect), self.clock, self.notes)

    def open(
        self,
        place: Place = PLACE,
        *,
        turn: int = 0,
        deadline: float | None = None,
        whole: bool = False,
        max_pages: int | None = None,
        landed: Callable[[Live], None] = lambda _: None,
    ) -> Live:
        pages = Pages(self.delivery.platform.dialect, max_pages=max_pages)
        return self.delivery.open(place, pages, turn=turn, deadline=deadline, whole=whole, landed=landed)

    async def speak(self, live: Live, count: int, per_second: float = 30.0) -> None:
        for number in range(1, count + 1):
            live.text_grew(f"w{number} ")
            await self.clock.sleep(1 / per_second)


Story = Callable[[Stage], Awaitable[None]]


def tell(story: Story, *, budget: FakeBudget | None = None, dialect: PlainDialect | None = None) -> Stage:
    """Tell a story to its end; the delivery must end too, and by itself."""

    async def whole() -> Stage:
        stage = Stage(budget, dialect)
        running = asyncio.create_task(stage.delivery.run())
        await story(stage)
        stage.delivery.close()
        await running
        return stage

    return in_virtual_time(whole())


def numbered(count: int) -> list[str]:
    """The words of an answer that is complete."""
    return [f"w{number}" for number in range(1, count + 1)]
