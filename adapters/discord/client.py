"""How we set discord.py up: what it listens to, what it remembers (nothing), where it finds Discord, when it waits."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import discord
import yarl
from aiohttp import TraceConfig
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Ratelimit, Route
from typing_extensions import override

from adapters.discord.listener import Listener
from adapters.discord.settings import DiscordSettings

_A_MOMENT = 0.001
_MANY = 256


class Client(discord.Client):
    """This is our discord.py client: `listener` hears from the moment it is set; `greeted` is set while a session is alive."""

    def __init__(self, settings: DiscordSettings, trace: TraceConfig) -> None:
        _quiet()
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = settings.message_content
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            http_trace=trace,
            proxy=_proxy(settings.api_url),
        )
        wait_before_and_never_after(self.http)
        self.listener: Listener | None = None
        self.greeted = asyncio.Event()

    @override
    async def setup_hook(self) -> None:
        # A client of one shard never asks where the gateway is: it goes where this attribute says.
        _, url, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)

    async def on_connect(self) -> None:
        """A new session has begun."""
        self.greeted.set()

    async def on_resumed(self) -> None:
        """The session goes on."""
        self.greeted.set()

    async def on_disconnect(self) -> None:
        """The connection is lost; discord.py tries again by itself."""
        self.greeted.clear()

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote a message."""
        if self.listener is not None:
            await self.listener.message(message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Somebody deleted a message."""
        if self.listener is not None:
            self.listener.deleted(event.guild_id, event.channel_id, (event.message_id,))

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Somebody deleted many messages."""
        if self.listener is not None:
            self.listener.deleted(event.guild_id, event.channel_id, event.message_ids)


@contextmanager
def pointed_at(api_url: str) -> Generator[None]:
    """Let discord.py find Discord at this address; it keeps its addresses in two attributes of classes."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = api_url
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


def wait_before_and_never_after(http: HTTPClient) -> None:
    """Let the library's limiter hold a request back, but never its answer.

    By itself, a call that spends the last token of a bucket returns only when the window is over, although it was carried
    out long before: the message it posted could not be edited meanwhile, although edits have a budget of their own.
    """
    buckets: dict[str, Ratelimit] = {}

    def get_ratelimit(key: str) -> Ratelimit:
        if len(buckets) >= _MANY:
            for known in [known for known, bucket in buckets.items() if bucket.is_inactive()]:
                del buckets[known]
        return buckets.setdefault(key, _Prompt(http.max_ratelimit_timeout))

    http.get_ratelimit = get_ratelimit


class _Prompt(Ratelimit):
    """This is a limiter of the library that returns an answer at once, and waits for the end of a window no longer than that."""

    @override
    async def __aexit__(self, *_: object) -> None:
        self.outgoing -= 1
        free = self.remaining - self.outgoing
        if free > 0:
            self._wake(free)
        elif self.expires is None:
            self._reopen()
        else:
            self._loop.call_later(self.expires - self._loop.time() + _A_MOMENT, self._reopen)

    def _reopen(self) -> None:
        if self.expires is None or self.is_expired():
            self.reset()
            self._wake(self.remaining)

    @override
    async def _refresh(self) -> None:
        self.reset_after = max(0.0, self.expires - self._loop.time()) if self.expires else 0.0
        await super()._refresh()


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address: discord.py looks only at its own argument."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def _quiet() -> None:
    """Below WARNING the library spells out messages and tokens; its tracebacks of a network that is down help nobody."""
    logging.getLogger("discord").setLevel(logging.WARNING)
    log = logging.getLogger("discord.client")
    if not log.filters:
        log.addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.getMessage().startswith("Attempting a reconnect"):
        record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
    return "is not installed, voice" not in record.getMessage()
