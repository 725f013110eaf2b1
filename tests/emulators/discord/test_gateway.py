"""The gateway as the real discord.py meets it."""

import asyncio

from tests.emulators.discord import DiscordEmulator, Terms
from tests.emulators.discord.conftest import Connect


async def test_a_mention_reaches_a_client_that_has_connected(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.mention(emulator.general.id, emulator.asker, "what is a snowflake?")
        message = await client.heard.get()

    assert message.content == f"<@{emulator.world.bot.id}> what is a snowflake?"
    assert message.author.name == "asker"
    assert message.channel.id == emulator.general.id


async def test_what_was_missed_while_disconnected_is_replayed_on_resume(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.mention(emulator.general.id, emulator.asker, "before")
        assert "before" in (await client.heard.get()).content
        emulator.gateway.drop()
        emulator.mention(emulator.general.id, emulator.asker, "meanwhile")

        assert "meanwhile" in (await client.heard.get()).content
        assert (emulator.gateway.identified, emulator.gateway.resumed) == (1, 1)


async def test_a_client_that_is_asked_to_reconnect_resumes(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.gateway.ask_to_reconnect()
        await emulator.until(lambda: emulator.gateway.resumed == 1)
        emulator.mention(emulator.general.id, emulator.asker, "after")

        assert "after" in (await client.heard.get()).content


async def test_a_client_whose_session_is_over_identifies_again(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.gateway.invalidate()
        await emulator.until(lambda: emulator.gateway.identified == 2)
        emulator.mention(emulator.general.id, emulator.asker, "anew")

        assert "anew" in (await client.heard.get()).content


async def test_a_connection_that_plays_dead_is_given_up_and_resumed(connect: Connect) -> None:
    terms = Terms(heartbeat_interval=0.1)
    async with DiscordEmulator(terms=terms) as emulator, connect(emulator, heartbeat_timeout=0.3) as client:
        emulator.gateway.play_dead()
        emulator.mention(emulator.general.id, emulator.asker, "unheard")

        assert "unheard" in (await asyncio.wait_for(client.heard.get(), 5)).content
        assert emulator.gateway.resumed >= 1
