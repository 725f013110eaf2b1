"""Lets a person or another process drive the emulated Discord: `POST /control/mention`, `GET /control/messages`, and more.

Not part of Discord. Channels and users are named by id or by name; a user that is not known yet joins. Ids are texts, as
everywhere in Discord's JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from tests.emulators.discord.faults import Broken, CutOff, Fault, Faults, Slow, Throttle
from tests.emulators.discord.gateway.hub import Hub
from tests.emulators.discord.rest.api import Call
from tests.emulators.discord.world import asking, speaking, threads
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.places import Channel, User
from tests.emulators.discord.world.world import World
from tests.emulators.discord.world.writing import delete

T = TypeVar("T")
Json = dict[str, Any]
_JSON = {"Content-Type": "application/json"}


class Speech(msgspec.Struct, frozen=True):
    """This is somebody saying something; without `channel` the first one. `message` is what a reply replies to."""

    text: str
    user: str = "asker"
    channel: str = ""
    message: str = ""
    ping: bool = True


class Asking(msgspec.Struct, frozen=True):
    """This is somebody running a slash command."""

    command: str
    options: Json = msgspec.field(default_factory=dict[str, Any])
    user: str = "asker"
    channel: str = ""


class Pointer(msgspec.Struct, frozen=True):
    """This points to a message; `text` is its new text, `custom_id` the button to press."""

    message: str
    text: str = ""
    user: str = "asker"
    custom_id: str = ""


class Opening(msgspec.Struct, frozen=True):
    """This is a new thread."""

    name: str
    user: str = "asker"
    channel: str = ""


class Trouble(msgspec.Struct, frozen=True):
    """This is a fault to come: `kind` is throttle, broken, cut or slow; `times` 0 is for ever."""

    route: str
    kind: str
    times: int = 1
    seconds: float = 1.0
    status: int = 500
    after_effect: bool = False


class Breakage(msgspec.Struct, frozen=True):
    """This is what to do to the gateway: drop, reconnect, invalidate or dead."""

    how: str


@dataclass(frozen=True, slots=True)
class Verb(Generic[T]):
    """This is one thing that can be asked for: the shape of its body and what it does."""

    shape: type[T]
    carry_out: Callable[[T], Json]

    async def serve(self, request: web.Request) -> web.Response:
        try:
            wish = msgspec.json.decode(await request.read(), type=self.shape)
            return _told(self.carry_out(wish))
        except (msgspec.DecodeError, AssertionError, KeyError, ValueError) as error:
            return _told({"error": str(error)}, 400)


@dataclass(slots=True)
class Control:
    """These are the routes below /control/."""

    world: World
    gateway: Hub
    faults: Faults
    calls: list[Call]

    def add_routes(self, app: web.Application) -> None:
        """Serve them."""
        verbs: dict[str, Verb[Any]] = {
            "mention": Verb(Speech, partial(self._speak, speaking.mention)),
            "say": Verb(Speech, partial(self._speak, speaking.say)),
            "reply": Verb(Speech, self._reply),
            "direct_message": Verb(Speech, self._write_directly),
            "slash": Verb(Asking, self._slash),
            "button": Verb(Pointer, self._press),
            "edit": Verb(Pointer, self._edit),
            "delete": Verb(Pointer, self._delete),
            "thread": Verb(Opening, self._open_thread),
            "fail": Verb(Trouble, self._fail),
            "gateway": Verb(Breakage, self._break),
        }
        for name, verb in verbs.items():
            app.router.add_post(f"/control/{name}", verb.serve)
        app.router.add_get("/control/messages", self.messages)
        app.router.add_get("/control/calls", self.recorded)
        app.router.add_get("/control/world", self.inventory)

    async def messages(self, request: web.Request) -> web.Response:
        """Everything that readers see now, oldest first, with how often each message changed."""
        wanted = self._place(request.query["channel"]) if "channel" in request.query else None
        there = (one for one in self.world.messages.values() if wanted is None or one.channel is wanted)
        return _told({"messages": [self._shown(one) for one in there if one.deleted_at is None]})

    async def recorded(self, _: web.Request) -> web.Response:
        """Every request of the bot so far."""
        calls = [{"at": one.at, "method": one.method, "path": one.path, "status": one.status} for one in self.calls]
        return _told({"calls": calls, "throttled": sum(one.status == 429 for one in self.calls)})

    async def inventory(self, _: web.Request) -> web.Response:
        """The ids of everything, and whether a bot is connected."""
        world = self.world
        return _told(
            {
                "connected": self.gateway.connected,
                "bot": str(world.bot.id),
                "guilds": {one.name: str(one.id) for one in world.guilds.values()},
                "channels": {one.name: str(one.id) for one in world.channels.values()},
                "users": {one.name: str(one.id) for one in world.users.values()},
                "commands": [one.body.name for one in world.commands.commands],
            }
        )

    # ----------------------------------------------------------------------------------------------------

    def _speak(self, how: Callable[[World, Channel, User, str], Message], wish: Speech) -> Json:
        return self._shown(how(self.world, self._place(wish.channel), self._user(wish.user), wish.text))

    def _reply(self, wish: Speech) -> Json:
        to = self._message(wish.message)
        message = speaking.reply(self.world, to.channel, self._user(wish.user), to, wish.text, ping=wish.ping)
        return self._shown(message)

    def _write_directly(self, wish: Speech) -> Json:
        user = self._user(wish.user)
        return self._shown(speaking.say(self.world, self.world.direct_channel(user), user, wish.text))

    def _slash(self, wish: Asking) -> Json:
        found = asking.slash(self.world, self._place(wish.channel), self._user(wish.user), wish.command, wish.options)
        return {"id": str(found.id), "channel": str(found.channel.id)}

    def _press(self, wish: Pointer) -> Json:
        found = asking.press(self.world, self._user(wish.user), self._message(wish.message), wish.custom_id)
        return {"id": str(found.id), "channel": str(found.channel.id)}

    def _edit(self, wish: Pointer) -> Json:
        message = self._message(wish.message)
        speaking.rewrite(self.world, message, wish.text)
        return self._shown(message)

    def _delete(self, wish: Pointer) -> Json:
        delete(self.world, self._message(wish.message))
        return {}

    def _open_thread(self, wish: Opening) -> Json:
        thread = threads.open_thread(self.world, self._place(wish.channel), self._user(wish.user), wish.name)
        return {"id": str(thread.id), "name": thread.name}

    def _fail(self, wish: Trouble) -> Json:
        faults: dict[str, Fault] = {
            "throttle": Throttle(wish.seconds),
            "broken": Broken(wish.status, after_effect=wish.after_effect),
            "cut": CutOff(after_effect=wish.after_effect),
            "slow": Slow(before=wish.seconds),
        }
        self.faults.plan(wish.route, faults[wish.kind], wish.times or None)
        return {}

    def _break(self, wish: Breakage) -> Json:
        ways = {
            "drop": self.gateway.drop,
            "reconnect": self.gateway.ask_to_reconnect,
            "invalidate": self.gateway.invalidate,
            "dead": self.gateway.play_dead,
        }
        ways[wish.how]()
        return {}

    def _place(self, name: str) -> Channel:
        found = next((one for one in self.world.channels.values() if name in {"", one.name, str(one.id)}), None)
        assert found is not None, f"there is no channel {name!r}"
        return found

    def _user(self, name: str) -> User:
        known = (one for one in self.world.users.values() if name in {one.name, str(one.id)})
        return next(known, None) or self.world.add_user(name)

    def _message(self, message: str) -> Message:
        return self.world.messages[int(message)]

    def _shown(self, message: Message) -> Json:
        return {
            "id": str(message.id),
            "channel": message.channel.name,
            "channel_id": str(message.channel.id),
            "user": message.author.name,
            "from_bot": message.author is self.world.bot,
            "text": message.content,
            "versions": len(message.versions),
            "ephemeral": message.ephemeral,
            "pings": sorted(message.pings),
            "unfurled": list(message.unfurled),
        }


def _told(body: Json, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, headers=_JSON)
