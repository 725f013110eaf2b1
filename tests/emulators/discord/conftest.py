"""Two clients for an emulator: the real discord.py, closed properly afterwards, and one without manners."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override

from tests.emulators.discord import Channel, DiscordEmulator, Message


class Listener(discord.Client):
    """This is a bot that only remembers what it hears."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard = asyncio.Queue[discord.Message]()
        self.changed = asyncio.Queue[discord.RawMessageUpdateEvent]()
        self.events = list[str]()

    @override
    async def setup_hook(self) -> None:
        _, url, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do without the five seconds that discord.py waits before it identifies again."""

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None and message.author.id != self.user.id:
            self.heard.put_nowait(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.changed.put_nowait(event)

    async def on_socket_event_type(self, event: str) -> None:
        self.events.append(event)

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        return self.get_partial_messageable(channel_id)

    def message(self, message: discord.Message) -> discord.PartialMessage:
        """The same message without what the library knows of it: its edits send no flags of their own."""
        return self.channel(message.channel.id).get_partial_message(message.id)


Connect = Callable[..., AbstractAsyncContextManager[Listener]]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """`async with connect(emulator) as client`: a client that is connected, with `intents` and other options."""
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)

    @asynccontextmanager
    async def connected(
        emulator: DiscordEmulator,
        *,
        content: bool = False,
        prepare: Callable[[Listener], None] | None = None,
        **options: Any,
    ) -> AsyncGenerator[Listener]:
        monkeypatch.setattr(Route, "BASE", emulator.api_url)
        intents = discord.Intents.default()
        intents.message_content = content
        client = Listener(intents, **options)
        if prepare is not None:
            prepare(client)
        running = asyncio.create_task(client.start(emulator.token))
        try:
            await emulator.connected()
            yield client
        finally:
            await client.close()
            await running

    return connected


@dataclass(frozen=True, slots=True)
class Reply:
    """This is what a plain request was answered with."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def code(self) -> tuple[int, int]:
        """The HTTP status and Discord's own code."""
        return self.status, self.json["code"]


@dataclass(slots=True)
class Plain:
    """This is a client that keeps to no limit and knows no retry, to see every answer as it is."""

    emulator: DiscordEmulator
    session: aiohttp.ClientSession

    async def __call__(self, method: str, path: str, body: Any = None, token: str | None = None) -> Reply:
        headers = {"Authorization": f"Bot {self.emulator.token if token is None else token}"}
        async with self.session.request(method, self.emulator.api_url + path, json=body, headers=headers) as response:
            kind = response.headers.get("Content-Type", "")
            found = await response.json() if kind == "application/json" else await response.text()
            return Reply(response.status, response.headers, found)

    async def post(self, content: str = "a", channel: Channel | None = None, **fields: Any) -> Reply:
        place = channel or self.emulator.general
        return await self("POST", f"/channels/{place.id}/messages", {"content": content, **fields})

    async def edit(self, message: Message | str, content: str = "b", **fields: Any) -> Reply:
        found = message if isinstance(message, Message) else self.emulator.message(message)
        return await self("PATCH", f"/channels/{found.channel.id}/messages/{found.id}", {"content": content, **fields})


@pytest.fixture
async def plain() -> AsyncGenerator[Callable[[DiscordEmulator], Plain]]:
    """`plain(emulator)`: a client without any manners."""
    async with aiohttp.ClientSession() as session:
        yield lambda emulator: Plain(emulator, session)


Plainly = Callable[[DiscordEmulator], Plain]
