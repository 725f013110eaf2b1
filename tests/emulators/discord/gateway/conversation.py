"""One socket of the gateway: hello, identify or resume, heartbeats, and the close codes for what a client does wrong.

https://docs.discord.com/developers/events/gateway
https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from aiohttp import WSMsgType, web

from tests.emulators.discord.gateway.sessions import Session
from tests.emulators.discord.gateway.wire import Compressor
from tests.emulators.discord.rules.flags import Intent
from tests.emulators.discord.rules.limits import Terms
from tests.emulators.discord.rules.windows import FixedWindow

Json = dict[str, Any]

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS = 1, 2, 3, 4, 6, 7, 8
INVALID_SESSION, HELLO, ACKNOWLEDGED = 9, 10, 11

_UNKNOWN_OPCODE, _UNDECODABLE, _NOT_AUTHENTICATED, _BAD_TOKEN = 4001, 4002, 4003, 4004
_TWICE, _INVALID_SEQ, _TOO_MANY, _TIMED_OUT = 4005, 4007, 4008, 4009
_BAD_SHARD, _BAD_INTENTS, _DISALLOWED = 4010, 4013, 4014
_RESUMABLE = frozenset({1000, 1001})  # a client that says goodbye with one of these gives its session up


class Frame(msgspec.Struct, frozen=True):
    """This is anything a client sends."""

    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")


class Identify(msgspec.Struct, frozen=True):
    """This is a client that introduces itself."""

    token: str
    intents: int
    shard: tuple[int, int] = (0, 1)


class Resume(msgspec.Struct, frozen=True):
    """This is a client that comes back."""

    token: str
    session_id: str
    seq: int | None = None


class MembersWanted(msgspec.Struct, frozen=True):
    """This is a request for the members of a guild."""

    guild_id: int | str
    nonce: str | None = None


class CloseError(Exception):
    """The client did something that ends the connection with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Reception(Protocol):
    """One that knows the sessions: the hub, as a conversation sees it."""

    token: str
    terms: Terms

    def open(self, wish: Identify) -> Session | None:
        """A new session; None if too many clients identify at once."""
        ...

    def resume(self, wish: Resume) -> Session | None:
        """The session to go on with; None if it is over."""
        ...

    def welcome(self, session: Session) -> None:
        """Dispatch READY and the guilds to a new session."""
        ...

    def tell_members(self, session: Session, guild_id: int, nonce: str | None) -> None:
        """Dispatch the members of a guild."""
        ...

    def forget(self, session: Session) -> None:
        """End a session for good."""
        ...


@dataclass(eq=False)
class Conversation:
    """This is one connection. `zombie` connections are open and silent: no acknowledgement, no event."""

    reception: Reception
    http: web.Request
    socket: web.WebSocketResponse
    compress: Compressor | None
    sends: FixedWindow
    now: Callable[[], float]
    session: Session | None = None
    zombie: bool = False

    def __post_init__(self) -> None:
        self._outbox = asyncio.Queue[bytes]()

    async def hold(self) -> None:
        """Talk until one side ends it."""
        writer = asyncio.create_task(self._write())
        try:
            self.say(HELLO, {"heartbeat_interval": int(self.reception.terms.heartbeat_interval * 1000)})
            await self._listen()
        except CloseError as error:
            await self._flush()
            await self.socket.close(code=error.code)
        except TimeoutError:
            await self.socket.close(code=_TIMED_OUT)
        finally:
            writer.cancel()
            self._leave()

    def say(self, op: int, payload: Any = None) -> None:
        """Send a frame that is no event."""
        self.put(msgspec.json.encode({"op": op, "d": payload, "s": None, "t": None}))

    def put(self, frame: bytes) -> None:
        """Queue a frame, unless this connection plays dead."""
        if not self.zombie:
            self._outbox.put_nowait(frame)

    def abort(self) -> None:
        """Lose the connection, as a network does: no close frame."""
        self._detach()
        if self.http.transport is not None:
            self.http.transport.abort()

    async def _listen(self) -> None:
        patience = self.reception.terms.heartbeat_interval * 2
        while True:
            message = await self.socket.receive(timeout=patience)
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            if self.sends.remaining(self.now()) <= 0:
                raise CloseError(_TOO_MANY)
            self.sends.spend(self.now())
            self._hear(message.data)

    def _hear(self, data: str | bytes) -> None:
        try:
            frame = msgspec.json.decode(data, type=Frame)
            self._answer(frame)
        except msgspec.MsgspecError as error:
            raise CloseError(_UNDECODABLE) from error

    def _answer(self, frame: Frame) -> None:
        match frame.op:
            case 1:
                self.say(ACKNOWLEDGED)
            case 2:
                self._identify(msgspec.json.decode(frame.d, type=Identify))
            case 6:
                self._resume(msgspec.json.decode(frame.d, type=Resume))
            case 3 | 4 | 8 if self.session is None:
                raise CloseError(_NOT_AUTHENTICATED)
            case 8 if self.session is not None:
                wanted = msgspec.json.decode(frame.d, type=MembersWanted)
                self.reception.tell_members(self.session, int(wanted.guild_id), wanted.nonce)
            case 3 | 4:
                pass
            case _:
                raise CloseError(_UNKNOWN_OPCODE)

    def _identify(self, wish: Identify) -> None:
        if self.session is not None:
            raise CloseError(_TWICE)
        self._check(wish)
        session = self.reception.open(wish)
        if session is None:
            self.say(INVALID_SESSION, payload=False)
            return
        self._attach(session)
        self.reception.welcome(session)

    def _check(self, wish: Identify) -> None:
        if wish.token != self.reception.token:
            raise CloseError(_BAD_TOKEN)
        index, count = wish.shard
        if not 0 <= index < count:
            raise CloseError(_BAD_SHARD)
        if wish.intents < 0:
            raise CloseError(_BAD_INTENTS)
        terms = self.reception.terms
        closed = (Intent.MESSAGE_CONTENT, terms.message_content), (Intent.GUILD_MEMBERS, terms.guild_members)
        if any(wish.intents & intent and not allowed for intent, allowed in closed):
            raise CloseError(_DISALLOWED)

    def _resume(self, wish: Resume) -> None:
        if wish.token != self.reception.token:
            raise CloseError(_BAD_TOKEN)
        session = self.reception.resume(wish)
        if session is None:
            self.say(INVALID_SESSION, payload=False)
            return
        seq = wish.seq or 0
        if seq > session.seq:
            raise CloseError(_INVALID_SEQ)
        for frame in session.missed(seq):
            self.put(frame)
        self._attach(session)
        session.dispatch("RESUMED", {"_trace": []})

    def _attach(self, session: Session) -> None:
        self.session = session
        session.send = self.put

    def _detach(self) -> None:
        # Bound methods are equal, not identical: another connection may have taken the session over by now.
        if self.session is not None and self.session.send == self.put:
            self.session.send = None

    def _leave(self) -> None:
        self._detach()
        if self.session is not None and self.session.send is None and self.socket.close_code in _RESUMABLE:
            self.reception.forget(self.session)

    async def _write(self) -> None:
        while True:
            await self._send(await self._outbox.get())

    async def _flush(self) -> None:
        while not self._outbox.empty():
            await self._send(self._outbox.get_nowait())

    async def _send(self, frame: bytes) -> None:
        try:
            if self.compress is None:
                await self.socket.send_str(frame.decode())
            else:
                await self.socket.send_bytes(self.compress(frame))
        except ConnectionError:
            self._detach()
