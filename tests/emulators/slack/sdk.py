"""How the tests of the emulator use the real slack_sdk: clients without retries, answers as plain JSON, refusals by name."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.emulators.slack import Channel, Message, SlackEmulator
from tests.emulators.slack.rules.rejection import Json


def client_of(slack: SlackEmulator, session: aiohttp.ClientSession, token: str = "") -> AsyncWebClient:
    return AsyncWebClient(token or slack.workspace.token, base_url=slack.api_url, session=session, retry_handlers=[])


def place(message: Message) -> Json:
    return {"channel": message.channel_id, "ts": message.ts}


def markdown(text: str) -> Json:
    return {"type": "markdown", "text": text}


async def said(call: Awaitable[AsyncSlackResponse]) -> Json:
    answer = await call
    assert isinstance(answer.data, dict)
    return answer.data


async def refused(call: Awaitable[AsyncSlackResponse]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def post(client: AsyncWebClient, channel: Channel, text: str = "hello", **more: Any) -> Message:
    answer = await said(client.chat_postMessage(channel=channel.id, text=text, **more))
    return channel.messages[answer["ts"]]
