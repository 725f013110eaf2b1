"""One request over aiohttp and the bytes that come back: patience, faults of the network in our terms, closing.

What the bytes mean is not known here. Nothing of a body gets further than a debug log, and there without the key.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

import aiohttp

from adapters.perplexity.faults import refusal, seconds_to_wait
from adapters.perplexity.settings import PerplexitySettings
from bot.clock import Clock
from bot.errors import EngineCutOff, EngineFailed, EngineGarbled, EngineSilent, EngineUnreachable

LARGEST_DOCUMENT: Final = 16 * 1024 * 1024
_LARGEST_REFUSAL: Final = 16 * 1024
_LOGGED: Final = 500
_FIRST_ERROR: Final = 300

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """This is how long is waited, in seconds: for the first event once connected, for each further one, for the last words.

    `ending` is what a complete answer is given to say what it may still say: its sources, its cost.
    """

    first: float
    idle: float
    ending: float = 0.5


class Incoming:
    """This is the body of one response, as it comes in."""

    def __init__(self, content: aiohttp.StreamReader, patience: Patience, deadline: float | None) -> None:
        self._content = content
        self._patience = patience
        self._deadline = deadline
        self._seconds = patience.first
        self._started = False
        self._failure: EngineFailed | None = None

    def heard(self, *, ending: bool = False) -> None:
        """Note that something has come that counts: it is the pause after it that matters now.

        `ending`: the answer is complete, so what may follow must follow soon.
        """
        self._started = True
        self._seconds = self._patience.ending if ending else self._patience.idle
        self._deadline = asyncio.get_running_loop().time() + self._seconds

    async def next(self) -> bytes:
        """The bytes that have come, b"" at the end; raises `EngineFailed`."""
        if self._failure is not None:
            raise self._failure
        try:
            with _in_our_terms(self._seconds, started=self._started):
                async with asyncio.timeout_at(self._deadline):
                    return await self._content.readany()
        except EngineCutOff as failure:
            self._failure = failure
            left = _left_behind(self._content)
            if not left:
                raise
            return left

    async def rest(self, begun: bytes) -> bytes:
        """Everything to the end of the body, `begun` included; raises `EngineFailed`."""
        parts, size = [begun], len(begun)
        while received := await self.next():
            self.heard()
            parts.append(received)
            size += len(received)
            if size > LARGEST_DOCUMENT:
                raise EngineGarbled(f"a body of more than {LARGEST_DOCUMENT} bytes")
        return b"".join(parts)


class Connector:
    """This is the way to one address of the engine, for all answers, over one shared session."""

    def __init__(self, session: aiohttp.ClientSession, url: str, patience: Patience, clock: Clock, key: str) -> None:
        self._session = session
        self._url = url
        self._patience = patience
        self._clock = clock
        self._key = key

    @asynccontextmanager
    async def post(self, body: bytes) -> AsyncGenerator[Incoming]:
        """Send a request and hand out what comes back; leaving closes the connection unless its answer was read to the end.

        Raises `EngineFailed`, also for what HTTP refuses.
        """
        timer = asyncio.timeout(None)

        def connected() -> None:
            timer.reschedule(asyncio.get_running_loop().time() + self._patience.first)

        with _in_our_terms(self._patience.first, started=False):
            async with timer:
                response = await self._session.post(
                    self._url, data=body, allow_redirects=False, trace_request_ctx=connected
                )
        try:
            incoming = Incoming(response.content, self._patience, timer.when())
            if response.status >= _FIRST_ERROR:
                raise await self._refusal(response, incoming)
            yield incoming
        finally:
            response.close()

    async def _refusal(self, response: aiohttp.ClientResponse, incoming: Incoming) -> EngineFailed:
        body = b""
        try:
            while len(body) < _LARGEST_REFUSAL and (received := await incoming.next()):
                body += received
        except EngineFailed:
            pass  # the status alone says most of it
        self._log(response.status, body)
        retry_after = seconds_to_wait(response.headers.get("Retry-After"), self._clock.today())
        return refusal(response.status, body[:_LARGEST_REFUSAL], retry_after)

    def _log(self, status: int, body: bytes) -> None:
        if _log.isEnabledFor(logging.DEBUG):
            text = body.decode(errors="replace")
            _log.debug("Perplexity said HTTP %d: %s", status, text.replace(self._key or "\0", "***")[:_LOGGED])


def opened_session(settings: PerplexitySettings, *, streaming: bool) -> aiohttp.ClientSession:
    """A session for all answers, to be closed by the caller. Proxies and certificates are those of the environment."""
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
        trace_configs=[_first_byte_timing()],
        trust_env=True,
    )


def _with_key(key: str) -> aiohttp.ClientMiddlewareType:
    """What signs each request, last of all: an entry of a netrc file for the same host must not stand in its way."""

    async def sign(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.headers["Authorization"] = f"Bearer {key}"
        return await send(request)

    return sign


def _first_byte_timing() -> aiohttp.TraceConfig:
    """What a session needs, so that the wait for the first byte begins when the connection stands."""

    async def start(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        connected: Callable[[], None] = context.trace_request_ctx
        connected()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(start)
    trace.on_connection_reuseconn.append(start)
    return trace


def _left_behind(content: aiohttp.StreamReader) -> bytes:
    """What had come before the connection broke: aiohttp keeps it, but raises the failure first."""
    content.set_exception(None)  # type: ignore[arg-type] - the way to the buffer that is left once a failure is known
    return content.read_nowait()


@contextmanager
def _in_our_terms(seconds: float, *, started: bool) -> Generator[None]:
    """Translate the faults of the network. Details are words of our own: addresses may have passwords in them."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise EngineUnreachable(_why(error)) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise EngineUnreachable("no connection in time") from error
    except TimeoutError as error:
        raise EngineSilent(seconds, started) from error
    except aiohttp.ClientHttpProxyError as error:
        # Its request, and so the key, is in the arguments of aiohttp's own error: that one goes no further.
        raise EngineUnreachable(f"the proxy said {error.status}") from None
    except aiohttp.ClientResponseError:
        raise EngineGarbled("not HTTP") from None
    except (aiohttp.ClientError, OSError) as error:
        raise EngineCutOff(type(error).__name__) from error


def _why(error: aiohttp.ClientConnectorError) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "unknown host"
        case aiohttp.ClientConnectorCertificateError():
            return "certificate not trusted"
        case aiohttp.ClientSSLError():
            return "TLS failed"
        case aiohttp.ClientProxyConnectionError():
            return "no connection to the proxy"
        case _:
            return "refused" if isinstance(error.os_error, ConnectionRefusedError) else "no connection"
