"""Driving the emulator from outside, and running it alone."""

import asyncio
import signal
import sys
from typing import Any

import aiohttp

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.conftest import Connect, Plainly


async def told(emulator: DiscordEmulator, verb: str, **body: Any) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{emulator.url}/control/{verb}", json=body) as response,
    ):
        return await response.json() | {"status": response.status}


async def looked(emulator: DiscordEmulator, what: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{emulator.url}/control/{what}") as response:
        return await response.json()


async def test_somebody_outside_asks_and_reads_the_answer(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        question = await told(emulator, "mention", text="hello", user="newcomer", channel="other")
        heard = await client.heard.get()
        await heard.reply("welcome")
        await told(emulator, "reply", message=question["id"], text="and I?", user="reader")
        await told(emulator, "direct_message", text="psst")
        seen = (await looked(emulator, "messages?channel=other"))["messages"]

    assert heard.author.name == "newcomer"
    assert [(one["user"], one["text"]) for one in seen] == [
        ("newcomer", f"{emulator.world.bot.mark} hello"),
        ("footnote", "welcome"),
        ("reader", "and I?"),
    ]


async def test_what_cannot_be_is_told_and_not_done() -> None:
    async with DiscordEmulator() as emulator:
        assert (await told(emulator, "slash", command="ask"))["status"] == 400
        assert (await told(emulator, "mention", text="x", channel="nowhere"))["status"] == 400
        assert (await told(emulator, "edit", message="1", text="x"))["status"] == 400
        assert (await told(emulator, "mention"))["status"] == 400

    assert emulator.world.messages == {}


async def test_messages_threads_and_faults_are_within_reach(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        said = await told(emulator, "say", text="hello")
        await told(emulator, "edit", message=said["id"], text="hello!")
        thread = await told(emulator, "thread", name="a topic")
        await told(emulator, "fail", route="POST /channels/{channel}/messages", kind="broken", status=503)
        assert (await plain(emulator).post()).status == 503
        await told(emulator, "delete", message=said["id"])
        world = await looked(emulator, "world")
        calls = await looked(emulator, "calls")

    assert emulator.message(said["id"]).content == "hello!"
    assert emulator.message(said["id"]).deleted_at is not None
    assert world["channels"]["a topic"] == thread["id"]
    assert [one["status"] for one in calls["calls"]] == [503]


async def test_the_gateway_can_be_broken_from_outside(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        await told(emulator, "gateway", how="drop")
        await emulator.until(lambda: emulator.gateway.resumed)
        await told(emulator, "mention", text="still there?")

        assert (await client.heard.get()).content.endswith("still there?")


async def test_it_runs_alone_until_it_is_told_to_stop() -> None:
    arguments = ("-m", "tests.emulators.discord", "--port", "0")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    settings = dict[str, str]()
    while len(settings) < 2:
        name, sign, value = (await process.stdout.readline()).decode().strip().partition("=")
        if sign and name.startswith("DISCORD_"):
            settings[name] = value
    headers = {"Authorization": f"Bot {settings['DISCORD_TOKEN']}"}
    address = f"{settings['DISCORD_API_URL']}/gateway/bot"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        assert (await response.json())["url"].startswith("ws://127.0.0.1:")
    process.send_signal(signal.SIGTERM)

    assert await process.wait() == 0
