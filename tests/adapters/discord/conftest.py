"""An emulated Discord, and our adapter connected to it by real sockets."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from adapters.discord.connection import DiscordConnection, connect
from adapters.discord.settings import DiscordSettings
from bot.clock import SystemClock
from bot.errors import FootnoteError
from bot.model import MessageRef, Place, Question
from bot.streaming.lanes import LaneNews
from tests.emulators.discord import Channel, DiscordEmulator, Message


@dataclass(slots=True)
class Core:
    """What the core is to a listener: it takes questions, or fails first as often as `failures` says."""

    failures: list[FootnoteError] = field(default_factory=list[FootnoteError])
    asked: list[Question] = field(default_factory=list[Question])
    gone: list[MessageRef] = field(default_factory=list[MessageRef])
    news: list[LaneNews] = field(default_factory=list[LaneNews])

    async def take(self, question: Question) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.asked.append(question)

    async def listen(self, connection: DiscordConnection) -> None:
        await connection.listen(self.take, self.gone.append, self.news.append)


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
