"""Tasks that somebody owns: held strongly, waited for, and ended with their owner."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field


@dataclass(slots=True)
class Errands:
    """These are the tasks under way for one owner. An error in one of them comes out of `close`."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _failed: list[BaseException] = field(default_factory=list[BaseException])

    def start(self, errand: Coroutine[None, None, None]) -> None:
        """Do it beside everything else."""
        task = asyncio.get_running_loop().create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def idle(self) -> None:
        """Return when nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End what is under way and raise what went wrong, if anything did."""
        for task in self._tasks:
            task.cancel()
        await self.idle()
        if self._failed:
            raise self._failed[0]

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failed.append(error)
