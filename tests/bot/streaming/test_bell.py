"""What a loop sleeps on: rings and dates, none of them lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.streaming.bell import Bell
from tests.fakes.clock import FakeClock, in_virtual_time


def tell(story: Callable[[Bell, FakeClock], Awaitable[None]]) -> float:
    """Tell a story; return when it ended."""

    async def whole() -> float:
        clock = FakeClock()
        await story(Bell(clock), clock)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return clock.now()

    return in_virtual_time(whole())


def test_a_wait_without_a_date_ends_with_a_ring() -> None:
    async def story(bell: Bell, clock: FakeClock) -> None:
        asyncio.get_running_loop().call_later(7.0, bell.ring)
        await bell.wait(None)

    assert tell(story) == 7.0


@pytest.mark.parametrize(("rings", "ends"), [(2.0, 2.0), (9.0, 5.0)])
def test_a_wait_with_a_date_ends_with_whatever_comes_first(rings: float, ends: float) -> None:
    async def story(bell: Bell, clock: FakeClock) -> None:
        ring = asyncio.get_running_loop().call_later(rings, bell.ring)
        await bell.wait(5.0)
        ring.cancel()
        await clock.sleep(0)

    assert tell(story) == ends


def test_a_ring_that_nobody_waited_for_is_kept_until_it_is_hushed() -> None:
    async def story(bell: Bell, clock: FakeClock) -> None:
        bell.ring()
        await bell.wait(None)
        await bell.wait(5.0)
        assert clock.now() == 0.0
        bell.hush()
        await bell.wait(5.0)
        await clock.sleep(0)

    assert tell(story) == 5.0


def test_a_date_that_has_passed_makes_no_loop_spin() -> None:
    async def story(bell: Bell, clock: FakeClock) -> None:
        await clock.sleep(3.0)
        await bell.wait(2.0)
        await clock.sleep(0)

    assert tell(story) > 3.0


def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    async def story(bell: Bell, clock: FakeClock) -> None:
        waiting = asyncio.create_task(bell.wait(100.0))
        await clock.sleep(1.0)
        waiting.cancel()
        await asyncio.wait({waiting})
        await clock.sleep(0)

    assert tell(story) == 1.0
