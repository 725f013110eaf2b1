"""Socket Mode, with the real AsyncSocketModeHandler of slack-bolt, and with a bare WebSocket where Bolt would hide something."""

import asyncio
import json

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.emulators.slack import Redelivery, SlackEmulator, SocketTerms
from tests.emulators.slack.bolt import connected
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.sdk import client_of, said

QUICK = Redelivery(deadline=0.2, delays=(0.02, 0.02))


async def socket_url(slack: SlackEmulator, session: aiohttp.ClientSession) -> str:
    return str((await said(client_of(slack, session).apps_connections_open(app_token=slack.app.token)))["url"])


async def bare(slack: SlackEmulator, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(await socket_url(slack, session))
    assert (await read(socket))["type"] == "hello"
    return socket


async def read(socket: aiohttp.ClientWebSocketResponse) -> Json:
    return json.loads(await socket.receive_str(timeout=2.0))


# With Bolt --------------------------------------------------------------------------------------------------


async def test_bolt_hears_a_mention_twice_and_acknowledges_both(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, connected(slack, session) as listener:
        message = slack.people.mention(slack.channel, slack.user, "why?")
        heard = [await listener.heard(), await listener.heard()]
        await slack.feed.settled()
        assert {event["type"] for event in heard} == {"app_mention", "message"}
        assert {event["ts"] for event in heard} == {message.ts}
        assert {event["client_msg_id"] for event in heard} == {message.client_msg_id}
        assert len({delivery.event_id for delivery in slack.deliveries}) == 2
        assert all(delivery.acknowledged and delivery.attempt == 0 for delivery in slack.deliveries)


async def test_an_envelope_that_is_not_acknowledged_comes_again_as_a_retry(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack, connected(slack, session) as listener:
        listener.refusals = 2
        slack.people.direct_message(slack.user, "why?")
        assert (await listener.heard())["text"] == "why?"
        await slack.feed.settled()
        assert [delivery.attempt for delivery in slack.deliveries] == [0, 1, 2]
        assert [delivery.acknowledged for delivery in slack.deliveries] == [False, False, True]
        assert len({delivery.event_id for delivery in slack.deliveries}) == 1
        assert listener.retries == ["0", "1", "2"]


async def test_slack_gives_up_after_the_last_retry(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack, connected(slack, session) as listener:
        listener.refusals = 9
        slack.people.direct_message(slack.user, "why?")
        await slack.feed.settled()
        assert [delivery.acknowledged for delivery in slack.deliveries] == [False, False, False]


async def test_what_happens_while_nobody_is_connected_is_told_to_who_comes_in_time(
    session: aiohttp.ClientSession,
) -> None:
    async with SlackEmulator(redelivery=Redelivery(deadline=5.0)) as slack:
        slack.people.direct_message(slack.user, "anybody?")
        async with connected(slack, session) as listener:
            assert (await listener.heard())["text"] == "anybody?"


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_bolt_moves_to_a_new_connection_when_asked(session: aiohttp.ClientSession, reason: str) -> None:
    async with SlackEmulator(socket_terms=SocketTerms(grace=0.05)) as slack, connected(slack, session) as listener:
        (first,) = slack.socket.connections
        await slack.socket.ask_to_leave("warning" if reason == "warning" else "refresh_requested")
        while first in slack.socket.connections or not slack.socket.connections:
            await slack.socket.changed()
        slack.people.direct_message(slack.user, "still there?")
        assert (await listener.heard())["text"] == "still there?"
        assert slack.socket.connections[0].number == 2


async def test_bolt_comes_back_after_a_cut(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, connected(slack, session) as listener:
        slack.socket.cut()
        while [connection.number for connection in slack.socket.connections] != [2]:
            await slack.socket.changed()
        slack.people.direct_message(slack.user, "still there?")
        assert (await listener.heard())["text"] == "still there?"


async def test_bolt_leaves_a_connection_that_stops_answering_pings(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, connected(slack, session) as listener:
        slack.socket.deafen(pongs=False)
        while [connection.number for connection in slack.socket.connections] != [2]:
            await slack.socket.changed()
        slack.people.direct_message(slack.user, "still there?")
        assert (await listener.heard())["text"] == "still there?"


async def test_a_deaf_connection_looks_alive_and_delivers_nothing(session: aiohttp.ClientSession) -> None:
    once = Redelivery(deadline=0.3, delays=())
    async with SlackEmulator(redelivery=once) as slack, connected(slack, session) as listener:
        slack.socket.deafen()
        slack.people.direct_message(slack.user, "anybody?")
        await slack.feed.settled()
        assert [delivery.acknowledged for delivery in slack.deliveries] == [False]
        assert listener.bodies.empty()
        assert slack.socket.connections[0].pings >= 1


async def test_a_button_reaches_the_app_with_a_trigger_that_opens_one_view(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, connected(slack, session) as listener:
        message = slack.people.say(slack.channel, slack.user, "look")
        await listener.heard()
        trigger_id = slack.people.press(message, slack.user, "stop")
        assert (await listener.heard())["trigger_id"] == trigger_id
        client = client_of(slack, session)
        view: Json = {"trigger_id": trigger_id, "view": {"type": "modal"}}
        assert (await said(client.views_open(**view)))["view"]["type"] == "modal"
        with pytest.raises(Exception, match="exchanged_trigger_id"):
            await client.views_open(**view)


# Bare -------------------------------------------------------------------------------------------------------


async def test_an_envelope_has_all_that_slack_puts_in_it(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack:
        socket = await bare(slack, session)
        message = slack.people.direct_message(slack.user, "why?")
        first, again = await read(socket), await read(socket)
        assert (first["type"], first["accepts_response_payload"]) == ("events_api", False)
        assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert again["envelope_id"] != first["envelope_id"]
        assert again["payload"] == first["payload"]
        payload = first["payload"]
        assert (payload["team_id"], payload["api_app_id"]) == (slack.workspace.id, slack.app.id)
        assert payload["authorizations"][0]["user_id"] == slack.workspace.bot.id
        assert payload["event_id"].startswith("Ev")
        assert payload["event"]["ts"] == message.ts
        await socket.send_json({"envelope_id": again["envelope_id"]})
        await slack.feed.settled()
        assert [delivery.acknowledged for delivery in slack.deliveries] == [False, True]


async def test_each_payload_goes_to_one_of_several_connections(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=Redelivery(deadline=0.2, delays=())) as slack:
        sockets = [await bare(slack, session) for _ in range(3)]
        for number in range(3):
            slack.people.direct_message(slack.user, str(number))
        texts = [(await read(socket))["payload"]["event"]["text"] for socket in sockets]
        assert sorted(texts) == ["0", "1", "2"]
        await slack.feed.settled()


async def test_the_eleventh_connection_is_turned_away(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(socket_terms=SocketTerms(connections=1)) as slack:
        first = await bare(slack, session)
        surplus = await session.ws_connect(await socket_url(slack, session))
        assert await read(surplus) == {
            "type": "disconnect",
            "reason": "too_many_websockets",
            "debug_info": {"host": "emulated"},
        }
        assert (await surplus.receive()).type == WSMsgType.CLOSE
        await first.close()


async def test_a_connection_that_was_asked_to_leave_gets_nothing_more(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack:
        leaving, staying = await bare(slack, session), await bare(slack, session)
        await slack.socket.ask_to_leave("link_disabled", slack.socket.connections[0])
        assert (await read(leaving))["reason"] == "link_disabled"
        for number in range(2):
            slack.people.direct_message(slack.user, str(number))
        texts = [(await read(staying))["payload"]["event"]["text"] for _ in range(2)]
        assert sorted(texts) == ["0", "1"]


async def test_a_ticket_opens_one_connection_once(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack:
        url = await socket_url(slack, session)
        await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_a_connection_is_warned_and_then_refreshed(session: aiohttp.ClientSession) -> None:
    terms = SocketTerms(lifetime=0.1, refreshes=True, warning=0.05, grace=0.02)
    async with SlackEmulator(socket_terms=terms) as slack:
        socket = await bare(slack, session)
        assert [(await read(socket))["reason"] for _ in range(2)] == ["warning", "refresh_requested"]
        assert (await socket.receive()).type == WSMsgType.CLOSE
        while slack.socket.connections:
            await slack.socket.changed()


async def test_an_acknowledgement_of_nothing_and_a_message_that_is_none_are_survived(
    session: aiohttp.ClientSession,
) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack:
        socket = await bare(slack, session)
        await socket.send_str("not json")
        await socket.send_json({"envelope_id": "unknown"})
        slack.people.direct_message(slack.user, "why?")
        assert (await read(socket))["type"] == "events_api"
        assert slack.socket.connections[0].stray == ["not json"]


async def test_the_emulator_leaves_nothing_behind(session: aiohttp.ClientSession) -> None:
    before = asyncio.all_tasks()
    async with SlackEmulator() as slack:
        await bare(slack, session)
        slack.people.direct_message(slack.user, "why?")
    assert asyncio.all_tasks() == before
