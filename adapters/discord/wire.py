"""Looks at every answer of Discord before discord.py does, through aiohttp's trace hooks.

Rate-limit headers become news of a lane. An answer that discord.py would sleep over and repeat by itself (429, 5xx) becomes
an error at once: the scheduler decides what is worth repeating, and when. The hooks see the bot's own routes and those of
interactions, which discord.py sends by two different clients over one session.
"""

from http import HTTPStatus
from types import SimpleNamespace

import msgspec
from aiohttp import (
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestStartParams,
)
from yarl import URL

from adapters.discord.failures import Broken, SlowDown
from adapters.discord.headers import lane_name, news
from adapters.discord.routes import Routes
from bot.ports import Heard

_CALL = ClientTimeout(total=20, connect=5)
_BAN_SECONDS = 60.0
_BROKEN_FROM = 500


class _Told(msgspec.Struct):
    retry_after: float
    everywhere: bool = msgspec.field(name="global", default=False)


class Wire:
    """This is the observer of one client's requests; `heard` is told the news from the moment it is set."""

    def __init__(self, api_url: str, routes: Routes, call: ClientTimeout = _CALL) -> None:
        self.heard: Heard | None = None
        self._api = URL(api_url)
        self._routes = routes
        self._call = call

    def trace(self) -> TraceConfig:
        """The hooks for a session."""
        hooks = TraceConfig()
        hooks.on_request_start.append(self._asked)
        hooks.on_request_end.append(self._answered)
        return hooks

    async def _asked(self, session: ClientSession, _: SimpleNamespace, __: TraceRequestStartParams) -> None:
        # discord.py makes the session and gives nobody a say in it: a request would hang for aiohttp's five minutes.
        session._timeout = self._call  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - there is no public way

    async def _answered(self, _: ClientSession, __: SimpleNamespace, params: TraceRequestEndParams) -> None:
        path = self._path(params.url)
        if path is None:
            return
        response = params.response
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise await _slow_down(response)
        if response.status >= _BROKEN_FROM:
            raise Broken(f"HTTP {response.status}")
        if response.status == HTTPStatus.OK and response.content_type != "application/json":
            raise Broken("not from Discord")  # somebody between us and Discord
        name = lane_name(params.method, path, self._routes.interaction_of)
        found = news(name, response.headers) if name else None
        if found is not None and self.heard is not None:
            self.heard(found)

    def _path(self, url: URL) -> str | None:
        """The path below the address of the API; None for anything else, such as the gateway."""
        if url.origin() != self._api.origin() or not url.path.startswith(self._api.path):
            return None
        return url.path.removeprefix(self._api.path)


async def _slow_down(response: ClientResponse) -> SlowDown:
    """A 429 without `Via`, or without JSON, is Cloudflare's ban of our address: it names no time."""
    if "Via" not in response.headers:
        return SlowDown(_BAN_SECONDS, everywhere=True)
    try:
        told = msgspec.json.decode(await response.read(), type=_Told)
    except msgspec.DecodeError:
        return SlowDown(_BAN_SECONDS, everywhere=True)
    return SlowDown(max(told.retry_after, 0.0), everywhere=told.everywhere)
