"""Socket Mode, seen from Slack: tickets, up to ten connections, envelopes that must be acknowledged, refreshes.

https://docs.slack.dev/apis/events-api/using-socket-mode/. A payload goes to any one connection.
"""

import asyncio
import uuid
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from aiohttp import web
from typing_extensions import override

from bot.clock import Clock
from tests.emulators.slack.connection import Ack, Connection
from tests.emulators.slack.errands import Errands
from tests.emulators.slack.feed import Carrier, Outcome, Parcel
from tests.emulators.slack.places import App
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.terms import SocketTerms

Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]
PATH = "/link/"
_CLOSING = 1.0


@dataclass(slots=True)
class SocketMode(Carrier):
    """These are the open connections of the app."""

    app: App
    clock: Clock
    terms: SocketTerms
    deadline: float
    connections: list[Connection] = field(default_factory=list[Connection])
    errands: Errands = field(default_factory=Errands)
    _tickets: set[str] = field(default_factory=set[str])
    _waiting: dict[str, asyncio.Future[Ack]] = field(default_factory=dict[str, asyncio.Future[Ack]])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _turn: int = 0

    def issue_ticket(self) -> str:
        """The path and query of one new connection; it opens one connection, once."""
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return f"{PATH}?ticket={ticket}&app_id={self.app.id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The route of a connection: returns when it has ended."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="unknown ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=_CLOSING)
        await socket.prepare(request)
        connection = Connection(next(self._numbers), socket, request, self.clock.now())
        if len(self.connections) >= self.terms.connections:
            await self._turn_away(connection)
            return socket
        await self._welcome(connection)
        try:
            await connection.listen(self._acknowledged)
        finally:
            self._forget(connection)
        return socket

    @override
    async def carry(self, parcel: Parcel) -> Outcome:
        envelope_id = str(uuid.uuid4())
        acknowledged = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        try:
            async with asyncio.timeout(self.deadline):
                connection = await self._next_connection()
                await connection.send(_envelope(parcel, envelope_id))
                ack = await acknowledged
        except TimeoutError:
            return Outcome(acknowledged=False, reason="timeout")
        finally:
            del self._waiting[envelope_id]
        return Outcome(acknowledged=True, answer=ack.payload)

    # For tests ------------------------------------------------------------------------------------------

    async def connected(self, connections: int = 1) -> None:
        """Return when at least so many usable connections are open."""
        while sum(connection.usable for connection in self.connections) < connections:
            await self.changed()

    async def changed(self) -> None:
        """Return when the next connection has been opened or has ended."""
        self._changed.clear()
        await self._changed.wait()

    async def ask_to_leave(self, reason: Reason, connection: Connection | None = None) -> None:
        """Send `disconnect` to one connection or to all; after anything but a warning Slack closes after the grace."""
        for asked in [connection] if connection else list(self.connections):
            await asked.send(_disconnect(reason))
            if reason != "warning":
                asked.leaving = True
                self.errands.start(self._close_later(asked))

    def deafen(self, connection: Connection | None = None, *, pongs: bool = True) -> None:
        """Make one connection, or all that are open now, look alive and deliver nothing."""
        for chosen in [connection] if connection else self.connections:
            chosen.deaf, chosen.pongs = True, pongs

    def cut(self, connection: Connection | None = None) -> None:
        """Lose one connection or all without a word."""
        for lost in [connection] if connection else list(self.connections):
            lost.cut()

    async def close(self) -> None:
        """End everything."""
        await self.errands.close()
        for connection in list(self.connections):
            await connection.close()

    # ----------------------------------------------------------------------------------------------------

    async def _welcome(self, connection: Connection) -> None:
        self.connections.append(connection)
        await connection.send(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "connection_info": {"app_id": self.app.id},
                "debug_info": {
                    "host": "emulated",
                    "build_number": 1,
                    "approximate_connection_time": int(self.terms.lifetime),
                },
            }
        )
        self._changed.set()
        if self.terms.refreshes:
            self.errands.start(self._refresh_later(connection))

    async def _turn_away(self, connection: Connection) -> None:
        await connection.send(_disconnect("too_many_websockets"))
        await connection.close()

    def _forget(self, connection: Connection) -> None:
        self.connections.remove(connection)
        self._changed.set()

    async def _next_connection(self) -> Connection:
        await self.connected()
        usable = [connection for connection in self.connections if connection.usable]
        self._turn += 1
        return usable[self._turn % len(usable)]

    def _acknowledged(self, ack: Ack) -> None:
        waiting = self._waiting.get(ack.envelope_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(ack)

    async def _refresh_later(self, connection: Connection) -> None:
        await self.clock.sleep(max(0.0, self.terms.lifetime - self.terms.warning))
        if connection.usable:
            await self.ask_to_leave("warning", connection)
            await self.clock.sleep(min(self.terms.warning, self.terms.lifetime))
        if connection.usable:
            await self.ask_to_leave("refresh_requested", connection)

    async def _close_later(self, connection: Connection) -> None:
        await self.clock.sleep(self.terms.grace)
        await connection.close()


def _envelope(parcel: Parcel, envelope_id: str) -> Json:
    envelope: Json = {
        "type": parcel.kind,
        "envelope_id": envelope_id,
        "payload": parcel.body,
        "accepts_response_payload": False,
    }
    if parcel.kind == "events_api":
        envelope |= {"retry_attempt": parcel.attempt, "retry_reason": parcel.reason}
    return envelope


def _disconnect(reason: Reason) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "emulated"}}
