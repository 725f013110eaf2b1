"""When the engine tries again, and that it leaves nothing open when it or its reader goes."""

import asyncio
from dataclasses import replace

import pytest

from adapters.perplexity.engine import PerplexityEngine, connect
from adapters.perplexity.settings import PerplexitySettings
from bot.errors import EngineBroken, EngineSilent
from bot.model import Prompt, TextGrew
from tests.adapters.perplexity.conftest import ADDRESSES, APIS, QUICK, Hurry, asking, hear
from tests.emulators.perplexity import PerplexityEmulator, word_numbers
from tests.emulators.perplexity.faults import (
    BEFORE_HEADERS,
    Cut,
    EarlyEnd,
    ErrorEvent,
    Fault,
    HtmlPage,
    PlainJson,
    Silence,
    Status,
    Truncation,
)


@pytest.mark.parametrize(
    "fault",
    [
        Status(408),
        Status(429),
        Status(503),
        Status(524),
        Silence(BEFORE_HEADERS),
        Silence(0),
        Cut(BEFORE_HEADERS),
        Cut(0, reset=False),
        EarlyEnd(0),
        Truncation(0),
        ErrorEvent(0),
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again_and_nobody_notices(
    fault: Fault, settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(fault, times=2)
    async with connect(replace(settings, max_retries=3), clock, chance=lambda: 1.0) as engine:
        heard = await hear(engine)
    assert (heard.text, heard.addresses, heard.failure) == (QUICK.answer, ADDRESSES, None)
    assert (len(perplexity.requests), clock.slept) == (3, [0.5, 1.0])


async def test_it_gives_up_after_as_many_tries_as_are_set(
    settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(Status(503), times=None)
    async with connect(replace(settings, max_retries=3), clock, chance=lambda: 1.0) as engine:
        heard = await hear(engine)
    assert isinstance(heard.failure, EngineBroken)
    assert (len(perplexity.requests), clock.slept) == (4, [0.5, 1.0, 2.0])


async def test_it_waits_as_long_as_it_is_told_to(
    settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(Status(429, retry_after=30.0))
    async with connect(replace(settings, max_retries=3), clock, chance=lambda: 0.0) as engine:
        assert (await hear(engine)).failure is None
    assert clock.slept == [30.0]


@pytest.mark.parametrize(
    "fault",
    [Status(429, retry_after=61.0), Status(400), Status(401), Status(402), Status(404), HtmlPage(), PlainJson()],
    ids=str,
)
async def test_what_will_not_pass_is_said_at_once(
    fault: Fault, settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(fault)
    async with connect(replace(settings, max_retries=3), clock) as engine:
        assert (await hear(engine)).failure is not None
    assert (len(perplexity.requests), clock.slept) == (1, [])


@pytest.mark.parametrize("fault", [Cut(5, reset=False), EarlyEnd(5), ErrorEvent(5), Silence(5)], ids=str)
async def test_nothing_is_tried_again_once_there_is_text(
    fault: Fault, settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(fault)
    async with connect(replace(settings, max_retries=3), clock) as engine:
        heard = await hear(engine)
    assert word_numbers(heard.text) == [1, 2, 3, 4, 5]
    assert (len(perplexity.requests), clock.slept) == (1, [])


# Leaving ----------------------------------------------------------------------------------------------------


async def test_closing_the_answer_closes_the_connection(
    engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.scripts = replace(QUICK, fault=Silence(5))
    answer = engine.answer(Prompt("Why?"))
    async for event in answer:
        if isinstance(event, TextGrew):
            break
    await answer.aclose()
    await _closed_early(perplexity)


async def test_cancelling_who_reads_closes_the_connection(
    engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(Silence(BEFORE_HEADERS))
    reading = asyncio.create_task(hear(engine))
    while not perplexity.in_flight:
        await asyncio.wait([reading], timeout=0.01)
    reading.cancel()
    await asyncio.wait([reading])
    await _closed_early(perplexity)


@pytest.mark.parametrize("fault", [Silence(BEFORE_HEADERS), Silence(5)], ids=str)
async def test_giving_up_on_silence_closes_the_connection(
    fault: Fault, engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    assert isinstance((await hear(engine)).failure, EngineSilent)
    await _closed_early(perplexity)


async def _closed_early(perplexity: PerplexityEmulator) -> None:
    await asyncio.wait_for(perplexity.requests[-1].ended.wait(), 2.0)
    assert perplexity.requests[-1].closed_early


async def test_a_connection_whose_answer_was_read_is_used_again(perplexity: PerplexityEmulator, clock: Hurry) -> None:
    async with connect(asking(APIS["concise"], perplexity), clock) as engine:
        for _ in range(3):
            assert (await hear(engine)).failure is None
    assert not any(asked.closed_early for asked in perplexity.requests)
