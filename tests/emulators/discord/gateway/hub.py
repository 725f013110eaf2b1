"""All sessions and connections: who is told what, and what a test can do to a connection."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from typing_extensions import override

from tests.emulators.discord.gateway.conversation import (
    INVALID_SESSION,
    RECONNECT,
    Conversation,
    Identify,
    Reception,
    Resume,
)
from tests.emulators.discord.gateway.sessions import Session
from tests.emulators.discord.gateway.wire import UnknownCompressionError, compressor
from tests.emulators.discord.rest.places import flags, gateway_url
from tests.emulators.discord.rules.flags import Intent
from tests.emulators.discord.rules.windows import FixedWindow
from tests.emulators.discord.world import payloads
from tests.emulators.discord.world.events import Event
from tests.emulators.discord.world.world import World

Json = dict[str, Any]

_VERSION = "10"
_BAD_VERSION = 4012


class Hub(Reception):
    """This is the gateway. `identified` and `resumed` count what clients did; `changed` is called after each of it."""

    def __init__(self, world: World, token: str, changed: Callable[[], None]) -> None:
        self.world = world
        self.token = token
        self.terms = world.terms
        self.changed = changed
        self.sessions: dict[str, Session] = {}
        self.conversations: list[Conversation] = []
        self.identified = 0
        self.resumed = 0
        self._at_once = FixedWindow(world.limits.identify_at_once) if world.limits.identify_at_once else None
        world.listeners.append(self._tell)
        world.reads_content = self._reads_content

    # For the server -------------------------------------------------------------------------------------------

    async def serve(self, http: web.Request) -> web.StreamResponse:
        """Hold one connection."""
        try:
            compress = compressor(http.query.get("compress", ""))
        except UnknownCompressionError as error:
            return web.Response(status=400, text=f"compression {error} is not available here")
        socket = web.WebSocketResponse(max_msg_size=4096 * 4, timeout=1.0)
        await socket.prepare(http)
        if http.query.get("v") != _VERSION or http.query.get("encoding", "json") != "json":
            await socket.close(code=_BAD_VERSION)
            return socket
        sends = FixedWindow(self.world.limits.gateway_sends)
        conversation = Conversation(self, http, socket, compress, sends, self.world.now)
        self.conversations.append(conversation)
        try:
            await conversation.hold()
        finally:
            self.conversations.remove(conversation)
            self.changed()
        return socket

    # For tests ------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> int:
        """How many sessions have a living connection."""
        return sum(one.session is not None and not one.zombie for one in self.conversations)

    def drop(self) -> None:
        """Lose every connection without a word; sessions stay and collect what happens."""
        for one in list(self.conversations):
            one.abort()

    def ask_to_reconnect(self) -> None:
        """Ask every client to come back (op 7), as Discord does before it restarts a node."""
        for one in self.conversations:
            one.say(RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is over (op 9); `resumable` is only a pretext to reconnect."""
        for one in self.conversations:
            one.say(INVALID_SESSION, payload=resumable)
            if one.session is not None and not resumable:
                self.forget(one.session)

    def play_dead(self) -> None:
        """Keep every connection open and say nothing any more: no acknowledged heartbeat, no event."""
        for one in self.conversations:
            one.zombie = True

    # For conversations ----------------------------------------------------------------------------------------

    @override
    def open(self, wish: Identify) -> Session | None:
        now = self.world.now()
        if self.world.identifies.remaining(now) <= 0 or (self._at_once and self._at_once.remaining(now) <= 0):
            return None
        self.world.identifies.spend(now)
        if self._at_once is not None:
            self._at_once.spend(now)
        session = Session(Intent(wish.intents), wish.shard)
        self.sessions[session.id] = session
        self.identified += 1
        return session

    @override
    def resume(self, wish: Resume) -> Session | None:
        session = self.sessions.get(wish.session_id)
        if session is not None:
            self.resumed += 1
            self.changed()
        return session

    @override
    def welcome(self, session: Session) -> None:
        guilds = [self.world.guild_event(guild) for guild in self.world.guilds.values()]
        here = [event for event in guilds if session.concerned(event)]
        session.dispatch("READY", self._ready(session, here))
        for event in here:
            session.tell(event)
        self.changed()

    @override
    def tell_members(self, session: Session, guild_id: int, nonce: str | None) -> None:
        members = [payloads.member(one) | {"user": payloads.user(one)} for one in self.world.guild(guild_id).members]
        chunk: Json = {"guild_id": str(guild_id), "members": members, "chunk_index": 0, "chunk_count": 1}
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk if nonce is None else chunk | {"nonce": nonce})

    @override
    def forget(self, session: Session) -> None:
        session.send = None
        self.sessions.pop(session.id, None)

    def _ready(self, session: Session, guilds: list[Event]) -> Json:
        return {
            "v": int(_VERSION),
            "user": payloads.user(self.world.bot),
            "guilds": [{"id": str(event.guild), "unavailable": True} for event in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": gateway_url(self.world),
            "shard": list(session.shard),
            "application": {"id": str(self.world.bot.id), "flags": flags(self.world)},
        }

    def _tell(self, event: Event) -> None:
        for session in list(self.sessions.values()):
            session.tell(event)
        self.changed()

    def _reads_content(self) -> bool:
        # Discord asks the developer portal; an app that never identifies with the intent is taken to have it off there.
        return any(Intent.MESSAGE_CONTENT in session.intents for session in self.sessions.values())
