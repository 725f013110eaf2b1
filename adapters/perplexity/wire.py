"""What both APIs of Perplexity have in common: a `Wire` writes requests and makes a `Reader` for each answer. Pure.

`sonar.py` and `agent.py` implement both; `engine.py` carries the bytes and knows neither.
"""

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from adapters.perplexity.sse import Decoder, Event
from bot.errors import EngineFailed
from bot.model import AnswerEvent, Prompt, Source, TextGrew, Usage


class Reader(Protocol):
    """One answer being read.

    `over`: `Finished` was said, nothing follows. `ending`: the terminal mark was seen, but sources or costs may still
    follow in a moment; the answer is complete even if they do not.
    """

    over: bool
    ending: bool

    def read(self, event: Event) -> Iterator[AnswerEvent]:
        """What one event of the stream says; raises `EngineFailed`."""
        ...

    def whole(self, document: bytes) -> Iterator[AnswerEvent]:
        """What an answer in one piece says, to its `Finished`; raises `EngineFailed`."""
        ...

    def used(self) -> Iterator[AnswerEvent]:
        """What was used so far, where the answer has said so."""
        ...

    def farewell(self) -> Iterator[AnswerEvent]:
        """All that is said last, with `Finished`."""
        ...


class Wire(Protocol):
    """One of the two APIs."""

    @property
    def path(self) -> str:
        """Where requests go, below the base address."""
        ...

    def request(self, prompt: Prompt) -> bytes:
        """The body of the request for a prompt, as JSON."""
        ...

    def reader(self) -> Reader:
        """A reader for the next answer."""
        ...


def said(decoder: Decoder, reader: Reader, received: bytes) -> Iterator[AnswerEvent]:
    """What some bytes of a stream say; text that came together is one event. Raises `EngineFailed` after the rest."""
    texts: list[str] = []
    failure: EngineFailed | None = None
    try:
        for event in _read(decoder, reader, received):
            if isinstance(event, TextGrew):
                texts.append(event.text)
                continue
            yield from _joined(texts)
            yield event
    except EngineFailed as failed:
        failure = failed
    yield from _joined(texts)
    if failure is not None:
        raise failure


def _read(decoder: Decoder, reader: Reader, received: bytes) -> Iterator[AnswerEvent]:
    for event in decoder.feed(received):
        yield from reader.read(event)
        if reader.over:
            return


def _joined(texts: list[str]) -> Iterator[TextGrew]:
    if texts:
        yield TextGrew("".join(texts))
        texts.clear()


class Found(Struct, frozen=True, gc=False):
    """This is a search result, in the spelling of both APIs; `id` exists in the Agent API only."""

    id: int | None = None
    url: str | None = None
    title: str | None = None
    date: str | None = None
    last_updated: str | None = None

    def source(self) -> Source:
        """What the core calls it. A result without a web address keeps its place in the numbering, with an empty `url`."""
        url = self.url or ""
        known = url if url.startswith(("https://", "http://")) else ""
        return Source(known, self.title or "", self.date or self.last_updated or "")


def usage(tokens_in: float | None, tokens_out: float | None, cost: float | None) -> Usage:
    """What was used; a cost of zero is what the APIs say while they do not know it yet."""
    return Usage(int(tokens_in or 0), int(tokens_out or 0), cost or None)
