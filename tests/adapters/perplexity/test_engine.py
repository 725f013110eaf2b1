"""The engine on the emulator: the contract, every shape of an answer, every way in which it breaks, trying again, leaving."""

import json
from dataclasses import replace
from itertools import product
from typing import ClassVar

import pytest

from adapters.perplexity.engine import PerplexityEngine, connect
from adapters.perplexity.settings import PerplexitySettings
from bot.errors import (
    EngineBroken,
    EngineBusy,
    EngineCutOff,
    EngineFailed,
    EngineGarbled,
    EngineKeyRefused,
    EngineRefused,
    EngineSilent,
    EngineUnpaid,
)
from bot.model import Finished, FinishReason, PastTurn, Prompt, RelatedFound, TextGrew, Usage, UsageReported
from tests.adapters.perplexity.conftest import ADDRESSES, APIS, QUICK, SHORT, Hurry, asking, hear
from tests.contracts.answer_engine import AnswerEngineContract
from tests.emulators.perplexity import AgentShape, Ending, PerplexityEmulator, Presence, SonarShape, Sse, word_numbers
from tests.emulators.perplexity.faults import (
    BEFORE_HEADERS,
    Cut,
    EarlyEnd,
    EmptyEvent,
    ErrorEvent,
    Fault,
    HtmlPage,
    MalformedEvent,
    PlainJson,
    RunFailed,
    Silence,
    Status,
    StrangeEvent,
    Truncation,
)


class TestPerplexityEngine(AnswerEngineContract):
    question_with_answer: ClassVar[str] = "Why?"


# Whole answers ----------------------------------------------------------------------------------------------


async def test_the_answer_is_complete_with_sources_usage_and_related_questions(
    engine: PerplexityEngine, settings: PerplexitySettings
) -> None:
    heard = await hear(engine)
    assert (heard.text, heard.addresses, heard.failure) == (QUICK.answer, ADDRESSES, None)
    *_, usage, finished = heard.events
    assert isinstance(usage, UsageReported)
    assert usage.usage.cost
    assert finished == Finished()
    related = [event.questions for event in heard.events if isinstance(event, RelatedFound)]
    assert related == ([QUICK.related] if settings.api == "sonar" else [])


SHAPES = [
    SonarShape(citations, results, ending, cumulative_message=done, done_mark=done)
    for (citations, results), (ending, done) in product(
        [
            (Presence.EVERY, Presence.EVERY),
            (Presence.NEVER, Presence.LAST),
            (Presence.FIRST, Presence.NEVER),
            (Presence.EVERY, Presence.LAST),
        ],
        [
            (Ending.DONE, True),
            (Ending.DONE_UNREASONED, False),
            (Ending.REASON, True),
            (Ending.REASON, False),
            (Ending.TEXT, True),
        ],
    )
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
async def test_every_observed_shape_of_a_sonar_stream_is_the_same_answer(shape: SonarShape) -> None:
    async with (
        PerplexityEmulator(scripts=QUICK, sonar=shape, write_sizes=(700, 1, 13)) as perplexity,
        connect(asking(APIS["sonar"], perplexity), Hurry()) as engine,
    ):
        heard = await hear(engine)
    assert (heard.text, heard.addresses, heard.events[-1]) == (QUICK.answer, ADDRESSES, Finished())


@pytest.mark.parametrize(
    "shape",
    [AgentShape(), AgentShape(searches=3, reversed_results=True), AgentShape(event_names=True, done_mark=True)],
    ids=str,
)
async def test_every_observed_shape_of_an_agent_stream_is_the_same_answer(shape: AgentShape) -> None:
    async with (
        PerplexityEmulator(scripts=QUICK, agent=shape, write_sizes=(700, 1, 13)) as perplexity,
        connect(asking(APIS["agent"], perplexity), Hurry()) as engine,
    ):
        heard = await hear(engine)
    assert (heard.text, heard.addresses, heard.events[-1]) == (QUICK.answer, ADDRESSES, Finished())


@pytest.mark.parametrize(("api", "sse"), list(product(APIS, [Sse(line_end="\r\n", ping_every=1), Sse(line_end="\r")])))
async def test_line_ends_and_pings_do_not_matter(api: str, sse: Sse) -> None:
    async with (
        PerplexityEmulator(scripts=QUICK, sse=sse) as perplexity,
        connect(asking(APIS[api], perplexity), Hurry()) as engine,
    ):
        assert (await hear(engine)).text == QUICK.answer


async def test_an_answer_that_was_cut_at_its_length_says_so(
    engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.scripts = replace(QUICK, finish="length")
    assert (await hear(engine)).events[-1] == Finished(FinishReason.LENGTH)


async def test_without_streaming_the_same_is_said_in_one_piece(
    settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    async with connect(settings, clock, streaming=False) as engine:
        heard = await hear(engine)
    assert [event.text for event in heard.events if isinstance(event, TextGrew)] == [QUICK.answer]
    assert (heard.addresses, heard.events[-1]) == (ADDRESSES, Finished())
    assert perplexity.requests[0].body["stream"] is False


@pytest.mark.parametrize(
    ("api", "document"),
    [
        ("sonar", {"choices": [{"message": {"content": "It is so."}, "finish_reason": "stop"}]}),
        (
            "agent",
            {"status": "completed", "output": [{"type": "message", "content": [{"text": "It is so."}]}]},
        ),
    ],
)
async def test_a_document_where_a_stream_was_asked_for_is_used_if_it_is_an_answer(
    api: str, document: object, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(PlainJson("\n\n " + json.dumps(document)))
    async with connect(asking(APIS[api], perplexity), clock) as engine:
        assert (await hear(engine)).events == [TextGrew("It is so."), Finished()]


async def test_earlier_turns_and_instructions_reach_perplexity(
    engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    prompt = Prompt("And then?", (PastTurn("Why?", "Because.[1]"),), instructions="Today is a Monday.")
    assert [event async for event in engine.answer(prompt)][-1] == Finished()
    system, *said = perplexity.requests[0].prompt
    assert system[1].startswith("Today is a Monday.")
    assert said == [("user", "Why?"), ("assistant", "Because."), ("user", "And then?")]


# Faults -----------------------------------------------------------------------------------------------------

AT_THE_DOOR: list[tuple[Fault, EngineFailed]] = [
    (Status(302), EngineRefused(302)),
    (Status(400), EngineRefused(400, "invalid_request")),
    (Status(401), EngineKeyRefused(401)),
    (Status(402), EngineUnpaid()),
    (Status(403), EngineKeyRefused(403)),
    (Status(404), EngineRefused(404, "not_found")),
    (Status(413), EngineRefused(413, "payload_too_large")),
    (Status(422), EngineRefused(422, "value_error")),
    (Status(429), EngineBusy()),
    (Status(429, retry_after=7.0), EngineBusy(7.0)),
    (Status(500), EngineBroken(500, "internal_error")),
    (Status(502), EngineBroken(502)),
    (Status(503, retry_after=7.0), EngineBroken(503, "service_unavailable", 7.0)),
    (Status(524), EngineBroken(524)),
    (HtmlPage(), EngineGarbled("neither a stream of events nor JSON")),
    (HtmlPage("\r\n\ufeff<!doctype html>"), EngineGarbled("neither a stream of events nor JSON")),
    (HtmlPage("upstream connect error"), EngineGarbled("neither a stream of events nor JSON")),
    (HtmlPage(""), EngineCutOff("no terminal mark")),
    (PlainJson(), EngineGarbled("JSON that is no answer")),
    (PlainJson('{"choi'), EngineGarbled("malformed: not JSON")),
    (PlainJson('{"error":{"type":"invalid_model","code":400}}'), EngineRefused(400, "invalid_model")),
    (Silence(BEFORE_HEADERS), EngineSilent(SHORT)),
    (Silence(0), EngineSilent(SHORT)),
    (EarlyEnd(BEFORE_HEADERS), EngineCutOff("ServerDisconnectedError")),
    (EarlyEnd(0), EngineCutOff("no terminal mark")),
]


@pytest.mark.parametrize(("fault", "failure"), AT_THE_DOOR, ids=str)
async def test_what_breaks_before_the_text_is_one_of_our_failures(
    fault: Fault, failure: EngineFailed, engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    heard = await hear(engine)
    assert (heard.text, repr(heard.failure)) == ("", repr(failure))


IN_THE_TEXT: list[tuple[Fault, EngineFailed]] = [
    (Silence(5), EngineSilent(SHORT, started=True)),
    (Cut(5, reset=False), EngineCutOff("ClientPayloadError")),
    (EarlyEnd(5), EngineCutOff("no terminal mark")),
    (Truncation(5), EngineCutOff("a truncated event")),
    (ErrorEvent(5), EngineBroken(500, "internal_error")),
    (ErrorEvent(5, named=True), EngineBroken(500, "internal_error")),
    (ErrorEvent(5, type="request_rate_limit_exceeded", code=429), EngineBusy()),
    (ErrorEvent(5, type="invalid_request", code=400), EngineRefused(400, "invalid_request")),
    (MalformedEvent(5), EngineGarbled("malformed: not JSON")),
    (RunFailed(5), EngineBroken(500, "internal_error")),
]


@pytest.mark.parametrize(("fault", "failure"), IN_THE_TEXT, ids=str)
async def test_what_breaks_in_the_text_leaves_all_of_it_that_came(
    fault: Fault, failure: EngineFailed, engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    heard = await hear(engine)
    assert repr(heard.failure) == repr(failure)
    assert word_numbers(heard.text) == [1, 2, 3, 4, 5]
    assert not any(isinstance(event, Finished) for event in heard.events)


async def test_what_was_used_is_said_before_the_failure_too(perplexity: PerplexityEmulator, clock: Hurry) -> None:
    perplexity.fail(EarlyEnd(5))
    async with connect(asking(APIS["sonar"], perplexity), clock) as engine:
        heard = await hear(engine)
    assert isinstance(heard.failure, EngineCutOff)
    assert heard.events[-1] == UsageReported(Usage(1, 5))


async def test_a_reset_connection_is_cut_off_with_the_words_before_it(
    engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.scripts = replace(QUICK, words_per_second=200.0)
    perplexity.fail(Cut(5, reset=True))
    heard = await hear(engine)
    assert isinstance(heard.failure, EngineCutOff)
    assert word_numbers(heard.text) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fault", [EmptyEvent(5), StrangeEvent(5)], ids=str)
async def test_an_event_that_says_nothing_breaks_nothing(
    fault: Fault, engine: PerplexityEngine, perplexity: PerplexityEmulator
) -> None:
    perplexity.fail(fault)
    heard = await hear(engine)
    assert (heard.text, heard.failure) == (QUICK.answer, None)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Status(429), EngineBusy()),
        (HtmlPage(), EngineGarbled("neither a stream of events nor JSON")),
        (PlainJson(), EngineGarbled("JSON that is no answer")),
        (Silence(BEFORE_HEADERS), EngineSilent(SHORT)),
        (Silence(0), EngineSilent(SHORT)),
        (Truncation(0), EngineGarbled("malformed: not JSON")),
        (RunFailed(0), EngineBroken(500, "internal_error")),
    ],
    ids=str,
)
async def test_an_answer_in_one_piece_breaks_in_our_terms_too(
    fault: Fault, failure: EngineFailed, settings: PerplexitySettings, perplexity: PerplexityEmulator, clock: Hurry
) -> None:
    perplexity.fail(fault)
    async with connect(settings, clock, streaming=False) as engine:
        heard = await hear(engine)
    assert (heard.text, repr(heard.failure)) == ("", repr(failure))


async def test_pings_do_not_count_as_an_answer(clock: Hurry) -> None:
    async with (
        PerplexityEmulator(scripts=replace(QUICK, fault=Silence(0)), sse=Sse(ping_every=1)) as perplexity,
        connect(asking(APIS["sonar"], perplexity, SHORT), clock) as engine,
    ):
        assert repr((await hear(engine)).failure) == repr(EngineSilent(SHORT))


async def test_a_wrong_key_is_refused_and_shown_nowhere(
    settings: PerplexitySettings, clock: Hurry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with connect(replace(settings, api_key="pplx-wrong"), clock) as engine:
        failure = (await hear(engine)).failure
    assert isinstance(failure, EngineKeyRefused)
    assert "pplx-wrong" not in repr(failure) + caplog.text
    assert "HTTP 401" in caplog.text
