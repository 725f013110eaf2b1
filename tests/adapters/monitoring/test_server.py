"""What a load balancer and a container hear when they ask how the bot is."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import aiohttp
import pytest

from adapters.monitoring import serve
from bot.errors import ConfigurationInvalid
from bot.health import Readiness


class Bot:
    """The parts that readiness depends on."""

    def __init__(self) -> None:
        self.parts: dict[str, bool] = {}
        self.port = 0

    def look(self) -> Readiness:
        return Readiness(self.parts)


@pytest.fixture
async def bot() -> AsyncGenerator[Bot]:
    bot = Bot()
    async with serve("127.0.0.1", 0, bot.look) as port:
        bot.port = port
        yield bot


async def ask(bot: Bot, path: str, method: str = "GET") -> tuple[int, object]:
    address = f"http://127.0.0.1:{bot.port}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, address) as response:
        return response.status, await response.json() if response.content_type == "application/json" else None


async def test_it_is_alive_whatever_is_connected(bot: Bot) -> None:
    assert await ask(bot, "/healthz") == (200, {"status": "alive"})


@pytest.mark.parametrize(
    ("parts", "status"),
    [({}, 503), ({"slack": True, "discord": False}, 503), ({"slack": True, "discord": True}, 200)],
)
async def test_it_is_ready_only_when_every_part_is(bot: Bot, parts: dict[str, bool], status: int) -> None:
    bot.parts = parts
    words = {200: "ready", 503: "not ready"}
    assert await ask(bot, "/readyz") == (status, {"status": words[status], "parts": parts})


async def test_it_looks_again_each_time(bot: Bot) -> None:
    seen: list[int] = []
    for connected in (True, False, True):
        bot.parts["slack"] = connected
        seen.append((await ask(bot, "/readyz"))[0])
    assert seen == [200, 503, 200]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("HEAD", "/healthz", 200), ("GET", "/", 404), ("POST", "/healthz", 405)]
)
async def test_it_says_nothing_else(bot: Bot, method: str, path: str, status: int) -> None:
    assert (await ask(bot, path, method))[0] == status


async def test_a_port_that_is_taken_is_a_problem_that_names_its_settings(bot: Bot) -> None:
    with pytest.raises(ConfigurationInvalid) as invalid:
        async with serve("127.0.0.1", bot.port, bot.look):
            pass
    (problem,) = invalid.value.problems
    assert problem.startswith(f"HTTP_HOST 127.0.0.1, HTTP_PORT {bot.port}: cannot listen there")
    assert await ask(bot, "/healthz") == (200, {"status": "alive"})


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 70])
async def test_a_host_that_is_not_ours_is_a_problem_too(host: str) -> None:
    with pytest.raises(ConfigurationInvalid) as invalid:
        async with serve(host, 0, Bot().look):
            pass
    assert "HTTP_HOST" in invalid.value.problems[0]


async def test_it_closes_although_somebody_stays_connected() -> None:
    async with serve("127.0.0.1", 0, Bot().look) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in await reader.readline()
    assert b"alive" in await reader.read()
    writer.close()
    await writer.wait_closed()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
