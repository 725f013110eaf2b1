"""Slack. `connect` gives a connected workspace; `settings.read` says whether there is one to connect.

The SDK is imported only when somebody connects: it takes half a second.
"""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from adapters.slack.settings import SlackSettings
from bot.clock import Clock

if TYPE_CHECKING:
    from adapters.slack.connection import SlackConnection

__all__ = ["connect"]


def connect(settings: SlackSettings, clock: Clock) -> "AbstractAsyncContextManager[SlackConnection]":
    """A connection that can write from the start and hears from `listen` on; it is closed at the end.

    Raises on entering `ConfigurationInvalid` where Slack refuses the bot token, `ChatFailed` where it cannot be asked.
    """
    from adapters.slack import connection

    return connection.connect(settings, clock)
