"""The Web API as the real slack_sdk sees it, and as plain HTTP sees it where encodings matter."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import (
    SCOPES,
    Breakdown,
    DropAfter,
    DropBefore,
    Latency,
    RateLimits,
    Refuse,
    SlackEmulator,
    Slow,
    Terms,
    Throttle,
)
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.sdk import client_of, markdown, place, post, refused, said

SHORT = Terms(
    rates=RateLimits(window=1.0, channel_posts_per_second=20.0, channel_post_burst=2, methods={"chat.update": 3})
)


# Posting and editing ----------------------------------------------------------------------------------------


async def test_a_post_is_seen_and_remembers_its_unfurl_flags(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel, "hello", unfurl_links=False, unfurl_media=False)
    assert [seen.text for seen in slack.visible(slack.channel)] == ["hello"]
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert (await post(client, slack.channel)).unfurl_links is None


async def test_every_version_of_a_message_is_kept_with_its_time(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel, "short", blocks=[markdown("a")])
    for text in ("a b", "a b c"):
        await client.chat_update(**place(message), text="short", blocks=[markdown(text)])
    assert [version.shown for version in message.versions] == ["a", "a b", "a b c"]
    times = [version.time for version in message.versions]
    assert times == sorted(times)
    assert not slack.visible(slack.channel)[0].edited


async def test_an_update_with_text_alone_shows_the_edited_mark(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel, blocks=[markdown("a")])
    await client.chat_update(**place(message), text="plain")
    assert slack.visible(slack.channel)[0].edited
    assert message.shown == "plain"


async def test_a_reply_stands_in_its_thread_alone(slack: SlackEmulator, client: AsyncWebClient) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    await post(client, slack.channel, "because", thread_ts=question.ts)
    assert [seen.text for seen in slack.visible(slack.channel)] == [question.shown]
    assert [seen.text for seen in slack.visible(slack.channel, question.ts)] == [question.shown, "because"]
    assert [message.text for message in slack.answers(question)] == ["because"]


async def test_a_deleted_message_is_gone_and_cannot_be_edited(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel)
    await client.chat_delete(**place(message))
    assert slack.visible(slack.channel) == []
    assert await refused(client.chat_update(**place(message), text="x")) == "message_not_found"


async def test_somebody_elses_message_cannot_be_changed(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = slack.people.say(slack.channel, slack.user, "mine")
    assert await refused(client.chat_update(**place(message), text="x")) == "cant_update_message"
    assert await refused(client.chat_delete(**place(message))) == "cant_delete_message"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C404", "text": "x"}, "channel_not_found"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "blocks": [{"type": "sparkline"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [markdown("x" * 6_001), markdown("x" * 6_000)]}, "msg_blocks_too_long"),
        ({"text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
    ],
)
async def test_posts_that_are_refused(
    slack: SlackEmulator, client: AsyncWebClient, arguments: Json, error: str
) -> None:
    message: Json = {"channel": slack.channel.id} | arguments
    assert await refused(client.chat_postMessage(**message)) == error
    assert slack.visible(slack.channel) == []


async def test_the_fallback_text_of_an_update_has_a_hard_limit(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = await post(client, slack.channel)
    await client.chat_update(**place(message), text="x" * 4_000, blocks=[markdown("x" * 12_000)])
    error = await refused(client.chat_update(**place(message), text="x" * 4_001, blocks=[markdown("x")]))
    assert error == "msg_too_long"


async def test_a_reply_to_a_question_that_was_deleted_is_refused_or_loses_its_thread() -> None:
    for terms, visible in ((Terms(), []), (Terms(orphans="unthreaded"), ["late"])):
        async with SlackEmulator(terms=terms) as slack, aiohttp.ClientSession() as session:
            question = slack.people.mention(slack.channel, slack.user, "why?")
            slack.people.delete(question)
            client = client_of(slack, session)
            call = client.chat_postMessage(channel=slack.channel.id, text="late", thread_ts=question.ts)
            if terms.orphans == "refused":
                assert await refused(call) == "thread_not_found"
            else:
                assert "thread_ts" not in (await said(call))["message"]
            assert [seen.text for seen in slack.visible(slack.channel)] == visible


async def test_an_archived_channel_a_left_channel_and_a_closed_edit_window_take_nothing(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    message = await post(client, slack.channel)
    slack.workspace.edit_window = 0.0
    assert await refused(client.chat_update(**place(message), text="x")) == "edit_window_closed"
    slack.channel.archived = True
    assert await refused(client.chat_update(**place(message), text="x")) == "is_inactive"
    assert await refused(client.chat_postMessage(channel=slack.channel.id, text="x")) == "is_archived"
    slack.channel.archived = False
    slack.people.remove_bot(slack.channel)
    assert await refused(client.chat_postMessage(channel=slack.channel.id, text="x")) == "not_in_channel"
    private = slack.world.add_channel("secret", [slack.user], kind="group", with_bot=False)
    assert await refused(client.chat_postMessage(channel=private.id, text="x")) == "channel_not_found"


async def test_an_ephemeral_message_is_no_message_to_edit(slack: SlackEmulator, client: AsyncWebClient) -> None:
    answer = await said(client.chat_postEphemeral(channel=slack.channel.id, user=slack.user.id, text="psst"))
    assert slack.visible(slack.channel) == []
    assert [(user, message.text) for user, message in slack.channel.ephemeral] == [(slack.user.id, "psst")]
    update = client.chat_update(channel=slack.channel.id, ts=answer["message_ts"], text="x")
    assert await refused(update) == "message_not_found"


# Tokens -----------------------------------------------------------------------------------------------------


async def test_tokens_open_only_what_they_are_for(slack: SlackEmulator, session: aiohttp.ClientSession) -> None:
    assert await refused(client_of(slack, session, "xoxb-wrong").auth_test()) == "invalid_auth"
    bot = client_of(slack, session)
    assert await refused(bot.apps_connections_open(app_token=slack.workspace.token)) == "not_allowed_token_type"
    assert await refused(client_of(slack, session, slack.app.token).auth_test()) == "not_allowed_token_type"
    assert (await bot.auth_test())["user_id"] == slack.workspace.bot.id
    slack.workspace.revoked = True
    assert await refused(bot.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack:
        slack.workspace.scopes = SCOPES - {"chat:write", "channels:history"}
        client = client_of(slack, session)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=slack.channel.id, text="x")
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "chat:write"
        assert await refused(client.conversations_history(channel=slack.channel.id)) == "missing_scope"


async def test_workspaces_do_not_see_each_other(slack: SlackEmulator, session: aiohttp.ClientSession) -> None:
    other = slack.world.add_workspace("other")
    elsewhere = client_of(slack, session, other.token)
    assert await refused(elsewhere.chat_postMessage(channel=slack.channel.id, text="x")) == "channel_not_found"
    assert (await elsewhere.auth_test())["team_id"] == other.id


# Encodings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["json", "form", "query", "multipart"])
async def test_every_encoding_says_the_same(
    slack: SlackEmulator, session: aiohttp.ClientSession, encoding: str
) -> None:
    plain = {"channel": slack.channel.id, "text": "hi", "unfurl_links": "false"}
    as_form = plain | {"blocks": '[{"type": "markdown", "text": "**hi**"}]'}
    nested: Json = plain | {"blocks": [markdown("**hi**")], "unfurl_links": False}
    ways: dict[str, dict[str, Any]] = {
        "json": {"json": nested},
        "form": {"data": as_form},
        "query": {"params": as_form},
        "multipart": {"data": aiohttp.FormData(as_form, default_to_multipart=True)},
    }
    headers = {"Authorization": f"Bearer {slack.workspace.token}"}
    async with session.post(f"{slack.api_url}chat.postMessage", headers=headers, **ways[encoding]) as response:
        assert (await response.json())["ok"]
    (message,) = slack.channel.messages.values()
    assert (message.text, message.blocks, message.unfurl_links) == ("hi", [markdown("**hi**")], False)


async def test_a_token_may_stand_in_a_form_but_not_in_json(
    slack: SlackEmulator, session: aiohttp.ClientSession
) -> None:
    url, token = f"{slack.api_url}auth.test", {"token": slack.workspace.token}
    async with session.post(url, data=token) as form, session.post(url, json=token) as as_json:
        assert (await form.json())["ok"]
        assert (await as_json.json())["error"] == "not_authed"


async def test_an_unknown_method_and_a_broken_body_are_named(
    slack: SlackEmulator, session: aiohttp.ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {slack.workspace.token}", "Content-Type": "application/json"}
    async with session.post(f"{slack.api_url}chat.sing", headers=headers) as response:
        assert (await response.json()) == {"ok": False, "error": "unknown_method", "req_method": "chat.sing"}
    async with session.post(f"{slack.api_url}chat.postMessage", headers=headers, data="{") as response:
        assert (await response.json())["error"] == "invalid_json"


# Reading ----------------------------------------------------------------------------------------------------


async def test_a_thread_is_read_page_by_page(slack: SlackEmulator, client: AsyncWebClient) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    for number in range(4):
        slack.people.say(slack.channel, slack.user, str(number), question.ts)
    texts: list[str] = []
    cursor = None
    while cursor != "":
        page = await said(client.conversations_replies(**place(question), limit=2, cursor=cursor))
        texts += [message["text"] for message in page["messages"]]
        cursor = page.get("response_metadata", {"next_cursor": ""})["next_cursor"]
    assert texts == [question.text, "0", "1", "2", "3"]
    missing = client.conversations_replies(channel=slack.channel.id, ts="1.000001")
    assert await refused(missing) == "thread_not_found"


async def test_history_is_newest_first_and_leaves_threads_out(slack: SlackEmulator, client: AsyncWebClient) -> None:
    first = slack.people.say(slack.channel, slack.user, "first")
    slack.people.say(slack.channel, slack.user, "reply", first.ts)
    slack.people.say(slack.channel, slack.user, "second")
    page = await said(client.conversations_history(channel=slack.channel.id))
    assert [message["text"] for message in page["messages"]] == ["second", "first"]
    assert page["messages"][1]["reply_count"] == 1
    later = await said(client.conversations_history(channel=slack.channel.id, oldest=first.ts))
    assert [message["text"] for message in later["messages"]] == ["second"]


async def test_metadata_is_kept_over_updates_and_shown_to_who_asks(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    metadata: Json = {"event_type": "answer", "event_payload": {"turn": "1", "page": 0}}
    message = await post(client, slack.channel, metadata=metadata)
    await client.chat_update(**place(message), text="new")
    (plain,) = (await said(client.conversations_history(channel=slack.channel.id)))["messages"]
    assert "metadata" not in plain
    asked = client.conversations_history(channel=slack.channel.id, include_all_metadata=True)
    assert (await said(asked))["messages"][0]["metadata"] == metadata


async def test_places_and_people_can_be_looked_up(slack: SlackEmulator, client: AsyncWebClient) -> None:
    assert (await said(client.conversations_info(channel=slack.channel.id)))["channel"]["name"] == "general"
    assert (await said(client.users_info(user=slack.user.id)))["user"]["name"] == "reader"
    assert (await said(client.team_info()))["team"]["id"] == slack.workspace.id
    assert await refused(client.users_info(user="U404")) == "user_not_found"
    opened = await said(client.conversations_open(users=slack.user.id))
    assert slack.world.channels[opened["channel"]["id"]].kind == "im"


# Around a message -------------------------------------------------------------------------------------------


async def test_a_status_shows_until_the_answer_comes(slack: SlackEmulator, client: AsyncWebClient) -> None:
    question = slack.people.mention(slack.channel, slack.user, "why?")
    thread: Json = {"channel_id": slack.channel.id, "thread_ts": question.ts}
    await client.assistant_threads_setStatus(**thread, status="is searching", loading_messages=["reading"])
    assert slack.world.status(slack.channel, question.ts) == "is searching"
    await post(client, slack.channel, "because", thread_ts=question.ts)
    assert slack.world.status(slack.channel, question.ts) == ""
    log = slack.world.statuses[slack.channel.id, question.ts]
    assert [entry.status for entry in log] == ["is searching", ""]
    wrong = client.assistant_threads_setStatus(**thread, status="x", loading_messages=["x" * 51])
    assert await refused(wrong) == "invalid_arguments"


async def test_reactions_come_and_go(slack: SlackEmulator, client: AsyncWebClient) -> None:
    message = slack.people.say(slack.channel, slack.user, "look")
    reaction: Json = {"channel": slack.channel.id, "timestamp": message.ts, "name": "eyes"}
    await client.reactions_add(**reaction)
    assert message.reactions == {"eyes": [slack.workspace.bot.id]}
    assert await refused(client.reactions_add(**reaction)) == "already_reacted"
    await client.reactions_remove(**reaction)
    assert await refused(client.reactions_remove(**reaction)) == "no_reaction"


# Budgets ----------------------------------------------------------------------------------------------------


async def test_too_many_updates_get_429_with_a_whole_number_of_seconds_and_change_nothing(
    session: aiohttp.ClientSession,
) -> None:
    async with SlackEmulator(terms=SHORT) as slack:
        client = client_of(slack, session)
        message = await post(client, slack.channel, "0")
        for number in (1, 2, 3):
            await client.chat_update(**place(message), text=str(number))
        with pytest.raises(SlackApiError) as caught:
            await client.chat_update(**place(message), text="4")
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == "1"
        assert message.shown == "3"
        assert [(throttled.method, throttled.injected) for throttled in slack.throttled] == [("chat.update", False)]


async def test_posts_of_one_channel_are_spread_out_and_other_channels_are_free(session: aiohttp.ClientSession) -> None:
    slow = Terms(rates=RateLimits(channel_posts_per_second=0.1, channel_post_burst=2))
    async with SlackEmulator(terms=slow) as slack:
        client = client_of(slack, session)
        await post(client, slack.channel)
        await post(client, slack.channel)
        assert await refused(client.chat_postMessage(channel=slack.channel.id, text="x")) == "ratelimited"
        assert 9 <= (slack.throttled[0].retry_after or 0) <= 10
        await client.chat_postMessage(channel=slack.world.add_channel("random", [slack.user]).id, text="x")


# Faults -----------------------------------------------------------------------------------------------------


async def test_a_connection_lost_after_the_effect_leaves_the_message_posted(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    slack.faults.plan("chat.postMessage", DropAfter())
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=slack.channel.id, text="landed")
    assert [seen.text for seen in slack.visible(slack.channel)] == ["landed"]
    assert slack.calls[-1].status == 0


async def test_a_connection_lost_before_the_effect_leaves_nothing(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.faults.plan("chat.postMessage", DropBefore())
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=slack.channel.id, text="lost")
    assert slack.visible(slack.channel) == []


async def test_faults_fail_as_often_as_planned_and_where_planned(slack: SlackEmulator, client: AsyncWebClient) -> None:
    first, second = await post(client, slack.channel), await post(client, slack.channel)
    slack.faults.plan("chat.update", Refuse("cant_update_message"), times=2, where={"ts": first.ts})
    await client.chat_update(**place(second), text="x")
    for _ in range(2):
        update = client.chat_update(**place(first), text="x")
        assert await refused(update) == "cant_update_message"
    await client.chat_update(**place(first), text="x")
    slack.faults.plan("chat.update", Refuse("fatal_error"), times=None)
    for _ in range(3):
        assert await refused(client.chat_update(**place(first), text="x")) == "fatal_error"
    slack.faults.clear()
    await client.chat_update(**place(first), text="x")


async def test_a_planned_429_and_a_breakdown_look_like_slacks_own(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.faults.plan("chat.postMessage", Throttle(retry_after=7))
    slack.faults.plan("chat.postMessage", Breakdown(status=503))
    with pytest.raises(SlackApiError) as throttled:
        await client.chat_postMessage(channel=slack.channel.id, text="x")
    assert throttled.value.response.headers["Retry-After"] == "7"
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel=slack.channel.id, text="x")
    assert broken.value.response.status_code == 503
    assert slack.throttled[0].injected
    assert slack.visible(slack.channel) == []


async def test_a_slow_answer_comes_after_the_effect(slack: SlackEmulator, session: aiohttp.ClientSession) -> None:
    slack.faults.plan("chat.postMessage", Slow(5.0))
    impatient = aiohttp.ClientTimeout(total=0.1)
    async with aiohttp.ClientSession(timeout=impatient) as hurried:
        with pytest.raises(TimeoutError):
            await client_of(slack, hurried).chat_postMessage(channel=slack.channel.id, text="landed")
    assert [seen.text for seen in slack.visible(slack.channel)] == ["landed"]


async def test_calls_are_logged_with_the_times_of_asking_effect_and_answer(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(latency=Latency(0.02, 0.03)) as slack:
        message = await post(client_of(slack, session), slack.channel, "hi")
        (call,) = slack.calls
        assert (call.method, call.status, call.arguments["text"]) == ("chat.postMessage", 200, "hi")
        assert call.effect >= call.asked + 0.02
        assert call.answered >= call.effect + 0.03
        assert call.asked < message.versions[0].time < call.answered
