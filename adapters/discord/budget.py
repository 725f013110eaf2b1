"""Discord's rate limits as lanes. Pure. Discord publishes no numbers: these are observed, and headers correct them.

https://docs.discord.com/developers/topics/rate-limits
"""

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from adapters.discord.routes import Routes, Ticket
from bot.clock import Clock
from bot.model import Lane, MessageRef, Place
from bot.ports import Budget

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_OLD = timedelta(minutes=59)

# 50 requests a second for the bot; the endpoints of interactions are not bound to it.
_EVERYTHING = Lane("discord:global", 50, 1.0, wide=True)

# First answers to interactions: no limit of them is known. A lane must be named, and this one never keeps anybody waiting.
_CALLBACKS = Lane("discord:callback", 50, 1.0)


def edit_lane(channel: str) -> Lane:
    """Edits through the channel; a thread is a channel of its own."""
    return Lane(f"discord:edit:{channel}", 5, 5.0)


def post_lane(channel: str) -> Lane:
    """New messages through the channel."""
    return Lane(f"discord:post:{channel}", 5, 5.0)


def typing_lane(channel: str) -> Lane:
    """Typing in the channel."""
    return Lane(f"discord:typing:{channel}", 5, 5.0)


def token_lane(interaction: str) -> Lane:
    """Everything through the token of one interaction."""
    return Lane(f"discord:token:{interaction}", 5, 2.0)


class DiscordBudget(Budget):
    """These are the lanes of one bot. The narrowest comes first."""

    def __init__(self, routes: Routes, clock: Clock) -> None:
        self._routes = routes
        self._clock = clock

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        ticket = self._routes.of_post(place)
        if ticket is None:
            return (post_lane(place.channel), _EVERYTHING)
        if not ticket.answered:
            return (_CALLBACKS,)
        return _through(ticket, place)

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        ticket, channel = self._routes.of_edit(message), message.place.channel
        if ticket is not None:
            return _through(ticket, message.place)
        if self._is_old(message.id):
            # "Maximum number of edits to messages older than 1 hour": no header tells of it.
            return (Lane(f"discord:old-edit:{channel}", 3, 6.0), edit_lane(channel), _EVERYTHING)
        return (edit_lane(channel), _EVERYTHING)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        return (typing_lane(place.channel), _EVERYTHING)

    def _is_old(self, message: str) -> bool:
        return message.isdigit() and self._clock.today() - _posted_at(message) > _OLD


def _through(ticket: Ticket, place: Place) -> tuple[Lane, ...]:
    # New messages through tokens have a second cap that all interactions of a channel share and that no header shows.
    # Whether edits count towards it nobody knows, so they do here.
    return (token_lane(ticket.interaction), Lane(f"discord:webhook:{place.channel}", 30, 60.0))


def _posted_at(message: str) -> datetime:
    """An id begins with its time: https://docs.discord.com/developers/reference#snowflakes."""
    return _EPOCH + timedelta(milliseconds=int(message) >> 22)
