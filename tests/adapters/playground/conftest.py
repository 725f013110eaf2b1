"""The page as it is served, a bot behind it, and browsers that ask and look."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from adapters.playground import connect
from adapters.playground.listener import Playground
from adapters.playground.settings import PlaygroundSettings
from bot.answering import Answer, Newsroom
from bot.checkpoints import Checkpoints
from bot.clock import SystemClock
from bot.intake import Intake, Limits
from bot.model import Finished, Source, SourcesFound, TextGrew
from bot.streaming.delivery import Delivery
from bot.telemetry import Silence
from bot.turnstile import Turnstile
from storage.memory import MemoryStorage
from tests.fakes.engine import Beat, FakeEngine

SETTINGS = PlaygroundSettings(port=0)
SOURCES = (Source("https://example.org/a", "Page A"),)
BRIEF: list[Beat] = [SourcesFound(SOURCES), TextGrew("Yes [1]."), Finished()]
Event = dict[str, str]


def growing(count: int = 20) -> list[Beat]:
    """An answer of so many words that takes about a second, so that several versions of it are seen."""
    script: list[Beat] = [SourcesFound(SOURCES)]
    for number in range(1, count + 1):
        script += [TextGrew(f"w{number} "), 1.0 / count]
    return [*script, TextGrew("[1]."), Finished()]


@dataclass(slots=True)
class Browser:
    """This is somebody who looks at the page: every event that came, in order."""

    session: aiohttp.ClientSession
    events: list[Event] = field(default_factory=list[Event])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def look(self) -> None:
        async with self.session.get("/events") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self.events.append(json.loads(line.removeprefix(b"data: ")))
                    self.changed.set()
        self.ended = True

    async def sees(self, what: Callable[[list[Event]], bool], seconds: float = 10.0) -> None:
        """Wait until this is true of the events."""
        async with asyncio.timeout(seconds):
            while not what(self.events):
                self.changed.clear()
                await self.changed.wait()

    def versions(self, thread: str = "t1") -> list[str]:
        """What stood in the messages of a thread, one version after the other."""
        return [each["html"] for each in self.events if (each["kind"], each["thread"]) == ("message", thread)]

    async def ask(self, text: str, *, thread: str = "t1", id: str = "q1") -> int:  # noqa: A002 - as the page calls it
        async with self.session.post("/questions", json={"id": id, "thread": thread, "text": text}) as answer:
            return answer.status


def answered(events: list[Event]) -> bool:
    return any("Sources" in each["html"] for each in events if each["kind"] == "message")


@asynccontextmanager
async def looking(url: str) -> AsyncGenerator[Browser]:
    """A browser with the page open; it goes away at the end."""
    async with aiohttp.ClientSession(url) as session:
        browser = Browser(session)
        watching = asyncio.create_task(browser.look())
        try:
            yield browser
        finally:
            watching.cancel()
            await asyncio.wait({watching})


@dataclass(slots=True)
class Bot:
    """This is the whole bot behind the page."""

    playground: Playground
    engine: FakeEngine
    intake: Intake

    @property
    def url(self) -> str:
        return self.playground.url


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    clock, notes = SystemClock(), Silence()
    engine, store = FakeEngine(clock, [growing()]), MemoryStorage(clock)
    async with connect(SETTINGS, clock) as playground:
        delivery, checkpoints = Delivery(playground.platform, clock, notes), Checkpoints(store, clock, notes)
        room = Newsroom(engine, store, checkpoints, Turnstile(4), clock, notes, 6000)
        intake = Intake(store, lambda asked: Answer(room, asked, delivery), Limits(), clock, notes)
        await playground.listen(intake.take, delivery.gone, delivery.heard)
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.run())
            group.create_task(checkpoints.run())
            yield Bot(playground, engine, intake)
            await playground.stop_listening()
            await intake.drain(0.0)
            delivery.close(0.1)
            checkpoints.close()


@pytest.fixture
async def browser(bot: Bot) -> AsyncIterator[Browser]:
    async with looking(bot.url) as browser:
        yield browser
