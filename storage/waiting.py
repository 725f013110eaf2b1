"""Nobody waits longer for a database than was promised, not even for the end of a wait that was given up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LetGo(Exception):
    """Nobody waits for this work any more: it rolls back."""


class Waiting:
    """This is what waits for work on a database, and lets go of it in time.

    Work that was let go goes on behind the caller's back, at the latest until `settle`: it stops where it calls `stop_if_let_go`,
    and at any await where it is `interruptible`. A server may be silent for ever, so that work on one has to be. On SQLite every
    statement ends by itself, and none may be torn: a row that was inserted and not fetched keeps a statement alive, that keeps
    its connection from closing, and that keeps the file locked.
    """

    def __init__(self, *, interruptible: bool) -> None:
        self._interruptible = interruptible
        self._working: set[asyncio.Task[Any]] = set()
        self._let_go: set[asyncio.Task[Any]] = set()

    async def wait(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Return what `work` returns; raise TimeoutError when it takes longer than `seconds`."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._done)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        finally:
            self._release(task)

    def stop_if_let_go(self) -> None:
        """Raise `LetGo` if nobody waits any more for the work that calls this."""
        if asyncio.current_task() in self._let_go:
            raise LetGo

    async def settle(self, seconds: float) -> None:
        """Wait for everything that still works, but not longer than `seconds`."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def _release(self, task: asyncio.Task[Any]) -> None:
        if task.done():
            return
        self._let_go.add(task)
        if self._interruptible:
            task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        self._let_go.discard(task)
        if not task.cancelled():
            task.exception()  # where it was let go, nobody else asks for it
