"""The way to Perplexity: addresses, certificates, proxies, connections that are lost at a bad moment."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from aiohttp import web

from adapters.perplexity.engine import connect
from adapters.perplexity.settings import PerplexitySettings
from bot.clock import SystemClock
from bot.errors import EngineBroken, EngineCutOff, EngineFailed, EngineGarbled, EngineSilent, EngineUnreachable
from bot.model import AnswerEvent, Finished, Prompt, TextGrew
from tests.adapters.perplexity.conftest import APIS, CERTIFICATE, LONG, QUICK, SHORT, Heard, Hurry, asking, hear
from tests.emulators.perplexity import KEY, PerplexityEmulator, server_down

STREAM = (
    b'data: {"choices":[{"delta":{"content":"It is "}}]}\n\n'
    b'data: {"choices":[{"delta":{"content":"so."}}]}\n\n'
    b"data: [DONE]\n\n"
)
Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def at(url: str, **changes: float) -> PerplexitySettings:
    patience = {"connect_timeout": LONG, "first_byte_timeout": LONG, "idle_timeout": LONG, **changes}
    return replace(PerplexitySettings(api_key=KEY, base_url=url, max_retries=0), **patience)


async def failure_at(url: str, **changes: float) -> EngineFailed | None:
    async with connect(at(url, **changes), Hurry()) as engine:
        return (await hear(engine)).failure


@asynccontextmanager
async def serving(answer: Answering, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """A server on loopback that answers everything in one way; its address without the scheme."""
    runner = web.ServerRunner(web.Server(answer), handler_cancellation=True, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _say_it_is_so(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=STREAM, content_type="text/event-stream")


# No connection ----------------------------------------------------------------------------------------------


async def test_a_refused_connection_is_unreachable() -> None:
    with server_down() as url:
        assert repr(await failure_at(url)) == repr(EngineUnreachable("refused"))


async def test_an_unknown_host_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert repr(await failure_at("http://nowhere.invalid")) == repr(EngineUnreachable("unknown host"))


async def test_no_connection_in_time_is_unreachable() -> None:
    with ExitStack() as sockets:
        url = _full_house(sockets)
        failure = await failure_at(url, connect_timeout=SHORT)
    assert repr(failure) == repr(EngineUnreachable("no connection in time"))


def _full_house(sockets: ExitStack) -> str:
    """The address of a server that takes no further connection: those who wait at its door fill the queue."""
    server = sockets.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    for _ in range(4):
        waiting = sockets.enter_context(socket.socket())
        waiting.setblocking(False)
        assert waiting.connect_ex(server.getsockname()) == errno.EINPROGRESS
    return f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_a_lost_way_is_tried_again_until_there_is_one() -> None:
    clock = Hurry()
    with server_down() as url:
        async with connect(replace(at(url), max_retries=3), clock, chance=lambda: 1.0) as engine:
            assert isinstance((await hear(engine)).failure, EngineUnreachable)
    assert clock.slept == [0.5, 1.0, 2.0]


# Certificates, proxies, passwords of the machine -------------------------------------------------------------


async def test_tls_with_a_server_that_speaks_none_is_unreachable() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        failure = await failure_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert repr(failure) == repr(EngineUnreachable("TLS failed"))


async def test_a_certificate_of_nobody_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with serving(_say_it_is_so, _certified()) as address:
        assert repr(await failure_at(f"https://{address}")) == repr(EngineUnreachable("certificate not trusted"))


async def test_a_certificate_that_the_environment_names_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with serving(_say_it_is_so, _certified()) as address:
        assert await failure_at(f"https://{address}") is None


def _certified() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(str(request.url))
        return await _say_it_is_so(request)

    async with serving(proxy) as address:
        _set_proxy(monkeypatch, f"http://{address}")
        assert await failure_at("http://perplexity.invalid") is None
    assert asked == ["http://perplexity.invalid/chat/completions"]


async def test_a_proxy_that_refuses_is_unreachable_and_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def proxy(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=407)

    async with serving(proxy) as address:
        _set_proxy(monkeypatch, f"http://somebody:secret@{address}")
        failure = await failure_at("https://perplexity.invalid")
    assert repr(failure) == repr(EngineUnreachable("the proxy said 407"))
    with server_down() as url:
        _set_proxy(monkeypatch, url.replace("//", "//somebody:secret@"))
        failure = await failure_at("https://perplexity.invalid")
    assert repr(failure) == repr(EngineUnreachable("no connection to the proxy"))


def _set_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, url)
        monkeypatch.setenv(name.upper(), url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


async def test_a_password_for_the_same_host_in_a_netrc_file_does_not_replace_the_key(
    perplexity: PerplexityEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert await failure_at(perplexity.url) is None
    assert perplexity.requests[0].headers["Authorization"] == f"Bearer {KEY}"


async def test_the_key_does_not_follow_a_redirect(perplexity: PerplexityEmulator) -> None:
    async def elsewhere(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": f"{perplexity.url}/chat/completions"})

    async with serving(elsewhere) as address:
        assert await failure_at(f"http://{address}") is not None
    assert perplexity.requests == []


# Connected --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "last", "failure"),
    [
        (STREAM[60:], Finished(), None),
        (STREAM[60:-14], TextGrew("so."), EngineCutOff("ClientPayloadError")),
    ],
    ids=["all of it", "without its end"],
)
async def test_what_had_come_before_a_connection_broke_is_read_even_if_the_reader_was_slow(
    rest: bytes, last: AnswerEvent, failure: EngineFailed | None
) -> None:
    go_on = asyncio.Event()

    async def abrupt(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(STREAM[:60])
        await go_on.wait()
        await response.write(rest)
        assert request.transport is not None
        request.transport.close()
        return response

    heard = Heard()
    async with serving(abrupt) as address, connect(at(f"http://{address}"), Hurry()) as engine:
        try:
            async for event in engine.answer(Prompt("Why?")):
                heard.events.append(event)
                if not go_on.is_set():
                    go_on.set()
                    await SystemClock().sleep(0.05)
        except EngineFailed as failed:
            heard.failure = failed
    assert (heard.text, heard.events[-1]) == ("It is so.", last)
    assert repr(heard.failure) == repr(failure)


async def test_a_document_may_come_in_many_pieces_but_not_in_endless_ones() -> None:
    async def long(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"choices":[{"message":{"content":"So."}}]')
        for _ in range(pieces):
            await response.write(b" " * 1_000_000)
        await response.write(b"}")
        return response

    async with serving(long) as address, connect(at(f"http://{address}"), Hurry(), streaming=False) as engine:
        pieces = 3
        assert (await hear(engine)).text == "So."
        pieces = 20
        assert isinstance((await hear(engine)).failure, EngineGarbled)


async def test_a_refusal_whose_body_breaks_off_is_a_refusal() -> None:
    async def abrupt(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=503)
        await response.prepare(request)
        await response.write(b'{"error":')
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(abrupt) as address:
        assert repr(await failure_at(f"http://{address}")) == repr(EngineBroken(503))


async def test_the_wait_for_the_first_event_goes_on_after_the_headers_and_blank_lines() -> None:
    async def dripping(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"\n")
            await SystemClock().sleep(0.05)

    async with serving(dripping) as address:
        failure = await failure_at(f"http://{address}", first_byte_timeout=SHORT)
    assert repr(failure) == repr(EngineSilent(SHORT))


async def test_a_finished_answer_does_not_wait_for_the_end_of_the_connection() -> None:
    async def lingering(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'data: {"choices":[{"delta":{"content":"So."},"finish_reason":"stop"}]}\n\n')
        await asyncio.Event().wait()
        return response

    async with serving(lingering) as address, connect(at(f"http://{address}"), Hurry()) as engine:
        assert (await hear(engine)).events == [TextGrew("So."), Finished()]


async def test_a_stream_where_a_document_was_asked_for_is_read_as_one() -> None:
    async with (
        serving(_say_it_is_so) as address,
        connect(at(f"http://{address}"), Hurry(), streaming=False) as engine,
    ):
        assert (await hear(engine)).text == "It is so."


async def test_an_event_without_end_is_garbled() -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"data: ")
        while True:
            await response.write(b"a" * 1_000_000)

    async with serving(endless) as address:
        assert isinstance(await failure_at(f"http://{address}"), EngineGarbled)


async def test_what_is_not_http_is_garbled_and_the_key_is_not_in_it() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        failure = await failure_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert repr(failure) == repr(EngineGarbled("not HTTP"))
    assert failure is not None
    assert failure.__cause__ is None


async def test_fifty_answers_at_once_do_not_mix(perplexity: PerplexityEmulator) -> None:
    async with (
        connect(asking(APIS["concise"], perplexity), Hurry()) as engine,
        asyncio.TaskGroup() as group,
    ):
        answers = [group.create_task(hear(engine, f"Why {number}?")) for number in range(50)]
    assert [answer.result().text for answer in answers] == [QUICK.answer] * 50
