"""The door to the engine: how many are inside, who comes next, and what those who wait hear."""

import asyncio
from contextlib import suppress

import pytest

from bot.turnstile import Turnstile
from tests.fakes.clock import FakeClock, in_virtual_time


class Visitor:
    """Somebody who goes in for a while and remembers what happened."""

    def __init__(self, door: Turnstile, clock: FakeClock, stay: float = 1.0) -> None:
        self.heard: list[int] = []
        self.inside_at: float | None = None
        self._door = door
        self._clock = clock
        self._stay = stay

    async def visit(self) -> None:
        async with self._door.turn(self.heard.append):
            self.inside_at = self._clock.now()
            await self._clock.sleep(self._stay)


async def visits(slots: int, count: int) -> list[Visitor]:
    door, clock = Turnstile(slots), FakeClock()
    visitors = [Visitor(door, clock) for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        for visitor in visitors:
            group.create_task(visitor.visit())
    assert door.waiting == 0
    return visitors


def test_those_who_find_a_slot_go_in_at_once_and_hear_nothing() -> None:
    visitors = in_virtual_time(visits(3, 3))
    assert [visitor.inside_at for visitor in visitors] == [0.0, 0.0, 0.0]
    assert [visitor.heard for visitor in visitors] == [[], [], []]


def test_a_door_is_full_while_everybody_who_may_be_inside_is() -> None:
    async def story() -> None:
        door = Turnstile(2)
        async with door.turn(lambda _: None):
            assert not door.full
            async with door.turn(lambda _: None):
                assert door.full
        assert not door.full

    in_virtual_time(story())


def test_the_others_go_in_first_come_first_served() -> None:
    visitors = in_virtual_time(visits(2, 6))
    assert [visitor.inside_at for visitor in visitors] == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]


def test_those_who_wait_hear_how_many_are_before_them_until_nobody_is() -> None:
    last = in_virtual_time(visits(1, 4))[-1]
    assert last.heard == sorted(last.heard, reverse=True)
    assert (last.heard[0], last.heard[-1]) == (2, 0)


def test_one_who_leaves_the_line_lets_the_others_move_up() -> None:
    async def story() -> None:
        door, clock = Turnstile(1), FakeClock()
        inside, tired, patient = (Visitor(door, clock) for _ in range(3))
        tasks = [asyncio.create_task(visitor.visit()) for visitor in (inside, tired, patient)]
        await clock.sleep(0.5)
        assert door.waiting == 2
        tasks[1].cancel()
        await clock.sleep(0.1)
        assert door.waiting == 1
        assert patient.heard[-1] == 0
        await asyncio.wait(tasks)
        assert (tired.inside_at, patient.inside_at) == (None, 1.0)

    in_virtual_time(story())


def test_one_who_leaves_in_the_very_moment_of_being_let_in_gives_the_slot_on() -> None:
    async def story() -> None:
        door, clock = Turnstile(1), FakeClock()
        tired, patient = Visitor(door, clock), Visitor(door, clock)
        async with door.turn(lambda _: None):
            tasks = [asyncio.create_task(visitor.visit()) for visitor in (tired, patient)]
            await clock.sleep(0.5)
        tasks[0].cancel()  # the slot is free and promised to this one, who has not woken up yet
        await asyncio.wait(tasks)
        assert (tired.inside_at, patient.inside_at) == (None, 0.5)

    in_virtual_time(story())


@pytest.mark.parametrize("failure", [RuntimeError, asyncio.CancelledError])
def test_a_slot_is_given_back_however_the_visit_ends(failure: type[BaseException]) -> None:
    async def story() -> None:
        door, clock = Turnstile(1), FakeClock()
        with suppress(failure):
            async with door.turn(lambda _: None):
                raise failure
        visitor = Visitor(door, clock)
        await visitor.visit()
        assert visitor.inside_at == 0.0

    in_virtual_time(story())
