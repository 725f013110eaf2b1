"""One WebSocket of Socket Mode, seen from Slack: says hello, sends envelopes, answers pings, hands acknowledgements on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from tests.emulators.slack.rules.rejection import Json


class Ack(msgspec.Struct, frozen=True):
    """This is what the app sends back: https://docs.slack.dev/apis/events-api/using-socket-mode/#acknowledge."""

    envelope_id: str
    payload: Any = None


@dataclass(slots=True, eq=False)
class Connection:
    """This is one open connection.

    A deaf one looks alive and swallows what Slack sends to the app; `pongs` says whether it still answers pings.
    """

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    opened_at: float
    deaf: bool = False
    pongs: bool = True
    leaving: bool = False
    pings: int = 0
    stray: list[str] = field(default_factory=list[str])

    @property
    def usable(self) -> bool:
        """Whether Slack would send a payload here."""
        return not self.socket.closed and not self.leaving

    async def send(self, message: Json) -> None:
        """Send; a connection that has just been lost loses the message, as the net would."""
        if self.deaf:
            return
        try:
            await self.socket.send_json(message)
        except ConnectionResetError:
            return

    async def listen(self, acknowledged: Callable[[Ack], None]) -> None:
        """Read until the connection ends."""
        async for message in self.socket:
            match message.type:
                case WSMsgType.PING:
                    self.pings += 1
                    if self.pongs:
                        await self._pong(message.data)
                case WSMsgType.TEXT:
                    self._read(message.data, acknowledged)
                case _:
                    continue

    async def close(self) -> None:
        """Close it in an orderly way."""
        await self.socket.close()

    def cut(self) -> None:
        """Lose it without a word, as when a cable is pulled."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def _read(self, text: str, acknowledged: Callable[[Ack], None]) -> None:
        try:
            acknowledged(msgspec.json.decode(text, type=Ack))
        except msgspec.DecodeError:
            self.stray.append(text)

    async def _pong(self, payload: bytes) -> None:
        try:
            await self.socket.pong(payload)
        except ConnectionResetError:
            return
