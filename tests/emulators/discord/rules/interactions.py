"""How long an interaction may be answered. Pure: `now` is an argument.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from dataclasses import dataclass

from tests.emulators.discord.rules.refusals import (
    ALREADY_ACKNOWLEDGED,
    INVALID_WEBHOOK_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_WEBHOOK,
    RefusedError,
)


@dataclass(slots=True)
class Countdown:
    """This is the life of one interaction: a first answer within `deadline` seconds, then `life` seconds for its token."""

    created: float
    deadline: float
    life: float
    acknowledged: float | None = None

    def acknowledge(self, now: float) -> None:
        """Take note of the first answer; refuse a late one (10062) and a second one (40060)."""
        if self.acknowledged is not None:
            raise RefusedError(ALREADY_ACKNOWLEDGED)
        if now - self.created > self.deadline:
            raise RefusedError(UNKNOWN_INTERACTION)
        self.acknowledged = now

    def use_token(self, now: float) -> None:
        """Allow a later write; refuse one before the first answer (10015) and one after the token's death (50027)."""
        if self.acknowledged is None:
            raise RefusedError(UNKNOWN_WEBHOOK)
        if now - self.created > self.life:
            raise RefusedError(INVALID_WEBHOOK_TOKEN)
