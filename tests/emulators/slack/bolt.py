"""A real slack-bolt app that only listens, for the tests of Socket Mode and of HTTP events."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.sdk import client_of


@dataclass(slots=True)
class Listener:
    """This is what a Bolt app has heard; while `refusals` is above 0 it does not acknowledge."""

    app: AsyncApp
    refusals: int = 0
    bodies: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue[Json])
    retries: list[str] = field(default_factory=list[str])

    async def heard(self) -> Json:
        """The next event that reached a listener."""
        return (await self.bodies.get())["event"]

    async def refuse(self, req: AsyncBoltRequest, next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        self.retries += req.headers.get("x-slack-retry-num", [])
        if self.refusals > 0:
            self.refusals -= 1
            return BoltResponse(status=503)
        return await next_()


def listener(slack: SlackEmulator, session: aiohttp.ClientSession) -> Listener:
    """A Bolt app that listens to mentions, messages and buttons."""
    app = AsyncApp(client=client_of(slack, session), signing_secret=slack.app.signing_secret)
    listening = Listener(app)
    app.middleware(listening.refuse)

    async def hear(body: dict[str, Any]) -> None:
        await listening.bodies.put(body)

    async def press(ack: Callable[[], Awaitable[None]], body: dict[str, Any]) -> None:
        await ack()
        await listening.bodies.put({"event": body})

    for kind in ("app_mention", "message"):
        app.event(kind)(hear)
    app.action("stop")(press)
    return listening


@asynccontextmanager
async def connected(slack: SlackEmulator, session: aiohttp.ClientSession) -> AsyncGenerator[Listener]:
    """A Bolt app on Socket Mode."""
    listening = listener(slack, session)
    handler = AsyncSocketModeHandler(listening.app, slack.app.token, ping_interval=0.1)
    await handler.connect_async()
    try:
        await slack.socket.connected()
        yield listening
    finally:
        await handler.close_async()


@asynccontextmanager
async def serving(slack: SlackEmulator, session: aiohttp.ClientSession) -> AsyncGenerator[Listener]:
    """A Bolt app behind a request URL."""
    listening = listener(slack, session)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await listening.app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.add_routes([web.post("/slack/events", events)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield listening
    finally:
        await runner.cleanup()
