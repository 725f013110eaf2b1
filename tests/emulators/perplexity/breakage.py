"""What goes over the connection for one answer: the framed events, and where its fault strikes. Pure; `delivery` does it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.emulators.perplexity.faults import (
    Breakdown,
    Cut,
    EarlyEnd,
    EmptyEvent,
    ErrorEvent,
    InTheStream,
    MalformedEvent,
    RunFailed,
    Silence,
    StrangeEvent,
    Truncation,
)
from tests.emulators.perplexity.wire import Envelope, Event, Wire


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes, as soon as the last word in them is due; a reader may leave after the `terminal` ones."""

    raw: bytes
    word: int = 0
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Write nothing more, for as long as the client stays."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Lose the connection, by a reset or by closing it."""

    reset: bool


Step = Send | Hang | Drop


def steps(wire: Wire, events: Iterator[Event], envelope: Envelope, fault: InTheStream | None) -> Iterator[Step]:
    """The answer as it goes over the connection; the end of the iteration is the proper end of the body."""
    said = 0
    for number, event in enumerate(events):
        ping = envelope.ping_before(number)
        if ping:
            yield Send(ping)
        if fault is not None and (said >= fault.after or event.closing):
            yield from _instead(wire, event, envelope, fault)
            if isinstance(fault, Breakdown):
                return
            fault = None
        else:
            yield Send(envelope.frame(event), event.word, event.terminal)
        said = max(said, event.word)


def _instead(wire: Wire, event: Event, envelope: Envelope, fault: InTheStream) -> tuple[Step, ...]:
    """What comes instead of one event."""
    whole = Send(envelope.frame(event), event.word)
    match fault:
        case Silence():
            instead = (Hang(),)
        case Cut(_, reset):
            instead = (Drop(reset),)
        case EarlyEnd():
            instead = ()
        case Truncation():
            instead = (replace(whole, raw=_torn(whole.raw)),)
        case ErrorEvent():
            instead = (Send(envelope.frame(wire.error(fault))),)
        case RunFailed():
            instead = (Send(envelope.frame(wire.failed(fault))),)
        case MalformedEvent():
            instead = (replace(whole, raw=envelope.frame(replace(event, data=_torn(event.data)))),)
        case EmptyEvent():
            instead = (Send(envelope.frame(Event(b""))), whole)
        case StrangeEvent():
            instead = (Send(envelope.frame(wire.strange())), whole)
    return instead


def _torn(raw: bytes) -> bytes:
    return raw[: len(raw) * 2 // 3]
