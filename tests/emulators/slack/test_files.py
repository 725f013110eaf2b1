"""Files in the emulated Slack: nobody sees one before it was uploaded and shared."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import SlackEmulator


async def test_the_sdk_uploads_a_file_into_a_thread() -> None:
    async with SlackEmulator() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.workspace.token, base_url=slack.api_url, session=session)
        root = slack.people.mention(slack.channel, slack.user, "hello")
        await client.files_upload_v2(content="the rest", filename="a.md", channel=slack.channel.id, thread_ts=root.ts)
        replies = await client.conversations_replies(channel=slack.channel.id, ts=root.ts)
    (answer,) = slack.answers(root)
    assert [(file.name, file.content) for file in answer.files] == [("a.md", b"the rest")]
    messages = replies.get("messages")
    assert messages
    assert messages[-1]["files"][0]["size"] == 8


async def test_what_was_not_uploaded_or_is_shared_already_cannot_be_shared() -> None:
    async with SlackEmulator() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.workspace.token, base_url=slack.api_url, session=session)

        given = await client.files_getUploadURLExternal(filename="a.md", length=3)
        file, address = str(given["file_id"]), str(given["upload_url"])

        async def share() -> None:
            await client.files_completeUploadExternal(files=[{"id": file}], channel_id=slack.channel.id)

        for content, status in ((b"four", 400), (b"abc", 200)):
            with pytest.raises(SlackApiError, match="file_not_found"):
                await share()
            async with session.post(address, data=content) as answer:
                assert answer.status == status
        await share()
        with pytest.raises(SlackApiError, match="file_not_found"):
            await share()
    assert [message.files[0].content for message in slack.channel.messages.values()] == [b"abc"]
