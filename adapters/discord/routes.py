"""Which way a write in Discord takes now: through the token of an interaction, or through the channel. Pure.

A token lives for 15 minutes: https://docs.discord.com/developers/interactions/receiving-and-responding
Both the messenger, which writes, and the budget, which counts, look here.
"""

from dataclasses import dataclass, field

from bot.clock import Clock
from bot.model import MessageRef, Place

TOKEN_SECONDS = 14 * 60.0
"""A token is used for this long; its last minute is not worth the risk."""


@dataclass(slots=True)
class Ticket:
    """This is one interaction whose token may be used until `dies`; `original` is the message that answered it, "" for none."""

    interaction: str
    token: str = field(repr=False)
    dies: float
    original: str = ""
    messages: set[str] = field(default_factory=set[str])

    @property
    def answered(self) -> bool:
        """Whether it has its first answer, so that more may follow."""
        return bool(self.original)


class Routes:
    """These are the interactions that can be written through, and the messages that were written through them."""

    def __init__(self, clock: Clock, token_seconds: float = TOKEN_SECONDS) -> None:
        self._clock = clock
        self._token_seconds = token_seconds
        self._tickets: dict[str, Ticket] = {}

    def opened(self, interaction: str, token: str) -> None:
        """Somebody has used a command; a second delivery of it changes nothing."""
        now = self._clock.now()
        self._tickets = {name: ticket for name, ticket in self._tickets.items() if now < ticket.dies}
        self._tickets.setdefault(interaction, Ticket(interaction, token, now + self._token_seconds))

    def wrote(self, ticket: Ticket, message: str) -> None:
        """This message was written through the token; the first one is the answer to the interaction."""
        ticket.original = ticket.original or message
        ticket.messages.add(message)

    def died(self, interaction: str) -> None:
        """The token is of no use any more, whatever its age."""
        self._tickets.pop(interaction, None)

    def alive(self, interaction: str) -> bool:
        """Whether this interaction can be written through."""
        return self._living(interaction) is not None

    def of_post(self, place: Place) -> Ticket | None:
        """The interaction that a new message in this place goes through, None for the channel."""
        return self._living(place.interaction)

    def of_edit(self, message: MessageRef) -> Ticket | None:
        """The interaction that an edit of this message goes through, None for the channel.

        A message without an id stands for one that is yet to be posted.
        """
        ticket = self._living(message.place.interaction)
        return ticket if ticket and (not message.id or message.id in ticket.messages) else None

    def interaction_of(self, token: str) -> str:
        """The interaction that this token belongs to, "" if it is not known."""
        return next((ticket.interaction for ticket in self._tickets.values() if ticket.token == token), "")

    def _living(self, interaction: str) -> Ticket | None:
        ticket = self._tickets.get(interaction)
        return ticket if ticket and self._clock.now() < ticket.dies else None
