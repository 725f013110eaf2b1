"""One bot of Discord, connected: what we write with, and how we listen."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
from typing_extensions import override

from adapters.discord.budget import DiscordBudget
from adapters.discord.client import Client, pointed_at
from adapters.discord.commands import command_tree, keep_registered
from adapters.discord.dialect import DiscordDialect
from adapters.discord.failures import in_our_terms
from adapters.discord.listener import Listener
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.routes import TOKEN_SECONDS, Routes
from adapters.discord.settings import INTENT_ADVICE, TOKEN_ADVICE, DiscordSettings
from adapters.discord.surroundings import DiscordSurroundings
from adapters.discord.translate import NAME
from adapters.discord.wire import Wire
from bot.clock import Clock
from bot.errors import ConfigurationInvalid, FootnoteError, TokenRefused, Unreachable
from bot.ports import Chat, Gone, Heard, Platform, Take

_LOG = logging.getLogger(__name__)

PATIENCE = 2.0

_TYPING = 8.0  # Discord shows it for 10 seconds
_GREETING = 15.0
_DRAINING = 2.0
_CLOSING = 3.0
_TOKEN_REFUSED = 4004


class DiscordConnection(Chat):
    """This is one connected bot. It writes from the start and hears from `listen` on.

    The token of an interaction is used for `token_seconds`. A question may take `patience` seconds to be stored: of the 3
    that an interaction waits for its answer, the rest is for saying something.
    """

    def __init__(self, settings: DiscordSettings, clock: Clock, token_seconds: float, patience: float) -> None:
        routes = Routes(clock, token_seconds)
        self._settings = settings
        self._clock = clock
        self._patience = patience
        self._wire = Wire(settings.api_url, routes)
        self._client = Client(settings, self._wire.trace())
        self._messenger = DiscordMessenger(self._client, routes, clock)
        self._tree = command_tree(self._client, settings.guild_ids, self._asked)
        self._listener: Listener | None = None
        self._running: asyncio.Task[None] | None = None
        self._registering: asyncio.Task[None] | None = None
        self._platform = Platform(
            name=NAME,
            messenger=self._messenger,
            budget=DiscordBudget(routes, clock),
            dialect=DiscordDialect(),
            surroundings=DiscordSurroundings(self._client),
            status_seconds=_TYPING,
        )

    @property
    @override
    def platform(self) -> Platform:
        return self._platform

    async def login(self) -> None:
        """Make sure that Discord takes our token. Raises `ConfigurationInvalid`, `ChatFailed`."""
        try:
            with in_our_terms():
                await self._client.login(self._settings.token)
        except TokenRefused as error:
            raise _wrong_token() from error

    @override
    async def listen(self, take: Take, gone: Gone, heard: Heard) -> None:
        self._wire.heard = heard
        self._listener = Listener(self._client, self._messenger, self._clock, take, gone, self._patience)
        self._client.listener = self._listener
        self._running = asyncio.create_task(self._client.connect())
        await self._greeted(self._running)
        self._running.add_done_callback(_note_end)
        self._registering = asyncio.create_task(keep_registered(self._tree, self._settings.guild_ids))

    @override
    def connected(self) -> bool:
        running = self._running is not None and not self._running.done()
        return running and self._listener is not None and self._client.greeted.is_set()

    @override
    async def stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close(_DRAINING)

    async def close(self) -> None:
        """Hang up, within a few seconds even if Discord does not answer."""
        await self.stop_listening()
        if self._registering is not None:
            await asyncio.wait({self._registering}, timeout=_CLOSING)
        closing = asyncio.create_task(self._client.close())
        await asyncio.wait({closing}, timeout=_CLOSING)
        rest = {task for task in (closing, self._registering, self._running) if task is not None}
        for task in rest:
            task.cancel()  # what is left sleeps or listens; it writes nothing
        await asyncio.wait(rest, timeout=_CLOSING)

    async def _asked(self, interaction: "discord.Interaction[Client]", text: str) -> None:
        if self._client.listener is not None:
            await self._client.listener.ask(interaction, text)

    async def _greeted(self, running: asyncio.Task[None]) -> None:
        """Wait for the first session; where it only takes long, discord.py goes on trying."""
        greeting = asyncio.create_task(self._client.greeted.wait())
        await asyncio.wait({running, greeting}, timeout=_GREETING, return_when=asyncio.FIRST_COMPLETED)
        greeting.cancel()
        if running.done():
            raise _reason(running.exception())
        if not self._client.greeted.is_set():
            _LOG.warning("the gateway of Discord has not answered yet; still trying")


@asynccontextmanager
async def connect(
    settings: DiscordSettings, clock: Clock, *, token_seconds: float = TOKEN_SECONDS, patience: float = PATIENCE
) -> AsyncGenerator[DiscordConnection]:
    """A connection that can write; it is closed at the end.

    Raises `ConfigurationInvalid` where Discord refuses the bot token, `ChatFailed` where it cannot be asked.
    """
    with pointed_at(settings.api_url):
        connection = DiscordConnection(settings, clock, token_seconds, patience)
        try:
            await connection.login()
            yield connection
        finally:
            await connection.close()


def _wrong_token() -> ConfigurationInvalid:
    return ConfigurationInvalid((f"DISCORD_TOKEN was refused by Discord: {TOKEN_ADVICE}.",))


def _reason(error: BaseException | None) -> FootnoteError:
    """Why the connection to the gateway has ended for good."""
    match error:
        case discord.PrivilegedIntentsRequired():
            sentence = f"DISCORD_MESSAGE_CONTENT is on, but Discord does not allow it: {INTENT_ADVICE}."
            return ConfigurationInvalid((sentence,))
        case discord.ConnectionClosed(code=code) if code == _TOKEN_REFUSED:
            return _wrong_token()
        case _:
            return Unreachable(uncertain=False)


def _note_end(running: asyncio.Task[None]) -> None:
    if not running.cancelled() and (error := running.exception()) is not None:
        _LOG.error("the connection to Discord has ended for good: %s", _reason(error))
