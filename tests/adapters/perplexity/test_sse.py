"""The decoder of server-sent events, against the rules of the standard."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.perplexity.sse import Decoder, Event
from bot.errors import EngineGarbled
from tests.adapters.perplexity.streams import cut


def events_in(*pieces: bytes) -> list[Event]:
    decoder = Decoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [Event(b"a")]),
        (b"data: a\r\n\r\n", [Event(b"a")]),
        (b"data: a\r\r", [Event(b"a")]),
        (b"data:a\n\n", [Event(b"a")]),
        (b"data:  a \n\n", [Event(b" a ")]),
        (b"data: a\ndata: b\n\n", [Event(b"a\nb")]),
        (b"data\ndata: b\n\n", [Event(b"\nb")]),
        (b"event: ping\ndata: a\n\ndata: b\n\n", [Event(b"a", "ping"), Event(b"b")]),
        (b"event: only\n\ndata: a\n\n", [Event(b"a")]),
        (b": comment\n\n:\n\ndata: a\n: in the middle\ndata: b\n\n", [Event(b"a\nb")]),
        (b"id: 7\nretry: 10\nunknown: x\nunknown\ndata: a\n\n", [Event(b"a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event(b"a")]),
        (b"\n\n\r\n\rdata: a\n\n\n\n", [Event(b"a")]),
        (b"data: \n\n", [Event(b"")]),
        (b"data: a: b\n\n", [Event(b"a: b")]),
        ("data: é\u2028\u0085\n\n".encode(), [Event("é\u2028\u0085".encode())]),
        (b"data: not ended\n", []),
        (b"", []),
    ],
)
def test_events_are_read_by_the_rules_of_the_standard(stream: bytes, events: list[Event]) -> None:
    assert events_in(stream) == events


def test_an_event_is_there_as_soon_as_its_blank_line_is_even_if_a_line_feed_may_follow() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b"data: a\r\n\r")) == [Event(b"a")]
    assert list(decoder.feed(b"\ndata: b\r\n\r\n")) == [Event(b"b")]


LINES = st.sampled_from(
    [b"data: one", b"data:two", b'data: {"a": 1}', b"data", b"event: error", b": ping", b"", b"", b"id: 1", b"x"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(LINES, ENDS)), st.lists(st.integers(0, 500)))
def test_where_the_bytes_are_cut_does_not_matter(lines: list[tuple[bytes, bytes]], places: list[int]) -> None:
    stream = b"".join(line + end for line, end in lines)
    assert events_in(*cut(stream, places)) == events_in(stream)


@given(st.binary(), st.lists(st.integers(0, 500)))
def test_any_bytes_are_taken_however_they_are_cut(stream: bytes, places: list[int]) -> None:
    whole, pieces = Decoder(), Decoder()
    assert [event for piece in cut(stream, places) for event in pieces.feed(piece)] == list(whole.feed(stream))
    assert pieces.finish() == whole.finish()


@given(st.lists(st.tuples(st.text(), st.from_regex(r"[a-z.]{0,9}", fullmatch=True)), max_size=6))
def test_what_was_framed_comes_out_again(told: list[tuple[str, str]]) -> None:
    events = [Event(b"\n".join(text.encode().splitlines()), name) for text, name in told]
    stream = b"".join(
        (f"event: {event.name}\n".encode() if event.name else b"")
        + b"".join(b"data: " + line + b"\n" for line in event.data.split(b"\n"))
        + b"\n"
        for event in events
    )
    assert events_in(stream) == events


@pytest.mark.parametrize(
    ("stream", "left"),
    [
        (b"data: a\n\n", None),
        (b"data: a\n\n: ping\n", None),
        (b'data: a\n\ndata: {"b', Event(b'{"b')),
        (b"data: a\n\ndata: b\n", Event(b"b")),
        (b"event: error\ndata: b", Event(b"b", "error")),
        (b"event: err", None),
        (b"da", None),
    ],
)
def test_what_a_truncated_event_left_is_said_at_the_end(stream: bytes, left: Event | None) -> None:
    decoder = Decoder()
    list(decoder.feed(stream))
    assert decoder.finish() == left


@pytest.mark.parametrize("stream", [b"data: " + b"a" * 200, b"data: aaaaaaaaaa\n" * 20])
def test_an_event_that_does_not_end_is_not_kept_for_ever(stream: bytes) -> None:
    decoder = Decoder(limit=100)
    assert list(decoder.feed(b"data: before\n\n")) == [Event(b"before")]
    pieces = [stream[place : place + 7] for place in range(0, len(stream), 7)]
    with pytest.raises(EngineGarbled):
        list(chain.from_iterable(map(decoder.feed, pieces)))


def test_the_limit_is_for_one_event_not_for_the_stream() -> None:
    decoder = Decoder(limit=100)
    for _ in range(50):
        assert list(decoder.feed(b"ta: " + b"a" * 50 + b"\n\nda"))[1:] == []
    assert decoder.heard == 49
