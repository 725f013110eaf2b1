"""The ways in which an emulated answer breaks: what breaks, after how many words. Pure: `breakage` plans it, `delivery` does it.

A position is a number of words that have been sent; `BEFORE_HEADERS` and `AT_END` are the ends of that scale. A position
past the last word is the end: after the text, before the terminal mark.
"""

import sys
from dataclasses import dataclass
from typing import Final

BEFORE_HEADERS: Final = -1
AT_END: Final = sys.maxsize


@dataclass(frozen=True, slots=True)
class Status:
    """Another HTTP status than 200, with the body that is known for it; `retry_after` in seconds."""

    status: int
    retry_after: float | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """HTTP 200 with a web page."""

    body: str = "<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>"


@dataclass(frozen=True, slots=True)
class PlainJson:
    """HTTP 200 with JSON that is neither a stream nor an answer."""

    body: str = '{"message":"upstream connect error","ok":false}'


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing more comes, and the connection stays open."""

    after: int = BEFORE_HEADERS


@dataclass(frozen=True, slots=True)
class Cut:
    """The TCP connection is lost: reset, or closed in the middle of the body."""

    after: int = 5
    reset: bool = True


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """The body ends in good order, but without its terminal mark."""

    after: int = AT_END


@dataclass(frozen=True, slots=True)
class Truncation:
    """The body ends in good order in the middle of an event: no blank line, no terminal mark."""

    after: int = AT_END


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """An error inside the stream, with or without the event name `error`; then the body ends."""

    after: int = 5
    named: bool = False
    message: str = "Internal server error"
    type: str = "internal_error"
    code: int = 500


@dataclass(frozen=True, slots=True)
class MalformedEvent:
    """One event is broken JSON; what follows is in order."""

    after: int = 5


@dataclass(frozen=True, slots=True)
class EmptyEvent:
    """One more event, without any data; what follows is in order."""

    after: int = 5


@dataclass(frozen=True, slots=True)
class StrangeEvent:
    """One more event of no known kind (Sonar: with no choices); what follows is in order."""

    after: int = 5


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The run failed while HTTP said 200: `status: failed` (Agent API; Sonar can only say it by an error event)."""

    after: int = 0
    message: str = "The model could not finish the run."
    type: str = "internal_error"


AtTheDoor = Status | HtmlPage | PlainJson
Breakdown = Silence | Cut | EarlyEnd | Truncation | ErrorEvent | RunFailed  # nothing follows
Glitch = MalformedEvent | EmptyEvent | StrangeEvent  # the stream goes on
InTheStream = Breakdown | Glitch
Fault = AtTheDoor | InTheStream
