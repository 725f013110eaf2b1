"""Lets so many questions to the engine at a time; the others wait in order and hear how many are before them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class _Waiter:
    gate: asyncio.Event
    ahead: Callable[[int], None]


class Turnstile:
    """This is the door to the engine: at most `slots` inside, first come, first served."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._line: list[_Waiter] = []

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._line)

    @property
    def full(self) -> bool:
        """Whether one who comes now has to wait."""
        return self._free <= 0

    @asynccontextmanager
    async def turn(self, ahead: Callable[[int], None]) -> AsyncGenerator[None]:
        """Wait for a slot and hold it; `ahead` hears how many wait before this one, whenever that changes."""
        await self._enter(ahead)
        try:
            yield
        finally:
            self._free += 1
            self._admit()

    async def _enter(self, ahead: Callable[[int], None]) -> None:
        waiter = _Waiter(asyncio.Event(), ahead)
        self._line.append(waiter)
        self._admit()
        if waiter.gate.is_set():
            return
        waiter.ahead(self._line.index(waiter))
        try:
            await waiter.gate.wait()
        except asyncio.CancelledError:
            if waiter in self._line:
                self._line.remove(waiter)
            else:
                self._free += 1
            self._admit()
            raise

    def _admit(self) -> None:
        while self._free > 0 and self._line:
            self._free -= 1
            self._line.pop(0).gate.set()
        for index, waiter in enumerate(self._line):
            waiter.ahead(index)
