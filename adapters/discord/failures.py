"""Discord's errors in our terms. The one place where what discord.py and aiohttp raise becomes `ChatFailed`.

The codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp
import discord

from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, TokenRefused, Unreachable

ARCHIVED = "50083"
NO_HISTORY = "160002"
NOT_PERMITTED = "50013"

_UNKNOWN_MESSAGE = 10008
_OLD_EDITS = 30046
_OLD_EDITS_SECONDS = 6.0
# Unknown webhook, unknown interaction, already acknowledged, invalid webhook token.
_INTERACTION_OVER = frozenset({10015, 10062, 40060, 50027})
# Unknown channel, missing access, closed to messages, missing permissions, archived thread, locked thread.
_CLOSED = frozenset({10003, 50001, 50007, int(NOT_PERMITTED), int(ARCHIVED), 160005})
_NOT_OURS = 50005


class InteractionOver(Unreachable):
    """This interaction cannot be written through any more; nothing was done. Repeated, the write goes through the channel."""


class SlowDown(aiohttp.ClientError):
    """Discord's 429, before discord.py sleeps over it. `everywhere`: no route is open."""

    def __init__(self, retry_after: float, *, everywhere: bool = False) -> None:
        super().__init__(f"slow down for {retry_after} s")
        self.retry_after = retry_after
        self.everywhere = everywhere


class Broken(aiohttp.ClientError):
    """Discord's 5xx, before discord.py sleeps over it."""


@contextmanager
def in_our_terms() -> Generator[None]:
    """Raise every failure of a call to Discord as a `ChatFailed`."""
    try:
        yield
    except SlowDown as error:
        raise Throttled(error.retry_after, everywhere=error.everywhere) from error
    except discord.RateLimited as error:
        raise Throttled(error.retry_after) from error
    except discord.LoginFailure as error:
        raise TokenRefused("401") from error
    except discord.InteractionResponded as error:
        raise InteractionOver from error
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreachable(uncertain=False) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(uncertain=True) from error
    except RuntimeError as error:
        # The library closes its session when the gateway refuses the token, and aiohttp refuses what comes later.
        if str(error) != "Session is closed":
            raise
        raise TokenRefused("the connection is closed") from error


def _meaning(error: discord.HTTPException) -> ChatFailed:
    reason = str(error.code or error.status)
    if error.code in _INTERACTION_OVER:
        return InteractionOver()
    if error.code == _UNKNOWN_MESSAGE:
        return MessageGone()
    if error.code == _OLD_EDITS:
        return Throttled(_OLD_EDITS_SECONDS)
    if error.code in _CLOSED:
        return PlaceClosed(reason)
    if error.status == HTTPStatus.UNAUTHORIZED:
        return TokenRefused(reason)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(uncertain=True)
    if error.status == HTTPStatus.FORBIDDEN and error.code != _NOT_OURS and reason != NO_HISTORY:
        return PlaceClosed(reason)
    return Refused(reason)
