"""How questions reach us: over Socket Mode and over HTTP, acknowledged only once they are stored."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.connection import SlackConnection, connect
from adapters.slack.listener import Listener
from adapters.slack.sdk import web_client
from adapters.slack.settings import SlackSettings
from adapters.slack.socket import SocketLine
from adapters.slack.translate import Identity
from bot.clock import SystemClock
from bot.errors import StoreUnavailable
from bot.model import MessageRef, Page, Question
from tests.adapters.slack.conftest import Core, http_settings_of, place_of, settings_of
from tests.adapters.slack.test_translate import recorded
from tests.emulators.slack import SlackEmulator


@asynccontextmanager
async def listening(slack: SlackEmulator, core: Core, settings: SlackSettings) -> AsyncGenerator[SlackConnection]:
    """Our adapter, hearing what happens in the emulated Slack."""
    async with connect(settings, SystemClock()) as connection:
        await connection.listen(core.take, core.heard_gone, core.heard)
        if settings.app_token:
            await slack.socket.connected()
        else:
            slack.app.request_url = f"http://127.0.0.1:{connection.http_port}/slack/events"
        yield connection


@pytest.fixture(params=[settings_of, http_settings_of], ids=["socket", "http"])
async def connection(
    request: pytest.FixtureRequest, slack: SlackEmulator, core: Core
) -> AsyncGenerator[SlackConnection]:
    """Over both ways."""
    settings_for: Callable[[SlackEmulator], SlackSettings] = request.param
    async with listening(slack, core, settings_for(slack)) as connected:
        yield connected


async def test_a_mention_is_one_question_although_it_comes_many_times(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    message = slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    slack.people.redeliver(message)
    slack.people.again_with_other_event_id(message)
    slack.people.again_with_other_ts(message)
    await slack.feed.settled()
    assert len(core.asked) > 1
    (question,) = core.answered()
    assert question.text == "how many moons has Mars?"
    assert question.asker == slack.user.id
    assert question.place == place_of(message)
    assert question.message == message.ts
    assert all(delivery.acknowledged for delivery in slack.deliveries)


async def test_a_direct_message_is_a_question(slack: SlackEmulator, core: Core, connection: SlackConnection) -> None:
    message = slack.people.direct_message(slack.user, "how many moons has Mars?")
    await slack.feed.settled()
    (question,) = core.asked
    assert question.place == place_of(message)


async def test_what_is_not_stored_is_not_acknowledged_and_comes_again(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    core.failures += [StoreUnavailable("locked"), StoreUnavailable("locked")]
    slack.app.subscriptions = frozenset({"app_mention"})
    slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    if not slack.app.request_url:
        slack.socket.deadline = 0.05  # Socket Mode has no way to say no: Slack waits in vain
    await slack.feed.settled()
    assert [delivery.acknowledged for delivery in slack.deliveries] == [False, False, True]
    assert len(core.asked) == 1


async def test_what_is_no_question_is_acknowledged_at_once(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    slack.people.say(slack.channel, slack.user, "good morning")
    slack.people.bot_says(slack.channel, "B0000000099", f"<@{slack.workspace.bot.id}> hello")
    slack.people.invite_bot(slack.world.add_channel("other", [slack.user], with_bot=False), slack.user)
    await slack.feed.settled()
    assert core.attempts == 0
    assert len(slack.deliveries) >= 3
    assert all(delivery.acknowledged and delivery.attempt == 0 for delivery in slack.deliveries)


async def test_our_own_answers_and_edits_are_not_questions(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    message = slack.people.direct_message(slack.user, "how many moons has Mars?")
    answer = await connection.platform.messenger.post(place_of(message), Page("Two.", "Two."))
    await connection.platform.messenger.edit(answer, Page("Two moons.", "Two moons."))
    await slack.feed.settled()
    assert [question.message for question in core.asked] == [message.ts]
    assert core.gone == []


async def test_an_edited_question_is_not_asked_again(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    message = slack.people.mention(slack.channel, slack.user, "how many mons has Mars?")
    slack.people.edit(message, f"<@{slack.workspace.bot.id}> how many moons has Mars?")
    await slack.feed.settled()
    assert [question.text for question in core.answered()] == ["how many mons has Mars?"]


async def test_a_deleted_answer_is_noticed(slack: SlackEmulator, core: Core, connection: SlackConnection) -> None:
    message = slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    answer = await connection.platform.messenger.post(place_of(message), Page("Two.", "Two."))
    slack.people.delete(slack.channel.messages[answer.id])
    await slack.feed.settled()
    assert core.gone == [answer]


async def test_a_deleted_question_is_noticed_with_or_without_an_answer(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    first = slack.people.mention(slack.channel, slack.user, "one?")
    second = slack.people.mention(slack.channel, slack.user, "two?")
    await connection.platform.messenger.post(place_of(second), Page("Two.", "Two."))
    slack.people.delete(first)
    slack.people.delete(second)
    await slack.feed.settled()
    expected = {MessageRef(place_of(message), message.ts) for message in (first, second)}
    assert set(core.gone) == expected


async def test_what_cannot_be_read_is_dropped_and_not_sent_again(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    slack.feed.announce({"type": "app_mention", "channel": slack.channel.id}, slack.channel, "")
    await slack.feed.settled()
    assert [delivery.acknowledged for delivery in slack.deliveries] == [True]
    assert core.attempts == 0


async def test_who_stops_listening_hears_nothing_but_can_still_write(
    slack: SlackEmulator, core: Core, connection: SlackConnection
) -> None:
    await connection.stop_listening()
    assert not connection.connected()
    slack.socket.deadline = slack.http.deadline = 0.05
    message = slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    await slack.feed.settled()
    assert core.attempts == 0
    await connection.platform.messenger.post(place_of(message), Page("Two.", "Two."))
    assert [answer.text for answer in slack.answers(message)] == ["Two."]


async def test_it_is_connected_only_while_it_listens(slack: SlackEmulator, core: Core) -> None:
    async with connect(settings_of(slack), SystemClock()) as connection:
        assert not connection.connected()
        await connection.listen(core.take, core.heard_gone, core.heard)
        await until(connection.connected)
    assert not connection.connected()


async def test_slacks_own_warning_is_acknowledged_and_told_to_the_operator(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(Identity("T0000000001", "U000000BOT", "B0000000001"), core.take, core.heard_gone)
    body = {"type": "app_rate_limited", "team_id": "T0000000001", "minute_rate_limited": 1700000000}
    response = await listener.app(signing_secret="").async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert response.status == 200
    assert "30,000" in caplog.text


# Patience ---------------------------------------------------------------------------------------------------


async def test_a_slow_take_is_not_acknowledged_but_goes_on() -> None:
    stored = asyncio.Event()
    taken: list[Question] = []

    async def take(question: Question) -> None:
        await stored.wait()
        taken.append(question)

    def gone(_: MessageRef) -> None: ...

    listener = Listener(Identity("T0000000001", "U000000BOT", "B0000000001"), take, gone, patience=0.01)
    app = listener.app(signing_secret="")
    request = AsyncBoltRequest(mode="socket_mode", body=recorded("app_mention"))
    assert (await app.async_dispatch(request)).status == 503
    stored.set()
    await listener.drained(1.0)
    assert len(taken) == 1


async def test_a_slow_take_that_fails_in_the_end_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    failing = asyncio.Event()

    async def take(_: Question) -> None:
        await failing.wait()
        raise StoreUnavailable("locked")

    def gone(_: MessageRef) -> None: ...

    listener = Listener(Identity("T0000000001", "U000000BOT", "B0000000001"), take, gone, patience=0.01)
    request = AsyncBoltRequest(mode="socket_mode", body=recorded("app_mention"))
    assert (await listener.app(signing_secret="").async_dispatch(request)).status == 503
    failing.set()
    await listener.drained(1.0)
    assert "locked" in caplog.text


# Socket Mode ------------------------------------------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; Slack's greeting and ours travel on different wires."""
    async with asyncio.timeout(5):
        while not condition():
            await SystemClock().sleep(0.005)


async def test_a_question_asked_while_the_connection_is_renewed_arrives(slack: SlackEmulator, core: Core) -> None:
    async with listening(slack, core, settings_of(slack)) as connection:
        (first,) = slack.socket.connections
        await slack.socket.ask_to_leave("refresh_requested")
        slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
        await slack.feed.settled()
        assert len(core.answered()) == 1
        await until(connection.connected)
        assert all(each is not first for each in slack.socket.connections)


async def test_a_warning_renews_the_connection_without_a_lost_question(slack: SlackEmulator, core: Core) -> None:
    async with listening(slack, core, settings_of(slack)) as connection:
        await until(connection.connected)
        await slack.socket.ask_to_leave("warning")
        for number in range(5):
            slack.people.direct_message(slack.user, f"question {number}?")
        slack.socket.deadline = 0.2
        await slack.feed.settled()
        assert {question.text for question in core.answered()} == {f"question {number}?" for number in range(5)}
        await until(connection.connected)


async def test_a_line_that_was_cut_is_not_called_connected_and_comes_back(slack: SlackEmulator, core: Core) -> None:
    identity = Identity(slack.workspace.id, slack.workspace.bot.id, slack.workspace.bot_id)
    listener = Listener(identity, core.take, core.heard_gone)
    async with aiohttp.ClientSession() as session:
        client = web_client(settings_of(slack), session)
        line = SocketLine(listener.app(signing_secret=""), client, slack.app.token, ping_interval=0.05)
        await line.open()
        await until(line.connected)
        slack.socket.cut()
        await until(lambda: not line.connected())
        slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
        await until(line.connected)
        await slack.feed.settled()
        await line.close()
    assert len(core.answered()) == 1


async def test_a_slack_that_does_not_say_goodbye_cannot_hold_us(slack: SlackEmulator, core: Core) -> None:
    async with listening(slack, core, settings_of(slack)) as connection:
        slack.socket.deafen(pongs=False)
        async with asyncio.timeout(5):
            await connection.stop_listening()


# HTTP -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def door(slack: SlackEmulator, core: Core) -> AsyncGenerator[str]:
    async with listening(slack, core, http_settings_of(slack)):
        yield slack.app.request_url


async def test_slack_can_verify_the_address(slack: SlackEmulator, door: str) -> None:
    assert await slack.http.verify()


async def test_a_delivery_that_slack_did_not_sign_is_refused(slack: SlackEmulator, core: Core, door: str) -> None:
    slack.http.secret = "another secret"
    slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    await slack.feed.settled()
    assert {delivery.outcome.status for delivery in slack.deliveries if delivery.outcome} == {401}
    assert core.attempts == 0


async def test_a_delivery_that_was_recorded_earlier_is_refused(slack: SlackEmulator, core: Core, door: str) -> None:
    slack.http.skew = -600
    slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    await slack.feed.settled()
    assert {delivery.outcome.status for delivery in slack.deliveries if delivery.outcome} == {401}
    assert core.attempts == 0


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=0"}, b"{}", 401),
        ({"X-Slack-Request-Timestamp": "2000000000", "X-Slack-Signature": "v0=0"}, b"\xff", 401),
        ({"X-Slack-Request-Timestamp": "0", "X-Slack-Signature": "v0=\xe4"}, b"[" * 100_000, 401),
    ],
)
async def test_a_stranger_gets_nothing(door: str, headers: dict[str, str], body: bytes, status: int) -> None:
    async with aiohttp.ClientSession() as session, session.post(door, data=body, headers=headers) as response:
        assert response.status == status


async def test_a_stranger_cannot_send_more_than_a_mebibyte(door: str) -> None:
    flood = io.BytesIO(b"x" * (1024 * 1024 + 1))
    async with aiohttp.ClientSession() as session, session.post(door, data=flood) as response:
        assert response.status == 413


@pytest.mark.parametrize("body", [b"not json", b"{", b"\xff\xfe"])
async def test_a_signed_body_that_is_no_event_does_no_harm(slack: SlackEmulator, door: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json", **slack.http._signed(body)}
    async with aiohttp.ClientSession() as session, session.post(door, data=body, headers=headers) as response:
        assert response.status in {400, 401, 404}


@pytest.mark.parametrize("path", ["/", "/slack", "/healthz", "/slack/install"])
async def test_nothing_else_is_served(door: str, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(door.replace("/slack/events", path)) as response:
        assert response.status == 404


async def test_the_door_is_closed_at_the_end(slack: SlackEmulator, core: Core) -> None:
    async with listening(slack, core, http_settings_of(slack)):
        pass
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.post(slack.app.request_url)
