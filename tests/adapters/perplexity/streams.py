"""Recorded answers as bytes on the wire, and what a reader makes of them when they come in pieces."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from adapters.perplexity.sse import Decoder
from adapters.perplexity.wire import Reader, said
from bot.errors import EngineFailed
from bot.model import AnswerEvent, TextGrew

RECORDINGS = Path(__file__).parents[2] / "recordings" / "perplexity"


def recorded(name: str) -> list[bytes]:
    """The payloads of a recording."""
    return (RECORDINGS / f"{name}.jsonl").read_bytes().splitlines()


def framed(payloads: Iterable[bytes], line_end: bytes = b"\n") -> bytes:
    """Payloads as server-sent events."""
    return b"".join(b"data: " + payload + line_end * 2 for payload in payloads)


def heard(reader: Reader, pieces: Iterable[bytes]) -> list[AnswerEvent]:
    """All that a stream says when it comes in these pieces, text that belongs together joined."""
    decoder = Decoder()
    return list(_joined(event for piece in pieces if not reader.over for event in said(decoder, reader, piece)))


def broken_off(reader: Reader, stream: bytes) -> tuple[list[AnswerEvent], str]:
    """All that a stream says before it fails, and how it fails ("" if it does not)."""
    events: list[AnswerEvent] = []
    try:
        events.extend(said(Decoder(), reader, stream))
    except EngineFailed as failure:
        return events, str(failure)
    return events, ""


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    """The stream, cut at places that may lie anywhere."""
    bounds = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(bounds)]


def _joined(events: Iterable[AnswerEvent]) -> Iterator[AnswerEvent]:
    text = ""
    for event in events:
        if isinstance(event, TextGrew):
            text += event.text
            continue
        if text:
            yield TextGrew(text)
            text = ""
        yield event
    if text:
        yield TextGrew(text)
