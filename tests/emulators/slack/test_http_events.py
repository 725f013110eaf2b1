"""Events over HTTP, taken by a real Bolt app that checks the signature itself."""

import aiohttp
import pytest
from aiohttp import web

from tests.emulators.slack import Redelivery, SlackEmulator
from tests.emulators.slack.bolt import serving
from tests.emulators.slack.http_events import signature

QUICK = Redelivery(deadline=0.3, delays=(0.01, 0.02, 0.03))
ONCE = Redelivery(deadline=0.3, delays=())


async def test_bolt_accepts_what_is_signed(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, serving(slack, session) as listener:
        message = slack.people.mention(slack.channel, slack.user, "why?")
        heard = [await listener.heard(), await listener.heard()]
        await slack.feed.settled()
        assert {event["type"] for event in heard} == {"app_mention", "message"}
        assert {event["ts"] for event in heard} == {message.ts}
        assert [delivery.outcome.status for delivery in slack.deliveries if delivery.outcome] == [200, 200]


async def test_bolt_refuses_a_wrong_secret_and_an_old_signature(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=ONCE) as slack, serving(slack, session) as listener:
        slack.http.secret = "another secret"
        slack.people.direct_message(slack.user, "forged")
        await slack.feed.settled()
        slack.http.secret, slack.http.skew = "", -301
        slack.people.direct_message(slack.user, "replayed")
        await slack.feed.settled()
        assert [delivery.outcome.status for delivery in slack.deliveries if delivery.outcome] == [401, 401]
        assert listener.bodies.empty()


async def test_the_request_url_proves_itself(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, serving(slack, session):
        assert await slack.http.verify()
        slack.http.secret = "another secret"
        assert not await slack.http.verify()


async def test_an_error_is_retried_with_its_number_and_reason(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator(redelivery=QUICK) as slack, serving(slack, session) as listener:
        listener.refusals = 2
        slack.people.direct_message(slack.user, "why?")
        assert (await listener.heard())["text"] == "why?"
        await slack.feed.settled()
        outcomes = [delivery.outcome for delivery in slack.deliveries]
        assert [outcome.reason for outcome in outcomes if outcome] == ["http_error", "http_error", ""]
        assert listener.retries == ["1", "2"]


async def test_a_button_is_posted_as_a_form(session: aiohttp.ClientSession) -> None:
    async with SlackEmulator() as slack, serving(slack, session) as listener:
        message = slack.people.say(slack.channel, slack.user, "look")
        await listener.heard()
        slack.people.press(message, slack.user, "stop")
        assert (await listener.heard())["actions"][0]["action_id"] == "stop"


@pytest.mark.parametrize(
    ("status", "headers", "attempts", "reason"),
    [
        (500, {}, 4, "http_error"),
        (500, {"X-Slack-No-Retry": "1"}, 1, "http_error"),
        (302, {"Location": "/slack/events"}, 4, "too_many_redirects"),
        (0, {}, 4, "connection_failed"),
    ],
)
async def test_slack_gives_up_after_three_retries_or_when_told_to(
    status: int, headers: dict[str, str], attempts: int, reason: str
) -> None:
    seen: list[str] = []

    async def events(request: web.Request) -> web.Response:
        seen.append(request.headers.get("X-Slack-Retry-Reason", ""))
        if not status and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 200, headers=headers)

    server = web.Application()
    server.add_routes([web.route("*", "/slack/events", events)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    async with SlackEmulator(redelivery=QUICK, request_url=url) as slack:
        slack.people.direct_message(slack.user, "why?")
        await slack.feed.settled()
        assert [delivery.acknowledged for delivery in slack.deliveries] == [False] * attempts
        assert {delivery.outcome.reason for delivery in slack.deliveries if delivery.outcome} == {reason}
        assert (seen[-1] == reason) == (attempts > 1)
    await runner.cleanup()


def test_the_signature_is_that_of_slacks_own_example() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body) == expected
