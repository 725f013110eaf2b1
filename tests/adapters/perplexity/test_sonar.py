"""Chunks of the Sonar API, as recorded and as they might become."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.perplexity.sonar import SonarReader
from bot.errors import EngineBroken, EngineBusy, EngineFailed, EngineGarbled, EngineRefused
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    RelatedFound,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    Usage,
    UsageReported,
)
from tests.adapters.perplexity.streams import broken_off, cut, framed, heard, recorded

DONE = b"[DONE]"
URLS = [f"https://source{number}.example/page" for number in range(1, 8)]
ONLY_ADDRESSES = SourcesFound(tuple(Source(url) for url in URLS))


def payload(text: str = "", **fields: object) -> bytes:
    """One chunk with a text and anything else."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": fields.pop("reason", None)}
    return json.dumps({"object": "chat.completion.chunk", "choices": [choice], **fields}).encode()


def said_by(*payloads: bytes) -> list[AnswerEvent]:
    return heard(SonarReader(), [framed(payloads)])


def test_citations_in_every_chunk_are_sources_without_titles_said_once() -> None:
    assert said_by(*recorded("sonar-citations-in-every-chunk")) == [
        ONLY_ADDRESSES,
        TextGrew("The city[2][7]"),
        UsageReported(Usage(10, 8)),
        Finished(),
    ]


def test_an_answer_without_sources_has_its_cost_from_the_last_chunk() -> None:
    assert said_by(*recorded("sonar-without-sources")) == [
        TextGrew("OK"),
        UsageReported(Usage(6, 1, 0.00501)),
        Finished(),
    ]


def test_a_message_that_repeats_the_text_so_far_is_not_appended() -> None:
    assert said_by(*recorded("sonar-cumulative-message"), DONE) == [
        SourcesFound((Source(URLS[0]), Source(URLS[1]))),
        TextGrew("Because it is so[1]."),
        UsageReported(Usage(15, 4)),
        Finished(),
    ]


def test_concise_mode_says_what_is_searched_then_sources_text_and_related_questions() -> None:
    sources = (
        Source(URLS[0], "Page 1", "2025-10-01"),
        Source(URLS[1], "Page 2", "2025-10-02"),
        Source(URLS[2], "Page 3", "2025-10-03"),
    )
    assert said_by(*recorded("sonar-concise")) == [
        Searching(("weather today", "forecast")),
        SourcesFound(sources),
        TextGrew("It rains.[1][3]"),
        RelatedFound(("And tomorrow?", "How warm?")),
        UsageReported(Usage(12, 6, 0.00613)),
        Finished(),
    ]


@given(
    st.sampled_from(["sonar-citations-in-every-chunk", "sonar-without-sources", "sonar-concise"]),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(st.integers(0, 20_000), max_size=30),
)
def test_where_the_bytes_of_an_answer_are_cut_does_not_matter(name: str, end: bytes, places: list[int]) -> None:
    stream = framed([*recorded(name), DONE], end)
    assert heard(SonarReader(), cut(stream, places)) == heard(SonarReader(), [stream])


@pytest.mark.parametrize(
    "last",
    [
        [DONE],
        [payload(object="chat.completion.done")],
        [payload(object="chat.completion.done", reason="stop")],
        [payload(reason="stop"), DONE],
        [payload(reason="some new reason"), payload(object="chat.completion.done")],
    ],
)
def test_any_of_the_terminal_marks_ends_the_answer(last: list[bytes]) -> None:
    assert said_by(payload("a"), *last) == [TextGrew("a"), Finished()]


def test_nothing_is_said_after_the_end() -> None:
    reader = SonarReader()
    assert heard(reader, [framed([payload("a"), DONE, payload("b"), b"{broken"])]) == [TextGrew("a"), Finished()]
    assert reader.over


def test_a_reason_alone_leaves_a_moment_for_sources_and_costs() -> None:
    reader = SonarReader()
    assert heard(reader, [framed([payload("a", reason="length")])]) == [TextGrew("a")]
    assert (reader.ending, reader.over) == (True, False)
    assert heard(reader, [framed([payload(citations=["https://a.example/"]), DONE])]) == [
        SourcesFound((Source("https://a.example/"),)),
        Finished(FinishReason.LENGTH),
    ]


def test_a_text_that_comes_only_as_a_whole_at_the_end_is_not_lost() -> None:
    choice = {"delta": {"content": ""}, "message": {"content": "all of it"}, "finish_reason": "stop"}
    done = json.dumps({"object": "chat.completion.done", "choices": [choice]}).encode()
    assert said_by(done) == [TextGrew("all of it"), Finished()]


@pytest.mark.parametrize(
    "strange",
    [
        b"{}",
        b'{"choices":[]}',
        b'{"choices":null,"citations":null,"search_results":null,"usage":null,"error":null}',
        b'{"choices":[{"delta":null}]}',
        b'{"choices":[{"delta":{"content":null}}],"object":"something.new","type":"info","status":"PENDING"}',
        b'{"choices":[{"message":{"content":"never"}}]}',
        b'{"citations":"not a list","search_results":{"not":"a list"},"usage":[],"related_questions":[1]}',
        b'{"choices":[{"delta":{"reasoning_steps":"none"}}]}',
        b'{"images":[1],"videos":{}}',
        b"",
        b"  ",
    ],
)
def test_chunks_of_unknown_shape_are_passed_over(strange: bytes) -> None:
    assert said_by(payload("a"), strange, payload("b"), DONE) == [TextGrew("ab"), Finished()]


def test_content_in_parts_is_text_too() -> None:
    parts = json.dumps({"choices": [{"delta": {"content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}}]})
    assert said_by(parts.encode(), DONE) == [TextGrew("a"), Finished()]


def test_the_last_list_of_sources_that_is_not_empty_wins() -> None:
    first, second = ["https://a.example/"], ["https://b.example/", "https://c.example/"]
    events = said_by(
        payload(citations=first),
        payload(citations=first),
        payload(citations=[]),
        payload(citations=second),
        payload(citations=None),
        payload(citations=[], search_results=[]),
        DONE,
    )
    assert events == [
        SourcesFound((Source("https://a.example/"),)),
        SourcesFound((Source("https://b.example/"), Source("https://c.example/"))),
        Finished(),
    ]


def test_citations_do_not_take_the_titles_of_results_away() -> None:
    results = [{"url": "https://a.example/", "title": "A", "date": "2026-01-02"}]
    events = said_by(payload(search_results=results), payload(citations=["https://a.example/"]), DONE)
    assert events == [SourcesFound((Source("https://a.example/", "A", "2026-01-02"),)), Finished()]


def test_the_longer_list_counts_because_markers_do_not_stop_at_the_shorter_one() -> None:
    results = [{"url": "https://b.example/", "title": "B"}]
    events = said_by(payload(search_results=results, citations=["https://a.example/", "https://b.example/"]), DONE)
    assert events == [SourcesFound((Source("https://a.example/"), Source("https://b.example/", "B"))), Finished()]


def test_a_result_without_a_web_address_keeps_its_number() -> None:
    results: list[object] = [None, {"title": "a file"}, {"url": "javascript:alert(1)"}, {"url": "https://a.example/"}]
    assert said_by(payload(search_results=results), DONE) == [
        SourcesFound((Source(""), Source("", "a file"), Source(""), Source("https://a.example/"))),
        Finished(),
    ]


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ({"error": {"message": "x", "type": "internal_error", "code": 500}}, EngineBroken(500, "internal_error")),
        ({"error": {"message": "x", "type": "invalid_request", "code": 400}}, EngineRefused(400, "invalid_request")),
        ({"error": {"message": "x", "type": "request_rate_limit_exceeded"}}, EngineBusy()),
        ({"error": "something"}, EngineBroken(200, "")),
        ({"status": "FAILED", "error": None}, EngineBroken(200, "failed")),
    ],
)
def test_an_error_in_the_stream_is_raised_after_the_text_before_it(told: object, failure: EngineFailed) -> None:
    stream = framed([payload("a"), json.dumps(told).encode(), payload("b")])
    assert broken_off(SonarReader(), stream) == ([TextGrew("a")], str(failure))


def test_an_event_named_error_is_one_whatever_is_in_it() -> None:
    with pytest.raises(EngineBroken):
        heard(SonarReader(), [b"event: error\ndata: it broke\n\n"])


@pytest.mark.parametrize(
    "broken", [b"{", b'{"choices":3}', b"[]", b"nonsense", b'{"choices":[{"delta":{"content":1}}]}']
)
def test_a_malformed_event_is_said_to_be_one_without_its_text(broken: bytes) -> None:
    with pytest.raises(EngineGarbled, match="malformed") as raised:
        said_by(broken)
    assert broken.decode() not in str(raised.value)


def whole(**fields: object) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It is.[1]"}}
    return json.dumps({"object": "chat.completion", "choices": [choice], **fields}).encode()


def test_an_answer_in_one_piece_says_the_same_as_a_stream() -> None:
    document = whole(
        citations=["https://a.example/"],
        search_results=[{"url": "https://a.example/", "title": "A"}],
        related_questions=["Why?"],
        usage={"prompt_tokens": 3, "completion_tokens": 4, "cost": {"total_cost": 0.01}},
    )
    assert list(SonarReader().whole(document)) == [
        SourcesFound((Source("https://a.example/", "A"),)),
        TextGrew("It is.[1]"),
        RelatedFound(("Why?",)),
        UsageReported(Usage(3, 4, 0.01)),
        Finished(),
    ]


@pytest.mark.parametrize(
    ("document", "failure"),
    [
        (b'{"message":"upstream connect error"}', EngineGarbled),
        (b'{"choices":[{"mess', EngineGarbled),
        (b"[]", EngineGarbled),
        (b'{"error":{"type":"invalid_model","code":400}}', EngineRefused),
        (b'{"status":"failed","choices":[]}', EngineBroken),
    ],
)
def test_a_document_that_is_no_answer_is_a_failure(document: bytes, failure: type[EngineFailed]) -> None:
    with pytest.raises(failure):
        list(SonarReader().whole(document))


def test_the_last_usage_counts_and_silence_about_it_does_not_take_it_away() -> None:
    first, second = ({"prompt_tokens": 3, "completion_tokens": tokens} for tokens in (1, 2))
    events = said_by(payload("a", usage=first), payload("b", usage=second), payload(usage=None), payload(), DONE)
    assert events == [TextGrew("ab"), UsageReported(Usage(3, 2)), Finished()]


@pytest.mark.parametrize("strange", [b'{"usage":{"prompt_tokens":1e999}}', b'{"usage":{"cost":"free"}}'])
def test_usage_of_unknown_shape_is_not_reported(strange: bytes) -> None:
    assert said_by(payload("a"), strange, DONE) == [TextGrew("a"), Finished()]
