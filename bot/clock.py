"""Time as a thing that is handed in: the core's only sources of time are a `Clock` and arguments called `now`."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

from typing_extensions import override


class Clock(Protocol):
    """This is where time comes from."""

    def now(self) -> float:
        """Monotonic seconds; only differences mean anything."""
        ...

    def today(self) -> datetime:
        """The wall time, aware and in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock's time."""
        ...


class SystemClock(Clock):
    """The clock of the machine."""

    @override
    def now(self) -> float:
        return time.monotonic()  # noqa: TID251 - this is the one place that asks the machine

    @override
    def today(self) -> datetime:
        return datetime.now(UTC)

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the one place that sleeps
