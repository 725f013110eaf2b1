"""The emulator as a process of its own, driven from outside as a person would."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.sdk import post


@asynccontextmanager
async def running() -> AsyncGenerator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.emulators.slack", "--port", "0", stdout=pipe, stderr=pipe
    )
    try:
        yield process, await _settings(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _settings(process: asyncio.subprocess.Process) -> dict[str, str]:
    assert process.stdout is not None
    printed = (await process.stdout.readuntil(b"Stop:")).decode()
    return dict(re.findall(r"^(\w+)=(.*)$", printed, re.MULTILINE))


async def test_it_runs_alone_tells_its_settings_and_stops_cleanly(session: aiohttp.ClientSession) -> None:
    async with running() as (process, settings):
        url = settings["SLACK_API_URL"].removesuffix("/api/")
        async with session.post(f"{url}/control/mention", json={"text": "why?"}) as response:
            question = await response.json()
        client = AsyncWebClient(settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"], session=session)
        await client.chat_postMessage(channel=question["channel"], thread_ts=question["ts"], text="because")
        async with session.get(f"{url}/control/messages") as response:
            shown = (await response.json())["messages"]
        assert [(message["text"], message["from_bot"]) for message in shown] == [
            ("<@U0000001BOT> why?", False),
            ("because", True),
        ]
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
        assert (process.returncode, errors) == (0, b"")


async def test_messages_can_be_edited_and_deleted_from_outside(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    message = await post(client, slack.channel)
    pointer = {"channel": "general", "ts": message.ts}
    async with session.post(f"{slack.url}/control/edit", json=pointer | {"text": "new"}) as response:
        assert response.status == 200
    assert message.shown == "new"
    async with session.post(f"{slack.url}/control/delete", json=pointer) as response:
        assert response.status == 200
    assert slack.visible(slack.channel) == []


async def test_somebody_new_can_write_to_the_bot_alone(slack: SlackEmulator, session: aiohttp.ClientSession) -> None:
    speech = {"text": "why?", "user": "newcomer"}
    async with session.post(f"{slack.url}/control/direct_message", json=speech) as response:
        channel = (await response.json())["channel"]
    assert slack.world.channels[channel].kind == "im"
    assert slack.world.user("newcomer").id in slack.world.channels[channel].members


@pytest.mark.parametrize(
    ("route", "body", "status"),
    [
        ("mention", {"txt": "why?"}, 400),
        ("mention", {"text": "why?", "channel": "nowhere"}, 404),
        ("mention", {"text": "why?", "thread_ts": "1.000001"}, 404),
        ("delete", {"channel": "general", "ts": "1.000001"}, 404),
    ],
)
async def test_a_mistake_is_explained(
    slack: SlackEmulator, session: aiohttp.ClientSession, route: str, body: dict[str, str], status: int
) -> None:
    async with session.post(f"{slack.url}/control/{route}", json=body) as response:
        assert response.status == status
        assert await response.text()
