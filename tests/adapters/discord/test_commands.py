"""`/ask` is registered where it should be, and only when Discord's copy differs."""

import asyncio

import pytest

from adapters.discord.connection import DiscordConnection, connect
from bot.clock import SystemClock
from tests.adapters.discord.conftest import Core, settings_of
from tests.emulators.discord import Broken, DiscordEmulator, Refuse
from tests.emulators.discord.rules import refusals

PUT = "PUT /applications/{application}/commands"


def puts(discord: DiscordEmulator) -> int:
    return sum(call.method == "PUT" for call in discord.calls)


def gets(discord: DiscordEmulator) -> int:
    return sum(call.method == "GET" and "commands" in call.route for call in discord.calls)


async def start(discord: DiscordEmulator, core: Core, *guild_ids: int) -> None:
    """Run a bot until it has looked after its commands."""
    async with connect(settings_of(discord, *guild_ids), SystemClock()) as connection:
        await core.listen(connection)
        assert connection._registering is not None
        await connection._registering


async def test_the_command_is_registered_for_all_servers_once(discord: DiscordEmulator, core: Core) -> None:
    for _ in range(2):
        await start(discord, core)
    assert puts(discord) == 1
    (command,) = discord.world.commands.of(None)
    assert command.body.name == "ask"
    assert (command.body.contexts, command.body.integration_types) == ([0, 1], [0])
    (option,) = command.body.options
    assert (option["name"], option["required"], option["min_length"], option["max_length"]) == (
        "question",
        True,
        1,
        6000,
    )


async def test_a_copy_that_differs_is_replaced(discord: DiscordEmulator, core: Core) -> None:
    await start(discord, core)
    (command,) = discord.world.commands.of(None)
    command.body.options[0]["max_length"] = 100
    await start(discord, core)
    assert puts(discord) == 2
    assert discord.world.commands.of(None)[0].body.options[0]["max_length"] == 6000


async def test_named_servers_get_copies_of_their_own(discord: DiscordEmulator, core: Core) -> None:
    for _ in range(2):
        await start(discord, core, discord.guild.id)
    assert puts(discord) == 1
    assert [command.guild for command in discord.world.commands.commands] == [discord.guild.id]


async def test_a_command_of_a_single_server_is_answered(discord: DiscordEmulator, core: Core) -> None:
    async with connect(settings_of(discord, discord.guild.id), SystemClock()) as connection:
        await core.listen(connection)
        await discord.until(lambda: discord.world.commands.commands)
        discord.slash(discord.general.id, discord.asker, "ask", {"question": "why?"})
        assert (await core.asked()).text == "why?"


@pytest.mark.parametrize("fault", [Broken(500), Refuse(refusals.DAILY_COMMANDS), Refuse(refusals.INVALID_FORM)])
async def test_a_failure_is_logged_and_mentions_still_work(
    discord: DiscordEmulator,
    core: Core,
    connection: DiscordConnection,
    caplog: pytest.LogCaptureFixture,
    fault: Broken | Refuse,
) -> None:
    discord.fail(PUT, fault)
    await core.listen(connection)
    discord.mention(discord.general.id, discord.asker, "how many?")
    await core.asked()
    async with asyncio.timeout(5):
        while "could not register /ask" not in caplog.text:
            await SystemClock().sleep(0.005)


async def test_a_reconnect_registers_nothing(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    await core.listen(connection)
    await discord.until(lambda: discord.world.commands.commands)
    discord.gateway.ask_to_reconnect()
    await discord.until(lambda: discord.gateway.resumed)
    assert (gets(discord), puts(discord)) == (1, 1)
