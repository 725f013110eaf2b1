"""A fault strikes where it is told to, and leaves the rest of the stream as it was. Pure: no socket."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.perplexity.breakage import Drop, Hang, Send, Step, steps
from tests.emulators.perplexity.faults import (
    AT_END,
    Cut,
    EarlyEnd,
    EmptyEvent,
    ErrorEvent,
    HtmlPage,
    InTheStream,
    MalformedEvent,
    PlainJson,
    RunFailed,
    Silence,
    Status,
    StrangeEvent,
    Truncation,
)
from tests.emulators.perplexity.replies import reply_of
from tests.emulators.perplexity.script import Script, word_numbers
from tests.emulators.perplexity.sonar import SonarShape, SonarWire
from tests.emulators.perplexity.wire import Ask, Sse

WORDS = 10
SHAPE = SonarShape(cumulative_message=False)


def plan(fault: InTheStream | None, sse: Sse | None = None) -> list[Step]:
    wire = SonarWire(Ask("sonar", (("user", "What?"),), stream=True), Script(words=WORDS, marker_every=0), SHAPE)
    return list(steps(wire, wire.stream(), sse or Sse(), fault))


def body(plan: list[Step]) -> bytes:
    return b"".join(step.raw for step in plan if isinstance(step, Send))


def words(plan: list[Step]) -> list[int]:
    return word_numbers(body(plan).decode())


@given(after=st.integers(0, WORDS + 5))
def test_a_breakdown_strikes_after_that_many_words(after: int) -> None:
    for fault, last in ((Silence(after), Hang()), (Cut(after), Drop(True)), (Cut(after, reset=False), Drop(False))):
        broken = plan(fault)
        assert words(broken) == list(range(1, min(after, WORDS) + 1))
        assert broken[-1] == last


def test_an_early_end_at_the_end_loses_only_the_terminal_mark() -> None:
    whole, broken = body(plan(None)), body(plan(EarlyEnd(AT_END)))
    assert whole.startswith(broken)
    assert words(plan(EarlyEnd())) == list(range(1, WORDS + 1))
    assert b'finish_reason":"stop' not in broken
    assert b"[DONE]" not in broken


def test_a_truncation_ends_inside_an_event() -> None:
    whole, broken = body(plan(None)), body(plan(Truncation(3)))
    assert whole.startswith(broken)
    assert not broken.endswith(b"\n\n")
    assert broken.count(b"data: ") == 4


@pytest.mark.parametrize("named", [True, False])
def test_an_error_event_is_the_last_thing_said(named: bool) -> None:
    last = body(plan(ErrorEvent(2, named=named, type="overloaded", code=529))).split(b"\n\n")[-2]
    assert last.startswith(b"event: error\n") is named
    error = json.loads(last.split(b"data: ")[1])["error"]
    assert (error["type"], error["code"]) == ("overloaded", 529)
    assert json.loads(body(plan(RunFailed(message="no"))).split(b"data: ")[1])["error"]["message"] == "no"


@pytest.mark.parametrize(
    ("glitch", "lost", "more"), [(MalformedEvent(4), [5], 0), (EmptyEvent(4), [], 1), (StrangeEvent(4), [], 1)]
)
def test_after_a_glitch_the_stream_goes_on(glitch: InTheStream, lost: list[int], more: int) -> None:
    broken = plan(glitch)
    readable = [event for event in body(broken).decode().split("\n\n") if event[-1:] in {"}", "]", " "}]
    assert word_numbers("".join(readable)) == [word for word in range(1, WORDS + 1) if word not in lost]
    assert len(broken) == len(plan(None)) + more
    assert body(broken).endswith(b"data: [DONE]\n\n")


def test_pings_do_not_disturb_the_events() -> None:
    quiet, pinged = body(plan(None)), body(plan(None, Sse(ping_every=3)))
    assert pinged.replace(b": ping\n\n", b"") == quiet != pinged


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 524])
def test_every_status_has_its_body(status: int) -> None:
    reply = reply_of(Status(status))
    assert reply.status == status
    if status in {401, 502, 524}:
        assert reply.content_type == "text/html"
        assert reply.body.startswith(b"<html>")
    elif status == 422:
        assert json.loads(reply.body)["detail"][0]["loc"]
    else:
        assert json.loads(reply.body)["error"]["code"] == status


def test_a_429_says_when_to_come_back_only_if_told_to() -> None:
    assert reply_of(Status(429, retry_after=1.5)).headers["Retry-After"] == "1.5"
    assert "Retry-After" not in reply_of(Status(429)).headers
    assert json.loads(reply_of(Status(429)).body)["error"]["type"] == "request_rate_limit_exceeded"


def test_pages_and_plain_json_come_with_status_200() -> None:
    assert (reply_of(HtmlPage()).status, reply_of(HtmlPage()).content_type) == (200, "text/html")
    assert (reply_of(PlainJson()).status, reply_of(PlainJson()).content_type) == (200, "application/json")
    assert reply_of(Status(500, body="<b>no</b>")).body == b"<b>no</b>"
