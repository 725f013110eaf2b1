"""The Perplexity engine. `connect` builds it; the two APIs are in `sonar.py` and `agent.py`, the network in `connection.py`."""

import random
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import aiohttp

from adapters.perplexity.agent import AgentWire
from adapters.perplexity.connection import Connector, Patience, first_byte_timing
from adapters.perplexity.engine import PerplexityEngine
from adapters.perplexity.retries import Retries
from adapters.perplexity.settings import PerplexitySettings, read
from adapters.perplexity.sonar import SonarWire
from bot.clock import Clock

__all__ = ["PerplexityEngine", "PerplexitySettings", "connect", "read"]


@asynccontextmanager
async def connect(
    settings: PerplexitySettings, clock: Clock, *, streaming: bool = True, chance: Callable[[], float] = random.random
) -> AsyncGenerator[PerplexityEngine]:
    """The engine with its HTTP session, which lives as long as this block; nothing is sent before the first question.

    Without `streaming` each answer comes in one piece. Proxies and certificates are those of the environment.
    """
    wire = (AgentWire if settings.api == "agent" else SonarWire)(settings, streaming=streaming)
    patience = Patience(first=settings.first_byte_timeout, idle=settings.idle_timeout)
    async with _session(settings, streaming=streaming) as session:
        connector = Connector(session, settings.base_url + wire.path, patience, clock, settings.api_key)
        yield PerplexityEngine(wire, connector, Retries(settings.max_retries), clock, chance)


def _session(settings: PerplexitySettings, *, streaming: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context()),
        timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_timeout),
        headers={
            "User-Agent": "Footnote",
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if streaming else "application/json",
            "Accept-Encoding": "identity",  # whoever compresses a stream also collects it
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_with_key(settings.api_key),),
        trace_configs=[first_byte_timing()],
        trust_env=True,
    )


def _with_key(key: str) -> aiohttp.ClientMiddlewareType:
    """What signs each request, last of all: an entry of a netrc file for the same host must not stand in its way."""

    async def sign(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.headers["Authorization"] = f"Bearer {key}"
        return await send(request)

    return sign
