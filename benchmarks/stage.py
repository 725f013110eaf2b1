"""Lets a scenario happen: emulators here, the bot beside them, questions at their times; and makes figures of what was seen.

The emulators note every word that the engine says and every version of every message on one monotonic clock.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, product
from string import ascii_lowercase
from typing import Protocol, Self

from typing_extensions import override

from benchmarks.bot_process import Bot, running
from benchmarks.figures import Answered, Figures, Recording, Spread, complete, figures, share, word_delay_within
from benchmarks.scenarios import FIRST_WORD, MARKER_EVERY, SOURCES, Scenario
from benchmarks.venues import Asked, Venue, venue
from bot.clock import SystemClock
from tests.emulators.perplexity import Asked as Heard
from tests.emulators.perplexity import PerplexityEmulator, Script, SearchResult

_CLOCK = SystemClock()
_LOOK_EVERY = 0.25
_LAG_EVERY = 0.02
_SEED = 20
_MARKER = re.compile(r"\[(\d+)\]")
_QUESTION = re.compile(r"Question (\w+):")
_ENGINE = {"ENGINE_CONCURRENCY": "200", "QUEUE_FOR_ENGINE": "10000"}
_COURTESIES = frozenset({"assistant.threads.setStatus", "typing"})


@dataclass(frozen=True, slots=True)
class Cost:
    """This is what a run has cost the bot: its start, its memory, its processor; zeros where it was no process."""

    start_seconds: float = 0.0
    idle_megabytes: float = 0.0
    most_megabytes: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone:
    """This is what followed a deletion: seconds until the engine was left, and writes that were sent after it."""

    left_after: float | None
    writes: int


@dataclass(frozen=True, slots=True)
class Result:
    """This is one scenario as one bot has played it. The lag is that of the emulators' loop, in seconds."""

    scenario: str
    bot: str
    figures: Figures
    steady: Spread | None = None
    second_wave: Figures | None = None
    gone: Gone | None = None
    cost: Cost = field(default_factory=Cost)
    lag_p99: float = 0.0
    lag_most: float = 0.0
    faults: dict[str, int] = field(default_factory=dict[str, int])


class Player(Protocol):
    """One that answers what is asked while it is there."""

    def asked(self, question: Asked, text: str) -> None:
        """This question was asked (for those who do not listen themselves)."""
        ...

    def cost(self) -> Cost:
        """What it has cost so far."""
        ...


class Cast(Protocol):
    """One that can play: the real bot, or a baseline."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def on(self, place: Venue, engine: PerplexityEmulator) -> AbstractAsyncContextManager[Player]:
        """Be there, ready to be asked, until the end of the block."""
        ...


async def play(scenario: Scenario, cast: Cast) -> Result:
    """Let one bot play one scenario, with emulators of its own."""
    place = venue(scenario)
    engine = PerplexityEmulator(scripts=lambda question: script_of(scenario, question))
    async with place.open(), engine, cast.on(place, engine) as player:
        faults = place.go_wrong(scenario.odds, random.Random(_SEED)) if scenario.odds else Counter[str]()
        async with _Pulse() as pulse:
            run = _Run(scenario, place, engine, player)
            await run.through()
        recording = run.recording()
        return Result(
            scenario=scenario.name,
            bot=cast.name,
            figures=figures(recording, scenario.bound, scenario.duration),
            steady=_steady(scenario, recording),
            second_wave=_second_wave(scenario, recording),
            gone=_gone(recording) if scenario.deleted_after is not None else None,
            cost=player.cost(),
            lag_p99=pulse.p99,
            lag_most=pulse.most,
            faults=dict(faults),
        )


# What is said -----------------------------------------------------------------------------------------------


def prefixes() -> Iterator[str]:
    """Names of answers that begin their words: a, b, ..., z, aa, ab, ..."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def script_of(scenario: Scenario, question: str) -> Script:
    """What the engine answers: words and sources that belong to this question alone."""
    found = _QUESTION.search(question)
    prefix = found[1] if found else "w"
    results = (
        SearchResult(f"https://source{number}.example/{prefix}/{number}", f"Source {number}: a page about it")
        for number in range(1, SOURCES + 1)
    )
    return Script(
        words=scenario.words,
        words_per_second=scenario.rate,
        first_word_delay=FIRST_WORD,
        marker_every=MARKER_EVERY,
        sources=tuple(results),
        long=scenario.structured,
        prefix=prefix,
    )


# The run ----------------------------------------------------------------------------------------------------


class _Run:
    """This is one run from the first question to the last footer."""

    def __init__(self, scenario: Scenario, place: Venue, engine: PerplexityEmulator, player: Player) -> None:
        self._scenario = scenario
        self._venue = place
        self._engine = engine
        self._player = player
        self._asked: list[Asked] = []
        self._began = 0.0
        self._deleted: float | None = None
        self._left: float | None = None

    async def through(self) -> None:
        """Ask everything, wait until everything is answered (or nobody can hope for it any more), and a little longer."""
        self._began = _CLOCK.now()
        for number, (at, prefix) in enumerate(zip(self._scenario.asked_at, prefixes(), strict=False)):
            delay = self._began + at - _CLOCK.now()
            if delay > 0:
                await _CLOCK.sleep(delay)
            text = f"Question {prefix}: what is known about it?"
            asked = self._venue.ask(number, prefix, text)
            self._asked.append(asked)
            self._player.asked(asked, text)
        if self._scenario.deleted_after is not None:
            await self._delete(self._scenario.deleted_after)
        else:
            await self._until_complete()
        await _CLOCK.sleep(self._scenario.settle)

    def recording(self) -> Recording:
        """What was seen, as values."""
        heard = self._heard()
        return Recording(
            began=self._began,
            answers=tuple(self._answered(asked, heard.get(asked.prefix)) for asked in self._asked),
            calls=self._venue.calls(self._began),
            throttled=self._venue.throttled(),
        )

    async def _until_complete(self) -> None:
        ends = self._began + self._scenario.length + self._scenario.patience
        waiting = list(self._asked)
        while waiting and _CLOCK.now() < ends:
            await _CLOCK.sleep(_LOOK_EVERY)
            heard = self._heard()
            waiting = [asked for asked in waiting if not self._is_complete(asked, heard.get(asked.prefix))]

    async def _delete(self, after: float) -> None:
        """Delete the answer to the first question in the middle, and see when the engine is left."""
        asked = self._asked[0]
        ends = _CLOCK.now() + self._scenario.patience
        while not ((heard := self._heard().get(asked.prefix)) and heard.word_times) and _CLOCK.now() < ends:
            await _CLOCK.sleep(_LAG_EVERY)
        assert heard is not None, "the engine was asked"
        await _CLOCK.sleep(after)
        self._deleted = self._venue.delete(asked)
        await heard.ended.wait()
        self._left = _CLOCK.now() if heard.closed_early else None
        await _CLOCK.sleep(self._scenario.duration)

    def _heard(self) -> dict[str, Heard]:
        """What the engine was asked, by the prefix of the question."""
        found = ((_QUESTION.search(each.question), each) for each in self._engine.requests)
        return {match[1]: each for match, each in found if match}

    def _is_complete(self, asked: Asked, heard: Heard | None) -> bool:
        if heard is None or not heard.done:
            return False
        answer = self._answered(asked, heard)
        return complete(answer, [message.now for message in answer.messages])

    def _answered(self, asked: Asked, heard: Heard | None) -> Answered:
        script = script_of(self._scenario, f"Question {asked.prefix}:")
        cited = {int(number) for number in _MARKER.findall(script.answer)}
        writes = self._venue.calls(self._deleted) if self._deleted is not None else Counter[str]()
        return Answered(
            prefix=asked.prefix,
            asked=asked.at,
            expected=self._scenario.words,
            said=tuple(heard.word_times) if heard else (),
            messages=self._venue.screens(asked),
            sources=tuple(script.sources[number - 1].url for number in sorted(cited)),
            signs=self._venue.signs(asked),
            deleted=self._deleted,
            left=self._left,
            writes_after_deletion=sum(many for method, many in writes.items() if method not in _COURTESIES),
        )


def _steady(scenario: Scenario, recording: Recording) -> Spread | None:
    if scenario.steady is None:
        return None
    begin, end = scenario.steady
    return word_delay_within(recording.answers, recording.began + begin, recording.began + end)


def _second_wave(scenario: Scenario, recording: Recording) -> Figures | None:
    if scenario.second_wave is None:
        return None
    late = recording.began + scenario.second_wave
    return figures(Recording(late, tuple(each for each in recording.answers if each.asked >= late)))


def _gone(recording: Recording) -> Gone:
    answer = recording.answers[0]
    left = None if answer.left is None or answer.deleted is None else answer.left - answer.deleted
    return Gone(left, answer.writes_after_deletion)


class _Pulse:
    """This watches how late the loop of the emulators is: figures from a busy loop would be those of the bench."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._beating is not None
        self._beating.cancel()
        await asyncio.wait([self._beating])

    @property
    def p99(self) -> float:
        return share(sorted(self._late), 0.99) if self._late else 0.0

    @property
    def most(self) -> float:
        return max(self._late, default=0.0)

    async def _beat(self) -> None:
        while True:
            due = _CLOCK.now() + _LAG_EVERY
            await _CLOCK.sleep(_LAG_EVERY)
            self._late.append(_CLOCK.now() - due)


# The real bot -----------------------------------------------------------------------------------------------


class Footnote(Cast):
    """This is the real bot."""

    @property
    @override
    def name(self) -> str:
        return "footnote"

    @override
    @asynccontextmanager
    async def on(self, place: Venue, engine: PerplexityEmulator) -> AsyncGenerator[Player]:
        async with running({**_ENGINE, **place.settings, **engine.settings()}) as bot:
            await place.heard()
            yield _Process(bot, bot.megabytes)


@dataclass(frozen=True, slots=True)
class _Process(Player):
    """This is the bot's process."""

    bot: Bot
    idle: float

    @override
    def asked(self, question: Asked, text: str) -> None:
        return  # it listens

    @override
    def cost(self) -> Cost:
        return Cost(self.bot.ready_after, self.idle, self.bot.most_megabytes, self.bot.cpu_seconds)
