"""How many growing answers one core carries: 50 words a second each, and the loop must stay prompt.

All of the bot is real and in one process bound to one core: SSE bytes, engine, intake, answers, drafts, pages, planner, lanes,
dialect, SQLite. Two things stand in: bytes come from memory, a read each, and a write to the chat takes 0.1 s and goes nowhere.
"""

import argparse
import asyncio
import gc
import itertools
import os
import random
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import msgspec
from typing_extensions import override

from adapters.discord.budget import DiscordBudget
from adapters.discord.dialect import DiscordDialect
from adapters.discord.routes import Routes
from adapters.perplexity.connection import Connector, Incoming, Patience
from adapters.perplexity.engine import PerplexityEngine
from adapters.perplexity.retries import Retries
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sonar import SonarWire
from adapters.slack.budget import SlackBudget
from adapters.slack.dialect import SlackDialect
from benchmarks.figures import share
from bot.answering import Answer, Newsroom
from bot.checkpoints import Checkpoints
from bot.clock import Clock, SystemClock
from bot.intake import Intake, Limits
from bot.model import MessageRef, Page, Place, Question
from bot.ports import Messenger, Observer, Platform
from bot.streaming.delivery import Delivery
from bot.turnstile import Turnstile
from storage.opening import open_storage
from tests.fakes.messenger import FakeBudget, FakeMessenger, Silent

UPWARDS: Final = (200, 300, 400, 600, 800)
DOWNWARDS: Final = (150, 100, 50, 25)
PROMPT: Final = 0.05
_WORDS_PER_SECOND = 50.0
_RAMP = 2.0
_SECONDS = 10.0
_BEAT = 0.01
_LATENCY = 0.1
_PARAGRAPH = 60
_PATIENCE = 30.0  # a loop that is late must be measured, not end the measurement


@dataclass(frozen=True, slots=True)
class Density:
    """This is one measurement; lag in seconds, processor as a share of the core, memory of the whole process."""

    platform: str
    answers: int
    lag_p99: float
    lag_most: float
    processor: float
    kilobytes_per_answer: float
    writes_per_second: float


def main() -> dict[str, float]:
    """Try more and more answers until the loop is late, or fewer until it is not; print and return figures."""
    figures: dict[str, float] = {}
    for platform in ("discord", "slack"):
        carried = 0
        for answers in UPWARDS:
            if not _carries(platform, answers, figures):
                break
            carried = answers
        for answers in DOWNWARDS if not carried else ():
            if _carries(platform, answers, figures):
                carried = answers
                break
        figures[f"density: {platform}, answers that one core carries"] = carried
    return figures


def _carries(platform: str, answers: int, figures: dict[str, float]) -> bool:
    """Measure in a process of its own; note the figures; whether the loop stayed prompt."""
    it = _in_a_process(platform, answers)
    print(
        f"density {platform:8} {answers:4} answers: loop lag p99 {it.lag_p99 * 1000:6.1f} ms, "
        f"processor {it.processor:4.0%}, {it.kilobytes_per_answer:5.0f} kB each, {it.writes_per_second:3.0f} writes/s"
    )
    figures.update(_named(it))
    return it.lag_p99 < PROMPT


def _named(it: Density) -> dict[str, float]:
    name = f"density: {it.platform}, {it.answers} answers"
    return {
        f"{name}, lag p99 (ms)": it.lag_p99 * 1000,
        f"{name}, processor (%)": it.processor * 100,
        f"{name}, memory of each (kB)": it.kilobytes_per_answer,
    }


def _in_a_process(platform: str, answers: int) -> Density:
    command = [sys.executable, "-m", "benchmarks.density", platform, str(answers)]
    done = subprocess.run(command, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Density)


# One measurement --------------------------------------------------------------------------------------------


async def measure(platform: str, answers: int, seconds: float = _SECONDS) -> Density:
    """Let so many answers grow at once and watch the loop while all of them are live."""
    clock = SystemClock()
    words = int((_RAMP + seconds + _PATIENCE) * _WORDS_PER_SECOND)
    messenger, spoken = _Void(clock), _Spoken(words, clock)
    with _one_core(), TemporaryDirectory() as folder:
        async with _bot(_platform(platform, messenger, clock), clock, spoken, Path(folder)) as intake:
            before = _kilobytes()
            for number in range(answers):
                await intake.take(_question(platform, number))
            spoken.begin.set()
            await clock.sleep(_RAMP)
            written = messenger.writes
            late, used = await _watched(clock, seconds)
            written, memory = messenger.writes - written, _kilobytes() - before
            assert intake.live == answers, "all are live at the end"
    return Density(
        platform=platform,
        answers=answers,
        lag_p99=share(sorted(late), 0.99),
        lag_most=max(late),
        processor=used / seconds,
        kilobytes_per_answer=memory / answers,
        writes_per_second=written / seconds,
    )


async def _watched(clock: Clock, seconds: float) -> tuple[list[float], float]:
    """How late the loop was at each beat, and processor seconds."""
    late: list[float] = []
    ends, used = clock.now() + seconds, _processor_seconds()
    while (due := clock.now() + _BEAT) < ends:
        await clock.sleep(_BEAT)
        late.append(clock.now() - due)
    return late, _processor_seconds() - used


@contextmanager
def _one_core() -> Generator[None]:
    """One core, and before all others where the system allows it: what else the machine does should not be measured."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, before)


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _kilobytes() -> int:
    gc.collect()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))


# The bot around it ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _bot(platform: Platform, clock: Clock, spoken: Connector, folder: Path) -> AsyncGenerator[Intake]:
    """What the composition root puts together, with one platform and an engine that speaks from memory."""
    observer = _Deaf()
    wire = SonarWire(PerplexitySettings(), streaming=True)
    engine = PerplexityEngine(wire, spoken, Retries(0), clock, lambda: 0.0)
    address = f"sqlite:///{folder / 'density.db'}"
    storage = open_storage(address, clock=clock, claim_within=_PATIENCE)
    async with storage as store, asyncio.TaskGroup() as group:
        checkpoints = Checkpoints(store, clock, observer)
        room = Newsroom(
            engine=engine,
            turns=store,
            checkpoints=checkpoints,
            turnstile=Turnstile(1000),
            clock=clock,
            observer=observer,
            history_tokens=6000,
        )
        delivery = Delivery(platform, clock, observer)
        intake = Intake(store, lambda asked: Answer(room, asked, delivery), Limits(for_engine=10_000), clock, observer)
        tasks = [group.create_task(delivery.run()), group.create_task(checkpoints.run())]
        try:
            yield intake
        finally:
            await intake.drain(0.0)
            for task in tasks:
                task.cancel()


def _platform(name: str, messenger: Messenger, clock: Clock) -> Platform:
    if name == "discord":
        return Platform(name, messenger, DiscordBudget(Routes(clock), clock), DiscordDialect(), Silent(), 9.0)
    return Platform(name, messenger, SlackBudget(), SlackDialect(), Silent())


def _question(platform: str, number: int) -> Question:
    """Each in a channel of its own; on Slack ten to a workspace."""
    place = Place(platform, f"team-{number // 10}", f"channel-{number}", "1" if platform == "slack" else "")
    return Question(
        place=place,
        asker="asker",
        text="What is known about it?",
        conversation=f"conversation-{number}",
        claims=(f"event-{number}",),
        asked_at=datetime.now(UTC),
    )


class _Void(FakeMessenger):
    """This is a chat that takes everything, after a while, and shows nothing."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, FakeBudget())
        self._ids = itertools.count(1)
        self.writes = 0

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        self.writes += 1
        await self._clock.sleep(_LATENCY)
        return MessageRef(place, f"m{next(self._ids)}")

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        self.writes += 1
        await self._clock.sleep(_LATENCY)

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        self.writes += 1
        await self._clock.sleep(_LATENCY)

    @override
    async def status(self, place: Place, note: str) -> None:
        await self._clock.sleep(_LATENCY)


class _Deaf(Observer):
    @override
    def notice(self, event: object) -> None:
        return


class _Spoken(Connector):
    """This answers every request with the same words, one event per read, at their pace; all begin at nearly the same time."""

    def __init__(self, words: int, clock: Clock) -> None:
        self.begin = asyncio.Event()
        self._events = [_event(number) for number in range(1, words + 1)]
        self._clock = clock
        self._phases = random.Random(1)

    @override
    @asynccontextmanager
    async def post(self, body: bytes) -> AsyncGenerator[Incoming]:
        pieces = _Paced(self._events, self._clock, self.begin, self._phases.uniform(0, _RAMP / 2))
        yield Incoming(pieces, Patience(first=60.0, idle=60.0), None)


class _Paced(aiohttp.StreamReader):
    """This is a body whose events come one by one, the first `phase` seconds after `begin`."""

    def __init__(self, events: Sequence[bytes], clock: Clock, begin: asyncio.Event, phase: float) -> None:
        self._events = iter(events)
        self._clock = clock
        self._begin = begin
        self._phase = phase
        self._due = 0.0

    @override
    async def readany(self) -> bytes:
        if not self._due:
            await self._begin.wait()
            self._due = self._clock.now() + self._phase
        self._due += 1 / _WORDS_PER_SECOND
        await self._clock.sleep(max(0.0, self._due - self._clock.now()))
        return next(self._events, b"data: [DONE]\n\n")


def _event(number: int) -> bytes:
    """The next word as Sonar's concise mode says it; a marker now and then, and paragraphs."""
    end = ".[1]\n\n" if number % _PARAGRAPH == 0 else " "
    delta = {"role": "assistant", "content": f"word{number}{end}"}
    choice = {"index": 0, "finish_reason": None, "delta": delta}
    payload = {"id": "0", "model": "sonar", "created": 0, "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + msgspec.json.encode(payload) + b"\n\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("platform", choices=("slack", "discord"))
    parser.add_argument("answers", type=int)
    options = parser.parse_args()
    sys.stdout.buffer.write(msgspec.json.encode(asdict(asyncio.run(measure(options.platform, options.answers)))))
