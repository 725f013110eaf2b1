"""The whole bot on a local page, without any token; also the template for a new platform: copy these six files.

`connect` opens it; `listener` hears, `translate` reads payloads, `messenger` writes, `dialect` spells, `settings` configures.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.playground.listener import Playground
from adapters.playground.settings import PlaygroundSettings
from bot.clock import Clock

__all__ = ["connect"]


@asynccontextmanager
async def connect(settings: PlaygroundSettings, clock: Clock) -> AsyncGenerator[Playground]:
    """A page that is served from `listen` on; it is closed at the end."""
    playground = Playground(settings, clock)
    try:
        yield playground
    finally:
        await playground.close()
