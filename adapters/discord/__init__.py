"""Discord. `connect` gives a connected bot; `settings.read` says whether there is one to connect.

The SDK is imported only when somebody connects: it takes half a second.
"""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from adapters.discord.settings import DiscordSettings
from bot.clock import Clock

if TYPE_CHECKING:
    from adapters.discord.connection import DiscordConnection

__all__ = ["connect"]


def connect(settings: DiscordSettings, clock: Clock) -> "AbstractAsyncContextManager[DiscordConnection]":
    """A connection that can write from the start and hears from `listen` on; it is closed at the end.

    Raises on entering `ConfigurationInvalid` where Discord refuses the bot token, `ChatFailed` where it cannot be asked.
    """
    from adapters.discord import connection

    return connection.connect(settings, clock)
