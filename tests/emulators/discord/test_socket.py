"""The gateway as a client meets it that does things wrong, or asks for other compressions than discord.py does."""

import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.emulators.discord import DiscordEmulator, Limit, Limits, Terms

GUILDS_AND_MESSAGES = 1 | 1 << 9
CONTENT = 1 << 15
PLAIN = "?v=10&encoding=json"


@asynccontextmanager
async def connected(emulator: DiscordEmulator, query: str = PLAIN) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    address = f"{emulator.url.replace('http', 'ws')}/gateway{query}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        yield socket


async def said(socket: aiohttp.ClientWebSocketResponse, op: int, payload: Any) -> None:
    await socket.send_json({"op": op, "d": payload})


def identity(emulator: DiscordEmulator, **other: Any) -> dict[str, Any]:
    return {"token": emulator.token, "intents": GUILDS_AND_MESSAGES, "properties": {}} | other


async def closing(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async for _ in socket:
        pass
    return socket.close_code


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [1, 1]}, 4010),
        ({"intents": -1}, 4013),
        ({"intents": CONTENT}, 4014),
        ({"intents": "all"}, 4002),
    ],
)
async def test_who_identifies_wrongly_is_closed_with_a_code(wish: dict[str, Any], code: int) -> None:
    async with DiscordEmulator(terms=Terms(message_content=False)) as emulator, connected(emulator) as socket:
        await said(socket, 2, identity(emulator, **wish))
        assert await closing(socket) == code


async def test_other_versions_are_closed() -> None:
    async with DiscordEmulator() as emulator, connected(emulator, "?v=9") as socket:
        assert await closing(socket) == 4012


async def test_nobody_identifies_twice_or_speaks_before() -> None:
    async with DiscordEmulator() as emulator:
        async with connected(emulator) as socket:
            await said(socket, 2, identity(emulator))
            await said(socket, 2, identity(emulator))
            assert await closing(socket) == 4005
        async with connected(emulator) as socket:
            await said(socket, 3, {})
            assert await closing(socket) == 4003
        async with connected(emulator) as socket:
            await said(socket, 99, None)
            assert await closing(socket) == 4001


async def test_frames_come_as_text_without_compression() -> None:
    async with DiscordEmulator() as emulator, connected(emulator) as socket:
        hello = await socket.receive_json()
        await said(socket, 1, None)
        await said(socket, 2, identity(emulator))
        frames = [await socket.receive_json() for _ in range(3)]

    assert hello["op"] == 10
    assert hello["d"]["heartbeat_interval"] == 41250
    assert [frame["op"] for frame in frames] == [11, 0, 0]
    assert [frame["t"] for frame in frames] == [None, "READY", "GUILD_CREATE"]
    assert frames[1]["d"]["resume_gateway_url"].startswith("ws://127.0.0.1:")
    assert {place["name"] for place in frames[2]["d"]["channels"]} == {"general", "other"}


async def test_a_zlib_stream_is_one_stream_over_all_frames() -> None:
    async with DiscordEmulator() as emulator, connected(emulator, f"{PLAIN}&compress=zlib-stream") as socket:
        await said(socket, 2, identity(emulator))
        context = zlib.decompressobj()
        frames = [msgspec.json.decode(context.decompress(await socket.receive_bytes())) for _ in range(3)]

    assert [frame["t"] for frame in frames] == [None, "READY", "GUILD_CREATE"]


async def test_too_many_frames_end_the_connection() -> None:
    limits = Limits(gateway_sends=Limit(3, 60.0))
    async with DiscordEmulator(limits=limits) as emulator, connected(emulator) as socket:
        for _ in range(4):
            await said(socket, 1, None)
        assert await closing(socket) == 4008


async def test_who_sends_no_heartbeat_is_given_up() -> None:
    terms = Terms(heartbeat_interval=0.03)
    async with DiscordEmulator(terms=terms) as emulator, connected(emulator) as socket:
        assert await closing(socket) == 4009


async def test_events_go_to_the_shard_of_their_guild_and_to_those_who_asked() -> None:
    async with DiscordEmulator() as emulator, connected(emulator) as first, connected(emulator) as second:
        right = (emulator.guild.id >> 22) % 2
        await said(first, 2, identity(emulator, shard=[right, 2]))
        await said(second, 2, identity(emulator, shard=[1 - right, 2]))
        await emulator.connected(2)
        emulator.mention(emulator.general.id, emulator.asker, "hello")
        names = [(await first.receive_json())["t"] for _ in range(4)]
        emulator.gateway.drop()
        others = [msgspec.json.decode(message.data)["t"] async for message in second]

    assert names == [None, "READY", "GUILD_CREATE", "MESSAGE_CREATE"]
    assert others == [None, "READY"]


async def test_a_goodbye_ends_the_session_and_a_lost_connection_does_not() -> None:
    async with DiscordEmulator() as emulator:
        async with connected(emulator) as socket:
            await said(socket, 2, identity(emulator))
            await emulator.connected()
            await socket.close(code=4000)
        await emulator.until(lambda: not emulator.gateway.connected)
        assert len(emulator.gateway.sessions) == 1
        async with connected(emulator) as socket:
            await said(socket, 2, identity(emulator))
            await emulator.connected()
            await socket.close(code=1000)
        await emulator.until(lambda: not emulator.gateway.connected)
        assert len(emulator.gateway.sessions) == 1


async def test_a_session_that_is_unknown_cannot_be_resumed() -> None:
    async with DiscordEmulator() as emulator, connected(emulator) as socket:
        await socket.receive_json()
        await said(socket, 6, {"token": emulator.token, "session_id": "none", "seq": 3})
        assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


async def test_identifying_too_often_is_refused() -> None:
    limits = Limits(identify_at_once=Limit(1, 60.0))
    async with DiscordEmulator(limits=limits) as emulator:
        async with connected(emulator) as socket:
            await said(socket, 2, identity(emulator))
            await emulator.connected()
        async with connected(emulator) as socket:
            await said(socket, 2, identity(emulator))
            assert [(await socket.receive_json())["op"] for _ in range(2)] == [10, 9]
