"""What goes wrong between Slack and us, where the answer is not Slack's or does not come at all."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from slack_sdk.errors import SlackRequestError

from adapters.slack.connection import connect
from adapters.slack.failures import in_our_terms
from adapters.slack.settings import SlackSettings
from bot.clock import SystemClock
from bot.errors import Refused, Throttled, Unreachable
from bot.model import Page, Place
from tests.adapters.slack.conftest import Core

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

PLACE = Place("slack", "T1", "C1", thread="1.1")
WHO = {"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1"}


@asynccontextmanager
async def something_that_answers(answer: Answer) -> AsyncGenerator[SlackSettings]:
    """A server that knows who we are and answers everything else as told."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("auth.test"):
            return web.json_response(WHO)
        return await answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield SlackSettings("xoxb-1", "xapp-1", api_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api/")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="it works", content_type="text/plain"),
        web.Response(text="<html></html>", content_type="text/html"),
        web.Response(text='{"ok": tr', content_type="application/json"),
        web.Response(text="[]", content_type="application/json"),
        web.Response(text="[1]", content_type="application/json"),
        web.Response(text='{"ok": true}', content_type="application/json"),
        web.Response(text='{"ok": true, "ts": 5}', content_type="application/json"),
        web.Response(text='{"ok": false}', content_type="application/json"),
        web.Response(text='{"ok": false, "error": 5}', content_type="application/json"),
        web.Response(text="no", content_type="text/plain", status=502),
        web.Response(text="{", content_type="application/json", status=503),
    ],
    ids=lambda answer: f"{answer.status} {answer.content_type} {answer.text}",
)
async def test_an_answer_that_is_not_slacks_leaves_it_open_what_was_done(answer: web.Response) -> None:
    async def answered(_: web.Request) -> web.StreamResponse:
        return answer

    async with something_that_answers(answered) as settings, connect(settings, SystemClock()) as connection:
        with pytest.raises(Unreachable) as unreachable:
            await connection.platform.messenger.post(PLACE, Page("one", "one"))
    assert unreachable.value.uncertain


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "2.5"}, 2.5), ({"Retry-After": "soon"}, 5.0), ({"Retry-After": "-1"}, 0.0)],
)
async def test_a_429_counts_whoever_says_it(headers: dict[str, str], seconds: float) -> None:
    async def throttled(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, text="slow down", headers=headers)

    async with something_that_answers(throttled) as settings, connect(settings, SystemClock()) as connection:
        with pytest.raises(Throttled) as error:
            await connection.platform.messenger.post(PLACE, Page("one", "one"))
    assert error.value.retry_after == seconds


async def test_all_calls_share_one_connection() -> None:
    peers: set[object] = set()

    async def noted(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({"ok": True, "ts": "1.2"})

    async with something_that_answers(noted) as settings, connect(settings, SystemClock()) as connection:
        for body in ("one", "two", "three"):
            await connection.platform.messenger.post(PLACE, Page(body, body))
    assert len(peers) == 1


async def test_a_proxy_of_the_environment_is_not_asked_for_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    async def fine(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "ts": "1.2"})

    async with something_that_answers(fine) as settings, connect(settings, SystemClock()) as connection:
        assert (await connection.platform.messenger.post(PLACE, Page("one", "one"))).id == "1.2"


async def test_a_server_that_is_not_there_certainly_got_nothing() -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        raise AssertionError

    async with something_that_answers(never) as settings:
        pass
    with pytest.raises(Unreachable) as unreachable:
        async with connect(settings, SystemClock()):
            pass
    assert not unreachable.value.uncertain


async def test_a_line_on_which_slack_says_nothing_is_not_called_connected(core: Core) -> None:
    opened = asyncio.Event()

    async def mute(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("apps.connections.open"):
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        opened.set()
        await socket.receive()
        return socket

    async with something_that_answers(mute) as settings, connect(settings, SystemClock()) as connection:
        await connection.listen(core.take, core.heard_gone, core.heard)
        await opened.wait()
        assert not connection.connected()


def test_a_timeout_leaves_it_open_what_was_done() -> None:
    with pytest.raises(Unreachable) as unreachable, in_our_terms():
        raise TimeoutError
    assert unreachable.value.uncertain


def test_what_the_sdk_itself_refuses_is_refused() -> None:
    with pytest.raises(Refused), in_our_terms():
        raise SlackRequestError("no")


def test_a_mistake_of_ours_is_not_taken_for_slacks() -> None:
    with pytest.raises(AttributeError), in_our_terms():
        raise AttributeError("no such attribute", name="get", obj=None)
