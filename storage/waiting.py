"""Nobody waits longer for a database than was promised, not even for the end of a wait that was given up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Waiting:
    """This is what waits for work on a database, and lets go of it in time.

    Work that is let go is cancelled, which rolls it back. Taking leave of a server that does not answer lasts seconds more, and a
    thread that waits for a disk cannot be stopped at all; both go on behind the caller's back until `settle`.
    """

    def __init__(self) -> None:
        self._working: set[asyncio.Task[Any]] = set()

    async def wait(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Return what `work` returns; raise TimeoutError when it takes longer than `seconds`."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._done)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        finally:
            task.cancel()

    async def settle(self, seconds: float) -> None:
        """Wait for everything that still works, but not longer than `seconds`."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        if not task.cancelled():
            task.exception()  # where it was let go, nobody else asks for it
