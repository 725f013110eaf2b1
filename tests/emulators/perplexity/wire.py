"""What both APIs of Perplexity have in common on the wire: what a request asks, events, how events become bytes. Pure."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tests.emulators.perplexity.faults import ErrorEvent, RunFailed
from tests.emulators.perplexity.replies import Reply
from tests.emulators.perplexity.script import Script

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Ask:
    """This is what a valid request asks for, whichever API it came by.

    `prompt` is every message as (role, text), the instructions first; `question` is the last thing the user said.
    """

    model: str
    prompt: tuple[tuple[str, str], ...]
    stream: bool = False
    concise: bool = False
    searches: bool = True
    max_tokens: int | None = None
    wants_related: bool = False
    wants_images: bool = False
    search_context_size: str = "low"
    id: str = ""
    created: int = 0

    @property
    def question(self) -> str:
        """What the user said last."""
        return next((text for role, text in reversed(self.prompt) if role == "user"), "")

    @property
    def prompt_tokens(self) -> int:
        """As many tokens as the prompt has words."""
        return sum(len(text.split()) for _, text in self.prompt)


@dataclass(frozen=True, slots=True)
class Event:
    """This is one event of a stream: its data, its name ("" for none), the last word that it carries (0 for none).

    `closing` says that the text is over: the event belongs to the end of the answer. `terminal` says that a reader may
    leave after it.
    """

    data: bytes
    name: str = ""
    word: int = 0
    closing: bool = False
    terminal: bool = False


class Wire(Protocol):
    """One answer in the format of one API."""

    def stream(self) -> Iterator[Event]:
        """The whole answer, event by event."""
        ...

    def whole(self) -> Event:
        """The whole answer as the one JSON body of a request without streaming."""
        ...

    def error(self, fault: ErrorEvent) -> Event:
        """An error in the middle of the answer."""
        ...

    def failed(self, fault: RunFailed) -> Event:
        """The news that the run has failed."""
        ...

    def strange(self) -> Event:
        """An event that nobody has heard of."""
        ...

    def cancelled(self) -> Event:
        """The news that the run was cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """This is one of Perplexity's APIs: how it reads a request (raising `RequestRefused`) and what it says to a bad key.

    `read` gets the body and the ids of all answers given so far.
    """

    name: str
    read: Callable[[bytes, Collection[str]], Ask]
    wire: Callable[[Ask, Script], Wire]
    key_refused: Reply


@dataclass(frozen=True, slots=True)
class Sse:
    """Server-sent events: `line_end` as observed, a comment before every `ping_every`-th event (0: never)."""

    line_end: str = "\n"
    ping_every: int = 0
    content_type: str = "text/event-stream; charset=utf-8"

    def frame(self, event: Event) -> bytes:
        end = self.line_end.encode()
        name = b"event: " + event.name.encode() + end if event.name else b""
        return b"%bdata: %b%b%b" % (name, event.data, end, end)

    def ping_before(self, number: int) -> bytes:
        return f": ping{self.line_end * 2}".encode() if self.ping_every and number % self.ping_every == 0 else b""


@dataclass(frozen=True, slots=True)
class Plain:
    """The body is the data of the one event."""

    content_type: str = "application/json"

    def frame(self, event: Event) -> bytes:
        return event.data

    def ping_before(self, number: int) -> bytes:
        return b""


Envelope = Sse | Plain


def encode(payload: Json) -> bytes:
    """Compact JSON in UTF-8."""
    return msgspec.json.encode(payload)
