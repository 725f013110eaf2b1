"""Carries one planned answer to a client: waits until each word is due, cuts the bytes, hangs and drops as planned."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from aiohttp import web

from bot.clock import Clock
from tests.emulators.perplexity.asked import Asked
from tests.emulators.perplexity.breakage import Drop, Hang, Send, Step
from tests.emulators.perplexity.script import Script

# As fast as possible still lets others run: after this many writes in a row.
_WRITES_IN_A_ROW = 50


class Scissors:
    """This cuts a stream of bytes at given sizes, over and over, whatever the events in it. Pure; no sizes: not at all."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = cycle(sizes) if sizes else None
        self._size = next(self._sizes) if self._sizes else 0
        self._rest = b""

    def cut(self, raw: bytes) -> Iterator[bytes]:
        """Every full piece that is there now."""
        if self._sizes is None:
            yield raw
            return
        self._rest += raw
        while len(self._rest) >= self._size:
            yield self._rest[: self._size]
            self._rest = self._rest[self._size :]
            self._size = next(self._sizes)

    def flush(self) -> bytes:
        """What is left, because nothing may be held back now."""
        rest, self._rest = self._rest, b""
        return rest


class Delivery:
    """This is the way of one answer into one HTTP response.

    `carry` raises `ConnectionResetError` when the client is gone. `cancellation` is what a cancelled run says last.
    """

    def __init__(
        self, request: web.Request, response: web.StreamResponse, asked: Asked, clock: Clock, sizes: Sequence[int]
    ) -> None:
        self._request = request
        self._response = response
        self._asked = asked
        self._clock = clock
        self._scissors = Scissors(sizes)
        self._cuts = bool(sizes)
        self._in_a_row = 0

    async def carry(self, script: Script, plan: Iterator[Step], cancellation: Callable[[], bytes]) -> None:
        """Send the headers at once, as before a long search, and then the whole plan."""
        await self._response.prepare(self._request)
        for step in plan:
            if self._asked.cancelled:
                await self._write(cancellation())
                break
            match step:
                case Send(raw, word, terminal):
                    await self._wait_for(script, word)
                    self._asked.done = self._asked.done or terminal  # before it can be read: who reads it may leave
                    await self._write(raw)
                case Hang():
                    await self._flush()
                    await hang()
                case Drop(reset):
                    await self._flush()
                    drop(self._request, reset=reset)
                    return
        self._asked.done = True
        await self._flush()
        await self._response.write_eof()

    async def _wait_for(self, script: Script, word: int) -> None:
        if word <= len(self._asked.word_times):
            return
        delay = self._asked.at + script.due(word) - self._clock.now()
        if delay > 0:
            await self._flush()
            await self._clock.sleep(delay)
            self._in_a_row = 0
        new = word - len(self._asked.word_times)
        self._asked.word_times.extend([self._clock.now()] * new)

    async def _write(self, raw: bytes) -> None:
        for piece in self._scissors.cut(raw):
            await self._response.write(piece)
            self._in_a_row += 1
            if self._cuts or self._in_a_row >= _WRITES_IN_A_ROW:
                self._in_a_row = 0
                await self._clock.sleep(0)

    async def _flush(self) -> None:
        rest = self._scissors.flush()
        if rest:
            await self._response.write(rest)


async def hang() -> None:
    """Do nothing until cancelled: the client has gone, or the emulator stops."""
    await asyncio.Event().wait()


def drop(request: web.Request, *, reset: bool) -> None:
    """Lose the connection of a request: by a reset, or by closing it in the middle of the body."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
