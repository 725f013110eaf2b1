"""Discord's ids: 64 bits that begin with the time. https://docs.discord.com/developers/reference#snowflakes"""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.clock import Clock

_EPOCH = 1_420_070_400_000  # milliseconds, the first of January 2015


@dataclass(slots=True)
class Snowflakes:
    """This is the maker of ids: always growing, true to the clock within a millisecond or so."""

    clock: Clock
    last: int = 0

    def next(self) -> int:
        """A new id."""
        now = (int(self.clock.today().timestamp() * 1000) - _EPOCH) << 22
        self.last = max(now, self.last + 1)
        return self.last


def born(snowflake: int) -> datetime:
    """When this id was made, aware and in UTC."""
    return datetime.fromtimestamp(((snowflake >> 22) + _EPOCH) / 1000, UTC)
