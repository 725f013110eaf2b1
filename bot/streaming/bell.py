"""A bell that a loop waits for: rung by events, or by the clock at a given time."""

import asyncio

from bot.clock import Clock

_TICK = 0.001
"""No date is closer than this many seconds: rounding must not make a loop spin."""


class Bell:
    """This is what a loop sleeps on; rings while nobody waits are kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop now, or at its next `wait`."""
        self._rung.set()

    def hush(self) -> None:
        """Forget the rings so far."""
        self._rung.clear()

    async def wait(self, until: float | None) -> None:
        """Return at the first ring, or at `until` on the clock."""
        if until is None:
            await self._rung.wait()
            return
        ring = asyncio.ensure_future(self._rung.wait())
        timer = asyncio.ensure_future(self._clock.sleep(max(_TICK, until - self._clock.now())))
        try:
            await asyncio.wait({ring, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()
            timer.cancel()
