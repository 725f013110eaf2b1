"""Events of the Agent API, as recorded and as documented."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.perplexity.agent import AgentReader
from bot.errors import EngineBroken, EngineBusy, EngineFailed, EngineGarbled, EngineKeyRefused, EngineRefused
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    Usage,
    UsageReported,
)
from tests.adapters.perplexity.streams import broken_off, cut, framed, heard, recorded

A, B = Source("https://a.example/", "A"), Source("https://b.example/", "B")


def event(kind: str, **fields: object) -> bytes:
    return json.dumps({"type": kind, "sequence_number": 1, **fields}).encode()


def delta(text: str, item: str = "msg_1") -> bytes:
    return event("response.output_text.delta", delta=text, item_id=item, output_index=1, content_index=0)


def results(*sources: tuple[int | None, Source]) -> list[dict[str, object]]:
    return [{"id": number, "url": source.url, "title": source.title} for number, source in sources]


def message(text: str) -> dict[str, object]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def said_by(*payloads: bytes) -> list[AnswerEvent]:
    return heard(AgentReader(), [framed(payloads)])


COMPLETED = event("response.completed", response={"status": "completed", "output": []})


def test_a_recorded_answer_has_its_sources_before_its_text_by_their_ids() -> None:
    sources = (
        Source("https://source1.example/wiki", "A page - An encyclopedia", "2006-11-28"),
        Source("https://source2.example/", "Another page", "2026-09-23"),
        *[Source("")] * 4,
        Source("https://source7.example/"),
    )
    assert said_by(*recorded("agent-web-search")) == [
        Searching(("Find the page",)),
        SourcesFound(sources),
        TextGrew("It adds types.[7]"),
        UsageReported(Usage(3007, 37, 0.00105)),
        Finished(),
    ]


@given(st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 20_000), max_size=30))
def test_where_the_bytes_of_an_answer_are_cut_does_not_matter(end: bytes, places: list[int]) -> None:
    stream = framed(recorded("agent-web-search"), end)
    assert heard(AgentReader(), cut(stream, places)) == heard(AgentReader(), [stream])


def test_several_searches_add_to_one_numbering() -> None:
    events = said_by(
        event("response.reasoning.search_results", results=results((2, B))),
        event("response.reasoning.search_results", results=results((1, A))),
        event("response.output_item.done", item={"type": "search_results", "results": results((2, B))}),
        COMPLETED,
    )
    assert events == [SourcesFound((Source(""), B)), SourcesFound((A, B)), Finished()]


def test_results_without_ids_are_numbered_in_their_order_and_only_once() -> None:
    found = results((None, A), (None, B))
    events = said_by(
        event("response.reasoning.search_results", results=found),
        event("response.output_item.done", item={"type": "search_results", "results": found}),
        COMPLETED,
    )
    assert events == [SourcesFound((A, B)), Finished()]


def test_an_absurd_id_does_not_make_an_absurd_list() -> None:
    found = results((10**9, A), (-1, A), (1, B))
    assert said_by(event("response.reasoning.search_results", results=found), COMPLETED) == [
        SourcesFound((B,)),
        Finished(),
    ]


def test_sources_that_come_only_in_the_last_event_are_found() -> None:
    output = [{"type": "search_results", "results": results((1, A))}, message("a[1]")]
    last = event("response.completed", response={"status": "completed", "output": output})
    assert said_by(delta("a[1]"), last) == [TextGrew("a[1]"), SourcesFound((A,)), Finished()]


def test_another_message_of_the_same_answer_is_another_paragraph() -> None:
    assert said_by(delta("I look."), delta(" Now", "msg_2"), delta(" so.", "msg_2"), COMPLETED) == [
        TextGrew("I look.\n\n Now so."),
        Finished(),
    ]


def test_the_type_may_stand_in_the_name_of_the_event_instead() -> None:
    named = b'event: response.output_text.delta\ndata: {"delta":"a"}\n\nevent: response.completed\ndata: {}\n\n'
    assert heard(AgentReader(), [named]) == [TextGrew("a"), Finished()]


def test_the_whole_text_is_not_said_again_at_the_end() -> None:
    last = event("response.completed", response={"status": "completed", "output": [message("a")]})
    done = event("response.output_text.done", text="a")
    assert said_by(delta("a"), done, last) == [TextGrew("a"), Finished()]


def test_a_text_that_comes_only_as_a_whole_is_not_lost() -> None:
    last = event("response.completed", response={"status": "completed", "output": [message("a")]})
    assert said_by(last) == [TextGrew("a"), Finished()]


def test_what_follows_the_terminal_event_is_not_read() -> None:
    reader = AgentReader()
    assert heard(reader, [framed([delta("a"), COMPLETED, delta("b"), b"{broken"])]) == [TextGrew("a"), Finished()]


@pytest.mark.parametrize(
    "strange",
    [
        b"{}",
        b"[DONE]",
        b"",
        event("response.unknown", payload={"a": [1]}),
        event("response.output_text.delta", delta=None),
        event("response.output_item.done", item=None),
        event("response.output_item.added", item={"type": "message", "content": None}),
        event("response.reasoning.search_queries", queries="none"),
        event("response.reasoning.search_results", results=None),
        event("response.skill.loaded", name="x"),
    ],
)
def test_events_that_nobody_knows_are_passed_over(strange: bytes) -> None:
    assert said_by(delta("a"), strange, delta("b"), COMPLETED) == [TextGrew("ab"), Finished()]


def ended(status: str, **fields: object) -> bytes:
    return event(f"response.{status}", response={"status": status, **fields})


@pytest.mark.parametrize(
    "last",
    [
        ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        event("response.incomplete", response={"incomplete_details": {"reason": "max_output_tokens"}}),
        event(
            "response.completed",
            response={"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        ),
    ],
)
def test_an_answer_that_was_cut_at_its_length_says_so(last: bytes) -> None:
    assert said_by(delta("a"), last) == [TextGrew("a"), Finished(FinishReason.LENGTH)]


@pytest.mark.parametrize(
    ("last", "failure"),
    [
        (
            event("response.failed", error={"message": "m", "type": "internal_error"}),
            EngineBroken(500, "internal_error"),
        ),
        (event("response.failed", error={"message": "m", "code": "bad_gateway"}), EngineBroken(502, "bad_gateway")),
        (ended("failed", error={"message": "m", "type": "invalid_request"}), EngineRefused(400, "invalid_request")),
        (ended("failed", error=None), EngineBroken(200, "failed")),
        (ended("cancelled"), EngineBroken(200, "cancelled")),
        (ended("incomplete", incomplete_details={"reason": "content_filter"}), EngineBroken(200, "content_filter")),
        (ended("incomplete"), EngineBroken(200, "incomplete")),
        (event("response.completed", response={"status": "failed"}), EngineBroken(200, "failed")),
        (event("error", error={"type": "request_rate_limit_exceeded", "code": 429}), EngineBusy()),
        (event("error", code="forbidden", message="m"), EngineKeyRefused(403)),
        (b"{broken", EngineGarbled("malformed: not JSON")),
        (event("response.output_text.delta", delta=5), EngineGarbled("malformed: a field of another type")),
    ],
)
def test_an_end_that_is_none_is_raised_after_the_text_before_it(last: bytes, failure: EngineFailed) -> None:
    assert broken_off(AgentReader(), framed([delta("a"), last])) == ([TextGrew("a")], str(failure))


def test_an_answer_in_one_piece_says_the_same_as_a_stream() -> None:
    document = json.dumps(
        {
            "object": "response",
            "status": "completed",
            "output": [{"type": "search_results", "results": results((1, A))}, message("one[1]"), message(" two")],
            "usage": {"input_tokens": 3, "output_tokens": 4, "cost": {"total_cost": 0.01}},
        }
    )
    assert list(AgentReader().whole(document.encode())) == [
        SourcesFound((A,)),
        TextGrew("one[1]"),
        TextGrew(" two"),
        UsageReported(Usage(3, 4, 0.01)),
        Finished(),
    ]


@pytest.mark.parametrize(
    ("document", "failure"),
    [
        (b'{"message":"upstream connect error"}', EngineGarbled),
        (b'{"status":"compl', EngineGarbled),
        (b'{"error":{"type":"invalid_request","code":400}}', EngineRefused),
        (b'{"status":"failed","error":{"type":"invalid_request"}}', EngineRefused),
        (b'{"status":"queued","output":[]}', EngineBroken),
    ],
)
def test_a_document_that_is_no_answer_is_a_failure(document: bytes, failure: type[EngineFailed]) -> None:
    with pytest.raises(failure):
        list(AgentReader().whole(document))
