"""What the app is told when people do things, read from the feed; nobody has to be connected for that."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import Message, Redelivery, SlackEmulator
from tests.emulators.slack.sdk import markdown, place, post
from tests.emulators.slack.world import Timestamps

UNHEARD = Redelivery(deadline=0.0, delays=())


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(redelivery=UNHEARD) as emulator:
        yield emulator


def events(slack: SlackEmulator) -> list[dict[str, Any]]:
    return [announced.body["event"] for announced in slack.feed.announced]


def kinds(slack: SlackEmulator) -> list[tuple[str, str]]:
    return [(event["type"], event.get("subtype", "")) for event in events(slack)]


def ids(slack: SlackEmulator) -> list[str]:
    return [delivery.event_id for delivery in slack.deliveries]


async def test_a_mention_in_a_channel_of_the_bot_makes_two_events_about_one_message(slack: SlackEmulator) -> None:
    message = slack.people.mention(slack.channel, slack.user, "why?")
    assert kinds(slack) == [("app_mention", ""), ("message", "")]
    mention, plain = events(slack)
    assert mention["text"] == plain["text"] == f"<@{slack.workspace.bot.id}> why?"
    assert mention["ts"] == plain["ts"] == message.ts
    assert mention["blocks"][0]["elements"][0]["elements"][0] == {"type": "user", "user_id": slack.workspace.bot.id}
    assert plain["channel_type"] == "channel"


async def test_a_mention_where_the_bot_is_not_or_without_subscription_is_not_told() -> None:
    async with SlackEmulator(redelivery=UNHEARD, subscriptions=["app_mention"]) as slack:
        elsewhere = slack.world.add_channel("elsewhere", [slack.user], with_bot=False)
        slack.people.mention(elsewhere, slack.user, "why?")
        assert kinds(slack) == []
        slack.people.mention(slack.channel, slack.user, "why?")
        assert kinds(slack) == [("app_mention", "")]


async def test_a_direct_message_is_a_message_alone(slack: SlackEmulator) -> None:
    message = slack.people.direct_message(slack.user, f"<@{slack.workspace.bot.id}> why?")
    assert kinds(slack) == [("message", "")]
    assert events(slack)[0]["channel_type"] == "im"
    assert slack.people.direct_message(slack.user, "and?").channel_id == message.channel_id


async def test_a_reply_names_its_thread_and_who_began_it(slack: SlackEmulator) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    slack.people.mention(slack.channel, slack.user, "and?", question.ts)
    reply = events(slack)[-1]
    assert (reply["thread_ts"], reply["parent_user_id"]) == (question.ts, slack.user.id)


async def test_an_edit_tells_before_and_after(slack: SlackEmulator) -> None:
    message = slack.people.mention(slack.channel, slack.user, "why?")
    slack.people.edit(message, "why not?")
    event = events(slack)[-1]
    assert (event["subtype"], event["message"]["text"]) == ("message_changed", "why not?")
    assert event["previous_message"]["text"] == f"<@{slack.workspace.bot.id}> why?"
    assert event["message"]["edited"]["user"] == slack.user.id
    assert slack.visible(slack.channel)[0].edited


async def test_a_preview_changes_a_message_without_an_edit(slack: SlackEmulator) -> None:
    message = slack.people.mention(slack.channel, slack.user, "https://example.com")
    slack.people.unfurl(message)
    event = events(slack)[-1]
    assert event["message"]["text"] == event["previous_message"]["text"]
    assert "edited" not in event["message"]


async def test_a_deleted_message_is_told_by_its_ts(slack: SlackEmulator) -> None:
    message = slack.people.mention(slack.channel, slack.user, "why?")
    slack.people.delete(message)
    event = events(slack)[-1]
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", message.ts)
    assert event["previous_message"]["user"] == slack.user.id
    assert slack.visible(slack.channel) == []


async def test_a_deleted_question_with_answers_leaves_a_tombstone_and_is_told_as_a_change(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    answer = await post(client, slack.channel, "because", thread_ts=question.ts)
    slack.people.delete(question)
    event = events(slack)[-1]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    assert [seen.user for seen in slack.visible(slack.channel, question.ts)] == ["USLACKBOT", slack.workspace.bot.id]
    slack.people.delete(answer)
    assert events(slack)[-1]["subtype"] == "message_deleted"
    assert slack.visible(slack.channel, question.ts) == []


async def test_our_own_posts_and_edits_come_back_to_us(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel, f"<@{slack.workspace.bot.id}> I", blocks=[markdown("a")])
    await client.chat_update(**place(message), text="b", blocks=[markdown("b")])
    assert kinds(slack) == [("message", ""), ("message", "message_changed")]
    own, changed = events(slack)
    assert (own["user"], own["bot_id"]) == (slack.workspace.bot.id, slack.workspace.bot_id)
    assert changed["message"]["user"] == slack.workspace.bot.id
    assert changed["message"]["blocks"] == [markdown("b")]
    assert "user" not in changed


async def test_another_bot_that_mentions_ours_has_no_user(slack: SlackEmulator) -> None:
    slack.people.bot_says(slack.channel, "B9", f"<@{slack.workspace.bot.id}> why?", username="other")
    assert kinds(slack) == [("app_mention", "bot_message"), ("message", "bot_message")]
    assert all("user" not in event and event["bot_id"] == "B9" for event in events(slack))


async def test_an_invitation_comes_as_a_mention(slack: SlackEmulator) -> None:
    elsewhere = slack.world.add_channel("elsewhere", [slack.user], with_bot=False)
    slack.people.invite_bot(elsewhere, slack.user)
    assert kinds(slack) == [("message", "channel_join"), ("app_mention", "channel_join")]
    mention = events(slack)[-1]
    assert (mention["user"], mention["inviter"]) == (slack.user.id, slack.user.id)
    assert slack.workspace.bot.id in elsewhere.members


async def test_the_same_can_be_told_again_in_every_way_slack_does(slack: SlackEmulator) -> None:
    message = slack.people.mention(slack.channel, slack.user, "why?")
    await slack.feed.settled()
    first = ids(slack)
    slack.people.redeliver(message)
    await slack.feed.settled()
    assert ids(slack) == first * 2
    assert [delivery.attempt for delivery in slack.deliveries] == [0, 0, 1, 1]
    slack.people.again_with_other_event_id(message)
    await slack.feed.settled()
    assert len(set(ids(slack))) == 4
    assert set(first) < set(ids(slack))
    double: Message = slack.people.again_with_other_ts(message)
    assert double.ts != message.ts
    assert double.client_msg_id == message.client_msg_id


def test_no_two_messages_have_one_ts_however_close_they_are() -> None:
    timestamps = Timestamps()
    moment = datetime(2026, 1, 2, 3, 4, 5, 999_998, tzinfo=UTC)
    assert [timestamps.next(moment) for _ in range(3)] == [
        "1767323045.999998",
        "1767323045.999999",
        "1767323046.000000",
    ]


async def test_who_joins_is_announced(slack: SlackEmulator) -> None:
    newcomer = slack.world.add_user("newcomer")
    slack.people.join(slack.channel, newcomer)
    assert kinds(slack) == [("message", "channel_join")]
    assert newcomer.id in slack.channel.members
