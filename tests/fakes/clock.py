"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing else can run."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from typing_extensions import override

from bot.clock import Clock

T = TypeVar("T")

DAY_ONE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: what would have been waited for is added to the time."""

    passed = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            message = "nothing is left that could ever happen"
            raise RuntimeError(message)
        if not ready and timeout is not None and timeout > 0:
            self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: hours pass in milliseconds, in exactly the order of the timers."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.passed


class FakeClock(Clock):
    """The clock of a virtual loop; it starts at 0.0."""

    @override
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @override
    def today(self) -> datetime:
        return DAY_ONE + timedelta(seconds=self.now())

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - virtual seconds


def in_virtual_time(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)
