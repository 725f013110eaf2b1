"""Slack's native streaming, driven by the real `chat_stream` helper of slack_sdk."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import Message, Sizes, SlackEmulator, Terms
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.sdk import client_of, refused, said


def start_of(slack: SlackEmulator, question: Message) -> Json:
    return {
        "channel": question.channel_id,
        "thread_ts": question.ts,
        "recipient_team_id": slack.workspace.id,
        "recipient_user_id": slack.user.id,
    }


async def test_the_helper_streams_an_answer_and_a_footer(slack: SlackEmulator, client: AsyncWebClient) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    words = [f"word{number} " for number in range(60)]
    stream = await client.chat_stream(**start_of(slack, question), buffer_size=40)
    for word in words:
        await stream.append(markdown_text=word)
    footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": "1. source"}]}
    await stream.stop(markdown_text="the end", blocks=[footer])
    (answer,) = slack.answers(question)
    assert answer.ts == stream.ts
    assert answer.text == "".join(words) + "the end"
    assert answer.shown == "".join(words) + "the end\n\n1. source"
    assert len(answer.versions) > 5
    assert [call.method for call in slack.calls[:2]] == ["chat.startStream", "chat.appendStream"]


async def test_who_is_not_the_recipient_sees_the_first_part_until_the_end(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    other = slack.world.add_user("other")
    question = slack.people.mention(slack.channel, slack.user, "why?")
    stream = await client.chat_stream(**start_of(slack, question), buffer_size=1)
    await stream.append(markdown_text="first ")
    await stream.append(markdown_text="second ")
    (answer,) = slack.answers(question)
    assert answer.shown_to(slack.user.id) == "first second "
    assert answer.shown_to(other.id) == "first "
    assert slack.visible(slack.channel, question.ts, reader=other.id)[-1].text == "first "
    await stream.stop()
    assert answer.shown_to(other.id) == "first second "


async def test_an_open_stream_cannot_be_updated_and_a_closed_one_cannot_grow(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    answer = await said(client.chat_startStream(**start_of(slack, question), markdown_text="a"))
    message: Json = {"channel": slack.channel.id, "ts": answer["ts"]}
    assert await refused(client.chat_update(**message, text="x")) == "streaming_state_conflict"
    mixed = client.chat_appendStream(**message, chunks=[{"type": "markdown_text", "text": "b"}])
    assert await refused(mixed) == "streaming_mode_mismatch"
    await client.chat_stopStream(**message)
    for late in (client.chat_appendStream(**message, markdown_text="x"), client.chat_stopStream(**message)):
        assert await refused(late) == "message_not_in_streaming_state"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
    assert await refused(client.chat_update(**message, text="x", blocks=[block])) == "block_mismatch"
    await client.chat_update(**message, text="x", blocks=[{"type": "markdown", "text": "rescued"}])
    assert slack.answers(question)[0].shown == "rescued"


async def test_outside_direct_messages_a_stream_needs_a_recipient(slack: SlackEmulator, client: AsyncWebClient) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    start: Json = {"channel": slack.channel.id, "thread_ts": question.ts, "markdown_text": "a"}
    assert await refused(client.chat_startStream(**start)) == "missing_recipient_team_id"
    team: Json = {"recipient_team_id": slack.workspace.id}
    assert await refused(client.chat_startStream(**start, **team)) == "missing_recipient_user_id"
    asked = slack.people.direct_message(slack.user, "why?")
    await client.chat_startStream(channel=asked.channel_id, thread_ts=asked.ts, markdown_text="a")


async def test_a_stream_ends_by_itself_and_has_a_greatest_length() -> None:
    terms = Terms(stream_lifetime=0.0, sizes=Sizes(stream=20))
    async with SlackEmulator(terms=terms) as slack, aiohttp.ClientSession() as session:
        client = client_of(slack, session)
        question = slack.people.mention(slack.channel, slack.user, "why?")
        start = start_of(slack, question)
        assert await refused(client.chat_startStream(**start, markdown_text="x" * 21)) == "msg_too_long"
        answer = await said(client.chat_startStream(**start, markdown_text="x" * 20))
        late = client.chat_appendStream(channel=slack.channel.id, ts=answer["ts"], markdown_text="x")
        assert await refused(late) == "message_not_in_streaming_state"
