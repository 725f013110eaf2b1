"""How long the bot takes from the start of its process to `/readyz` 200, and what it weighs when nobody asks anything."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from benchmarks.bot_process import running
from benchmarks.scenarios import named
from benchmarks.venues import venue
from bot.clock import SystemClock
from tests.emulators.perplexity import PerplexityEmulator

_STARTS = 5
_SETTLE = 1.0
_CLOCK = SystemClock()
_PLATFORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "Slack": ("s1",),
    "Discord": ("d1",),
    "Slack and Discord": ("s1", "d1"),
}


def main() -> dict[str, float]:
    """Start it some times for each set of platforms; print and return the best of them."""
    figures: dict[str, float] = {}
    for name, scenarios in _PLATFORMS.items():
        starts = [asyncio.run(_start(scenarios)) for _ in range(_STARTS)]
        seconds, megabytes = (min(column) for column in zip(*starts, strict=True))
        print(f"start with {name:17} ready after {seconds:4.2f} s, {megabytes:3.0f} MB idle")
        figures |= {f"start: {name}, ready (s)": seconds, f"start: {name}, idle (MB)": megabytes}
    return figures


async def _start(scenarios: tuple[str, ...]) -> tuple[float, float]:
    """Seconds until ready, and megabytes a moment later."""
    async with AsyncExitStack() as stack:
        places = [venue(named(name)) for name in scenarios]
        engine = await stack.enter_async_context(PerplexityEmulator())
        settings = engine.settings()
        for place in places:
            await stack.enter_async_context(place.open())
            settings |= place.settings
        bot = await stack.enter_async_context(running(settings))
        await _CLOCK.sleep(_SETTLE)
        return bot.ready_after, bot.megabytes
