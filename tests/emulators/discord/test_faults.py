"""What a test can let go wrong, and how the real discord.py takes it."""

import asyncio

import aiohttp
import discord
import pytest

from tests.emulators.discord import ANY, Broken, CutOff, DiscordEmulator, Latency, Refuse, Slow, Throttle
from tests.emulators.discord.conftest import Connect, Plainly
from tests.emulators.discord.rules.refusals import MISSING_ACCESS

POST = "POST /channels/{channel}/messages"
EDIT = "PATCH /channels/{channel}/messages/{message}"


async def test_a_planned_429_is_waited_out_by_the_library(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.fail(POST, Throttle(0.05), times=2)
        await client.channel(emulator.general.id).send("at last")

    assert [call.status for call in emulator.calls if call.method == "POST"] == [429, 429, 200]
    assert emulator.throttled == 2


async def test_a_429_from_cloudflare_is_not_waited_out(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.fail(POST, Throttle(0.05, body=False, via=False))
        with pytest.raises(discord.HTTPException) as caught:
            await client.channel(emulator.general.id).send("never")

    assert caught.value.status == 429
    assert emulator.answers(emulator.general.id) == []


async def test_an_error_of_the_server_may_come_before_or_after_the_effect(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        emulator.fail(POST, Broken(503))
        emulator.fail(POST, Broken(502, after_effect=True))
        replies = [await ask.post(text) for text in ("lost", "landed", "fine")]

    assert [reply.status for reply in replies] == [503, 502, 200]
    assert [message.content for message in emulator.answers(emulator.general.id)] == ["landed", "fine"]


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_connection_may_be_lost_before_or_after_the_effect(plain: Plainly, after_effect: bool) -> None:
    async with DiscordEmulator() as emulator:
        emulator.fail(POST, CutOff(after_effect=after_effect))
        with pytest.raises(aiohttp.ClientError):
            await plain(emulator).post("a")

    assert bool(emulator.answers(emulator.general.id)) is after_effect
    assert [call.status for call in emulator.calls] == [0]


async def test_a_storm_lasts_until_it_is_healed(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        emulator.fail(ANY, Broken(500), times=None)
        stormy = [(await ask.post()).status for _ in range(3)]
        emulator.heal()
        assert (stormy, (await ask.post()).status) == ([500, 500, 500], 200)


async def test_any_refusal_can_be_planned(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        emulator.fail(POST, Refuse(MISSING_ACCESS))
        assert (await plain(emulator).post()).code == (403, 50001)


async def test_a_slow_answer_takes_effect_in_between(plain: Plainly) -> None:
    async with DiscordEmulator(latency=Latency(before=0.02, after=0.02)) as emulator:
        clock, ask = emulator.world.clock, plain(emulator)
        emulator.fail(POST, Slow(before=0.03, after=0.05))
        begun = clock.now()
        message = (await ask.post()).json["id"]
        done = clock.now()

    landed = emulator.message(message).created_at
    assert landed - begun >= 0.05
    assert done - landed >= 0.07


async def test_a_request_given_up_by_the_client_lands_all_the_same(plain: Plainly) -> None:
    async with DiscordEmulator(latency=Latency(before=0.1)) as emulator:
        ask = plain(emulator)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await ask.post("given up")
        await emulator.until(lambda: emulator.answers(emulator.general.id))


async def test_it_closes_while_requests_are_under_way(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        emulator.fail(POST, Slow(before=60.0))
        waiting = asyncio.create_task(plain(emulator).post("never"))
        while emulator.api.faults.planned:
            await emulator.world.clock.sleep(0.005)
    with pytest.raises(aiohttp.ClientError):
        await waiting
