"""Server-sent events out of bytes, however these were cut on the way. Pure.

The rules: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.errors import EngineGarbled

LARGEST_EVENT = 4 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(Struct, frozen=True, gc=False):
    """This is one event: its data (lines joined by a line feed) and its name, "" for none."""

    data: bytes
    name: str = ""


class Decoder:
    """This is one stream of events being read; `heard` counts those that have ended.

    What an unfinished event may take is bounded: beyond `limit` bytes `feed` and `finish` raise `EngineGarbled`.
    """

    def __init__(self, limit: int = LARGEST_EVENT) -> None:
        self.heard = 0
        self._limit = limit
        self._rest: list[bytes] = []  # the pieces of a line that has not ended
        self._values: list[bytes] = []
        self._name = ""
        self._size = 0  # of both of them
        self._after_return = False

    def feed(self, received: bytes) -> Iterator[Event]:
        """Every event that ends in these bytes. To be iterated to its end, unless nothing more is fed."""
        for line in self._lines(received):
            if line.startswith(b"data: "):
                self._keep(line[6:])
            elif line:
                self._field(line)
            elif (event := self._ended()) is not None:
                yield event
        if self._size > self._limit:
            raise EngineGarbled(f"an event of more than {self._limit} bytes")

    def finish(self) -> Event | None:
        """What there is of an event that was still under way when the bytes ended, None if there was none."""
        rest = b"".join(self._rest)
        self._rest.clear()
        if rest:
            self._field(rest)
        return self._ended()

    def _lines(self, received: bytes) -> list[bytes]:
        """Every line that ends in these bytes: by a line feed, a carriage return, or both."""
        if not received:
            return []
        if self._after_return and received.startswith(b"\n"):
            received = received[1:]
        self._after_return = received.endswith(b"\r")
        lines = received.splitlines()
        open_end = lines.pop() if lines and not received.endswith((b"\n", b"\r")) else b""
        if lines and self._rest:
            lines[0] = b"".join((*self._rest, lines[0]))
            self._size -= sum(map(len, self._rest))
            self._rest.clear()
        if open_end:
            self._rest.append(open_end)
            self._size += len(open_end)
        return lines

    def _field(self, line: bytes) -> None:
        name, _, value = line.removeprefix(_BYTE_ORDER_MARK).partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._keep(value)
        elif name == b"event":
            self._name = value.decode(errors="replace")
        # A line that starts with a colon is a comment; `id` and `retry` mean nothing without reconnecting.

    def _keep(self, value: bytes) -> None:
        self._values.append(value)
        self._size += len(value)

    def _ended(self) -> Event | None:
        name, self._name = self._name, ""
        if not self._values:
            return None
        data = b"\n".join(self._values) if len(self._values) > 1 else self._values[0]
        self._size -= sum(map(len, self._values))
        self._values.clear()
        self.heard += 1
        return Event(data, name)
