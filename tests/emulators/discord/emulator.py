"""The emulator as tests use it: a server on loopback, the people of its world, what readers see, and what goes wrong.

discord.py is pointed at it like this. REST and interactions go to `discord.http.Route.BASE`, a class attribute. The gateway
is another matter: a plain `discord.Client` (2.7.1) never asks `GET /gateway/bot`; it connects to
`discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`, again a class attribute, and comes back to it whenever a session was
invalidated (only `AutoShardedClient` without a shard count asks). So a client has to ask itself, after the login and before
the connection, which is what `setup_hook` is for:

    async def setup_hook(self) -> None:
        _, url, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from tests.emulators.discord.control import Control
from tests.emulators.discord.faults import Fault
from tests.emulators.discord.gateway.hub import Hub
from tests.emulators.discord.rest.api import Api, Call, Latency
from tests.emulators.discord.rules.flags import Permission
from tests.emulators.discord.rules.limits import Limits, Terms
from tests.emulators.discord.world import asking, speaking, threads
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.places import Channel, Guild, User
from tests.emulators.discord.world.world import Interaction, World
from tests.emulators.discord.world.writing import delete

TOKEN = "ZW11bGF0b3I.loopback.only"
_HOST = "127.0.0.1"
_REQUEST_SIZE = 30 * 1024 * 1024

Id = int | str


class DiscordEmulator:
    """This is Discord on loopback, with one guild, its channels `general` and `other`, and the people `asker` and `reader`.

    Ids are accepted as numbers or as text. Every number of the platform is a parameter: `limits`, `terms`, `latency`.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        terms: Terms | None = None,
        latency: Latency | None = None,
        token: str = TOKEN,
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.token = token
        self.port = port
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[None]]] = []
        self.world = World(clock or SystemClock(), limits or Limits(), terms or Terms())
        self.gateway = Hub(self.world, token, self._look)
        self.api = Api(self.world, token, latency or Latency(), self._look)
        self.asker = self.world.add_user("asker")
        self.reader = self.world.add_user("reader")
        self.guild: Guild = self.world.add_guild("emulated", self.reader)
        self.general = self.world.add_channel(self.guild, "general")
        self.other = self.world.add_channel(self.guild, "other")
        self._runner: web.AppRunner | None = None

    # The server -----------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_REQUEST_SIZE)
        self.api.add_routes(app)
        app.router.add_get("/gateway", self.gateway.serve)
        Control(self.world, self.gateway, self.api.faults, self.api.calls).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self.world.address = f"http://{_HOST}:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.world.address

    @property
    def api_url(self) -> str:
        """What a bot gets as DISCORD_API_URL."""
        return f"{self.world.address}/api/v10"

    def settings(self) -> dict[str, str]:
        """The settings that make the bot use this Discord."""
        return {"DISCORD_API_URL": self.api_url, "DISCORD_TOKEN": self.token}

    async def until(self, condition: Callable[[], object], seconds: float = 5.0) -> None:
        """Return as soon as `condition` holds, which is looked at after everything that happens here."""
        if condition():
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, waiter))
        async with asyncio.timeout(seconds):
            await waiter

    async def connected(self, sessions: int = 1) -> None:
        """Return as soon as that many sessions are connected and have been told about their guilds."""
        await self.until(lambda: self.gateway.connected >= sessions)

    def _look(self) -> None:
        for condition, waiter in list(self._waiting):
            if waiter.done() or condition():
                self._waiting.remove((condition, waiter))
                if not waiter.done():
                    waiter.set_result(None)

    # What people do -------------------------------------------------------------------------------------------

    def say(self, channel: Id, user: User, text: str) -> Message:
        """Post a message that does not mention the bot."""
        return speaking.say(self.world, self.place(channel), user, text)

    def mention(self, channel: Id, user: User, text: str) -> Message:
        """Post a message that begins with a mention of the bot."""
        return speaking.mention(self.world, self.place(channel), user, text)

    def reply(self, channel: Id, user: User, message: Id, text: str, *, ping: bool = True) -> Message:
        """Reply to a message; `ping` is the @ switch of the client."""
        return speaking.reply(self.world, self.place(channel), user, self.message(message), text, ping=ping)

    def direct_message(self, user: User, text: str) -> Message:
        """Write to the bot in private."""
        return speaking.say(self.world, self.world.direct_channel(user), user, text)

    def slash(self, channel: Id, user: User, command: str, options: Mapping[str, Any]) -> Interaction:
        """Run a slash command, which must be registered: "ask", or "history forget" for a subcommand."""
        return asking.slash(self.world, self.place(channel), user, command, options)

    def message_command(self, channel: Id, user: User, command: str, message: Id) -> Interaction:
        """Run a message command from the menu of a message."""
        return asking.on_message(self.world, self.place(channel), user, command, self.message(message))

    def button(self, user: User, message: Id, custom_id: str, values: Sequence[str] = ()) -> Interaction:
        """Press a button of a message, or choose `values` in one of its menus."""
        return asking.press(self.world, user, self.message(message), custom_id, values)

    def edit(self, message: Id, text: str) -> None:
        """Let the author of a message change it."""
        speaking.rewrite(self.world, self.message(message), text)

    def delete(self, message: Id) -> None:
        """Let somebody delete a message, also one of the bot's."""
        delete(self.world, self.message(message))

    def open_thread(self, channel: Id, user: User, name: str, message: Id | None = None) -> Channel:
        """Open a thread, from a message or on its own."""
        source = None if message is None else self.message(message)
        return threads.open_thread(self.world, self.place(channel), user, name, message=source)

    def archive(self, thread: Id, *, locked: bool = False) -> None:
        """Close a thread; a locked one can be opened by moderators only."""
        threads.alter(self.world, self.place(thread), archived=True, locked=locked)

    def deny(self, channel: Id, *permissions: Permission) -> None:
        """Take permissions from the bot in a channel."""
        place = self.place(channel)
        for permission in permissions:
            place.denied |= permission
        self.world.tell_guild("CHANNEL_UPDATE", place)

    def repeat(self, name: str) -> None:
        """Dispatch the last event of this name once more, with a new number, as after a failover."""
        found = [event for event in self.world.events if event.name == name]
        assert found, f"no {name} has happened yet"
        self.world.emit(found[-1])

    # What goes wrong ------------------------------------------------------------------------------------------

    def fail(self, route: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` requests to a route such as "POST /channels/{channel}/messages" go wrong; None is for ever."""
        self.api.faults.plan(route, fault, times)

    def heal(self) -> None:
        """Take all planned faults back."""
        self.api.faults.clear()

    # What there is to see -------------------------------------------------------------------------------------

    def place(self, channel: Id) -> Channel:
        """The channel, thread or direct messages with this id."""
        return self.world.channels[int(channel)]

    def message(self, message: Id) -> Message:
        """The message with this id, deleted or not."""
        return self.world.messages[int(message)]

    def visible(self, channel: Id, viewer: User | None = None) -> list[Message]:
        """What a reader of the channel sees now, oldest first; a `viewer` sees the ephemeral answers to themselves too."""
        place = self.place(channel)
        return [
            message
            for message in self.world.messages.values()
            if message.channel is place and message.deleted_at is None and _shown_to(message, viewer)
        ]

    def answers(self, channel: Id) -> list[Message]:
        """What a reader of the channel sees of the bot."""
        return [message for message in self.visible(channel) if message.author is self.world.bot]

    @property
    def calls(self) -> list[Call]:
        """Every request so far."""
        return self.api.calls

    @property
    def throttled(self) -> int:
        """How many requests were answered with 429."""
        return sum(call.status == 429 for call in self.api.calls)


def _shown_to(message: Message, viewer: User | None) -> bool:
    return not message.ephemeral or (message.origin is not None and message.origin.user is viewer)
