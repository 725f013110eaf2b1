"""How many runs go on at a time: as many as together say no more words a second than the machine carries unnoticed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_WORDS_PER_SECOND = 700.0
_RUNS = 4


class Hall:
    """This is room for a number of runs; a run that would fill it alone has it alone."""

    def __init__(self, words_per_second: float = _WORDS_PER_SECOND, runs: int = _RUNS) -> None:
        self._most, self._runs = words_per_second, runs
        self._load, self._live = 0.0, 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def room(self, load: float) -> AsyncGenerator[None]:
        """Wait for room for a run that says so many words a second at most."""
        load = min(load, self._most)
        async with self._changed:
            await self._changed.wait_for(lambda: self._live < self._runs and self._load + load <= self._most)
            self._load, self._live = self._load + load, self._live + 1
        try:
            yield
        finally:
            async with self._changed:
                self._load, self._live = self._load - load, self._live - 1
                self._changed.notify_all()
