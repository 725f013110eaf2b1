"""An emulated Discord, and our adapter connected to it by real sockets."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from adapters.discord.connection import DiscordConnection, connect
from adapters.discord.settings import DiscordSettings
from bot.clock import SystemClock
from bot.errors import FootnoteError
from bot.model import LaneNews, MessageRef, Place, Question
from tests.emulators.discord import Channel, DiscordEmulator, Message


@dataclass(slots=True)
class Core:
    """What the core is to a listener: it takes questions, or fails first as often as `failures` says."""

    failures: list[FootnoteError] = field(default_factory=list[FootnoteError])
    taken: asyncio.Queue[Question] = field(default_factory=asyncio.Queue[Question])
    gone: asyncio.Queue[MessageRef] = field(default_factory=asyncio.Queue[MessageRef])
    news: list[LaneNews] = field(default_factory=list[LaneNews])
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def take(self, question: Question) -> None:
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.taken.put_nowait(question)

    async def asked(self) -> Question:
        """The next question."""
        async with asyncio.timeout(5):
            return await self.taken.get()

    async def listen(self, connection: DiscordConnection) -> None:
        await connection.listen(self.take, self.gone.put_nowait, self.news.append)


@pytest.fixture
async def discord() -> AsyncGenerator[DiscordEmulator]:
    async with DiscordEmulator() as emulator:
        yield emulator


def settings_of(discord: DiscordEmulator, *guild_ids: int, content: bool = False) -> DiscordSettings:
    given = discord.settings()
    return DiscordSettings(given["DISCORD_TOKEN"], given["DISCORD_API_URL"], guild_ids, content)


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def connection(discord: DiscordEmulator) -> AsyncGenerator[DiscordConnection]:
    async with connect(settings_of(discord), SystemClock()) as connected:
        yield connected


def place_of(channel: Channel, question: Message | None = None) -> Place:
    guild = str(channel.guild.id) if channel.guild else "@me"
    return Place("discord", guild, str(channel.id), reply_to=str(question.id) if question else "")


async def slash(discord: DiscordEmulator, core: Core, text: str = "how many moons?") -> Question:
    """Let somebody use `/ask` in the general channel, as soon as it is registered."""
    await discord.until(lambda: discord.world.commands.commands)
    discord.slash(discord.general.id, discord.asker, "ask", {"question": text})
    return await core.asked()
