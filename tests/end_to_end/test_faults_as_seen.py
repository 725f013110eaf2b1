"""Every way in which the engine breaks, as a reader of the channel sees it in the end: what was said stays, our sentence below.

Not a process of its own but everything between the engine's socket and the messenger: the real engine, the whole core.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from adapters.perplexity.engine import connect
from adapters.perplexity.settings import PerplexitySettings
from bot.answering import Answer, Newsroom
from bot.checkpoints import Checkpoints
from bot.clock import SystemClock
from bot.intake import Intake, Limits
from bot.model import PastTurn, Place, Question
from bot.rendering.wording import SOURCES
from bot.streaming.delivery import Delivery
from bot.telemetry import Silence as NobodyLooks
from bot.turnstile import Turnstile
from storage.memory import MemoryStorage
from tests.emulators.perplexity import KEY, PerplexityEmulator, Script, server_down, server_stuck, word_numbers
from tests.emulators.perplexity.faults import (
    AT_END,
    BEFORE_HEADERS,
    Cut,
    EarlyEnd,
    ErrorEvent,
    Fault,
    HtmlPage,
    MalformedEvent,
    PlainJson,
    RunFailed,
    Silence,
    Status,
    Truncation,
)
from tests.fakes.messenger import FakeBudget, FakeMessenger, fake_platform

APIS = {
    "sonar": PerplexitySettings(),
    "agent": PerplexitySettings(api="agent", model="perplexity/sonar"),
}
ANSWER = Script(words=30, words_per_second=0, first_word_delay=0, marker_every=3)
SAID = 12
"""So many words have come when a stream breaks in the middle."""

PATIENCE = 0.6
CONVERSATION = "fake:team:general:1"

UNREACHABLE = "I could not reach the answer engine. Try again in a few minutes."
NO_ANSWER = "The answer engine did not answer within 1 s. Try again in a few minutes."
FELL_SILENT = "The answer engine fell silent for 1 s, so the answer ends here. Ask again."
BROKE_OFF = "The connection to the answer engine broke, so the answer ends here. Ask again."
GARBLED = "The answer engine sent something I cannot read. Ask again; if it goes on, tell the operator."
BUSY = "The answer engine has too many questions now. Try again in a minute."
BUSY_FOR_7 = "The answer engine has too many questions now. Try again in 7 s."
KEY_REFUSED = "The answer engine did not accept its key. The operator has to check it."
UNPAID = "The account of the answer engine has no credit left. The operator has to top it up."
TOO_LONG = "The question with its thread is too long for the answer engine. Ask in a new thread."
REFUSED = "The answer engine refused this question. Ask in other words; if it goes on, tell the operator."
BROKEN = "The answer engine had a failure on its side. Try again in a few minutes."

BEFORE_THE_TEXT: list[tuple[Fault, str]] = [
    (Silence(BEFORE_HEADERS), NO_ANSWER),
    (Cut(BEFORE_HEADERS), BROKE_OFF),
    (Cut(0), BROKE_OFF),
    (EarlyEnd(0), BROKE_OFF),
    (ErrorEvent(0), BROKEN),
    (MalformedEvent(0), GARBLED),
    (RunFailed(0), BROKEN),
    (HtmlPage(), GARBLED),
    (PlainJson(), GARBLED),
    (Status(400), REFUSED),
    (Status(401), KEY_REFUSED),
    (Status(402), UNPAID),
    (Status(403), KEY_REFUSED),
    (Status(404), REFUSED),
    (Status(413), TOO_LONG),
    (Status(422), REFUSED),
    (Status(429), BUSY),
    (Status(429, retry_after=7.0), BUSY_FOR_7),
    (Status(500), BROKEN),
    (Status(502), BROKEN),
    (Status(503), BROKEN),
    (Status(504), BROKEN),
]

IN_THE_TEXT: list[tuple[Fault, str]] = [
    (Silence(SAID), FELL_SILENT),
    (Cut(SAID, reset=True), BROKE_OFF),
    (Cut(SAID, reset=False), BROKE_OFF),
    (EarlyEnd(SAID), BROKE_OFF),
    (Truncation(SAID), BROKE_OFF),
    (ErrorEvent(SAID), BROKEN),
    (ErrorEvent(SAID, named=True), BROKEN),
    (MalformedEvent(SAID), GARBLED),
    (RunFailed(SAID), BROKEN),
]

AFTER_THE_TEXT: list[tuple[Fault, str]] = [
    (EarlyEnd(AT_END), BROKE_OFF),
    (Truncation(AT_END), BROKE_OFF),
    (Cut(AT_END), BROKE_OFF),
    (RunFailed(AT_END), BROKEN),
]


@dataclass
class Hurry(SystemClock):
    """This is a clock on which nobody waits, for an engine that pauses between its tries."""

    slept: list[float] = field(default_factory=list[float])

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass(slots=True)
class Room:
    """This is the whole core with a real engine, and a channel whose readers we are."""

    intake: Intake
    messenger: FakeMessenger
    store: MemoryStorage
    pauses: list[float]

    async def ask(self) -> str:
        """What stands in the channel when the question has been answered as well as could be: one message."""
        place = Place("fake", "team", "general", "1")
        await self.intake.take(Question(place, "U1", "Why?", CONVERSATION, ("1",), datetime.now(UTC)))
        await self.intake.drain(20.0)
        (screen,) = self.messenger.screen
        return screen

    async def remembered(self) -> list[PastTurn]:
        return list(await self.store.recent(CONVERSATION, 10))


@asynccontextmanager
async def room(settings: PerplexitySettings, *, streaming: bool = True) -> AsyncGenerator[Room]:
    clock, budget, store, nobody = SystemClock(), FakeBudget(), MemoryStorage(), NobodyLooks()
    messenger, hurry = FakeMessenger(clock, budget, latency=0.0), Hurry()
    delivery, checkpoints = Delivery(fake_platform(messenger, budget), clock, nobody), Checkpoints(store, clock, nobody)
    async with (
        connect(settings, hurry, streaming=streaming, chance=lambda: 1.0) as engine,
        asyncio.TaskGroup() as group,
    ):
        newsroom = Newsroom(engine, store, checkpoints, Turnstile(4), clock, nobody, 6000, streaming=streaming)
        group.create_task(delivery.run())
        group.create_task(checkpoints.run())
        intake = Intake(store, lambda asked: Answer(newsroom, asked, delivery), Limits(), clock, nobody)
        yield Room(intake, messenger, store, hurry.slept)
        delivery.close()
        checkpoints.close()


def asking(settings: PerplexitySettings, url: str, retries: int = 0) -> PerplexitySettings:
    return replace(
        settings,
        api_key=KEY,
        base_url=url,
        connect_timeout=PATIENCE,
        first_byte_timeout=PATIENCE,
        idle_timeout=PATIENCE,
        max_retries=retries,
    )


@pytest.fixture(params=APIS)
def settings(request: pytest.FixtureRequest) -> PerplexitySettings:
    return APIS[request.param]


@pytest.fixture
async def perplexity() -> AsyncGenerator[PerplexityEmulator]:
    async with PerplexityEmulator(scripts=ANSWER) as emulator:
        yield emulator


# Nothing was said -------------------------------------------------------------------------------------------


@contextmanager
def _nowhere() -> Generator[str]:
    yield "http://engine.invalid"


@pytest.mark.parametrize("address", [server_down, server_stuck, _nowhere])
async def test_without_a_connection_there_is_one_sentence(
    address: Callable[[], AbstractContextManager[str]], settings: PerplexitySettings
) -> None:
    with address() as url:
        async with room(asking(settings, url)) as here:
            assert await here.ask() == UNREACHABLE


@pytest.mark.parametrize(("fault", "sentence"), BEFORE_THE_TEXT, ids=str)
async def test_what_breaks_before_the_first_word_is_one_sentence_and_nothing_of_the_engines_own(
    fault: Fault, sentence: str, settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    async with room(asking(settings, perplexity.url)) as here:
        assert (await here.ask()).split("\n")[0] == sentence
        assert await here.remembered() == []


# Something was said -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "sentence"), IN_THE_TEXT, ids=str)
async def test_what_had_been_said_stays_with_its_sources_and_a_sentence_below(
    fault: Fault, sentence: str, settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    async with room(asking(settings, perplexity.url)) as here:
        seen = await here.ask()
        (remembered,) = await here.remembered()

    text, _, below = seen.partition(f"({sentence})")
    numbers = word_numbers(text)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= SAID
    assert word_numbers(remembered.answer) == numbers
    assert word_numbers(below) == []
    assert SOURCES in below


@pytest.mark.parametrize(("fault", "sentence"), AFTER_THE_TEXT, ids=str)
async def test_a_whole_text_without_its_end_mark_is_kept_and_marked(
    fault: Fault, sentence: str, settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    async with room(asking(settings, perplexity.url)) as here:
        seen = await here.ask()

    text, _, below = seen.partition(f"({sentence})")
    assert word_numbers(text) == list(range(1, ANSWER.words + 1))
    assert SOURCES in below


async def test_what_readers_have_seen_never_becomes_less(
    settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.scripts = replace(ANSWER, words_per_second=40)
    perplexity.fail(Cut(20))
    async with room(asking(settings, perplexity.url)) as here:
        await here.ask()

    counts = [len(word_numbers(text)) for _, text in here.messenger.shown]
    assert counts == sorted(counts)
    assert len(set(counts)) >= 2


# Trying again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Status(503), Status(429, retry_after=7.0), Cut(BEFORE_HEADERS), EarlyEnd(0)], ids=str
)
async def test_a_failure_that_passes_before_the_first_word_is_never_seen(
    fault: Fault, settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault, times=3)
    async with room(asking(settings, perplexity.url, retries=3)) as here:
        seen = await here.ask()

    assert word_numbers(seen.partition(SOURCES)[0]) == list(range(1, ANSWER.words + 1))
    assert "answer engine" not in seen
    assert len(here.pauses) == 3


async def test_nothing_is_tried_again_once_a_word_has_been_shown(
    settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(Cut(SAID))
    async with room(asking(settings, perplexity.url, retries=3)) as here:
        assert BROKE_OFF in await here.ask()

    assert len(perplexity.requests) == 1


# In one piece -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "sentence"), [(Status(500), BROKEN), (HtmlPage(), GARBLED), (Cut(SAID), BROKE_OFF)])
async def test_without_streaming_a_failure_is_one_sentence_too(
    fault: Fault, sentence: str, settings: PerplexitySettings, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    async with room(asking(settings, perplexity.url), streaming=False) as here:
        assert await here.ask() == sentence
