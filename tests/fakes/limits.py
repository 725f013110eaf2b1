"""How strict platforms count, and what they let an adapter declare: Slack's shape, Discord's shape with tokens that die.

A counter stands for the server's own books. `bot.streaming.lanes` never sees it: it must stay below it by its own account.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import override

from bot.clock import Clock
from bot.model import Lane, LaneNews, MessageRef, Place
from bot.ports import Budget

EXACT = 1e-9


class Counter(Protocol):
    """One budget as the platform keeps it."""

    def arrive(self, now: float) -> float | None:
        """Count a request; None if there was room, else the seconds until there is."""
        ...

    def news(self, lane: Lane, now: float) -> LaneNews | None:
        """What the headers of a counted request say."""
        ...


@dataclass(slots=True)
class Sliding(Counter):
    """At most `limit` requests in any `seconds`, and no header tells of it."""

    limit: int
    seconds: float
    arrivals: deque[float] = field(default_factory=deque[float])

    @override
    def arrive(self, now: float) -> float | None:
        while self.arrivals and self.arrivals[0] <= now - self.seconds + EXACT:
            self.arrivals.popleft()
        if len(self.arrivals) >= self.limit:
            return self.arrivals[0] + self.seconds - now
        self.arrivals.append(now)
        return None

    @override
    def news(self, lane: Lane, now: float) -> LaneNews | None:
        return None


@dataclass(slots=True)
class Fixed(Counter):
    """`limit` requests in a window that begins with the first of them; headers say what is left."""

    limit: int
    seconds: float
    ends: float = 0.0
    remaining: int = 0

    @override
    def arrive(self, now: float) -> float | None:
        if now >= self.ends - EXACT:
            self.ends, self.remaining = now + self.seconds, self.limit
        if not self.remaining:
            return self.ends - now
        self.remaining -= 1
        return None

    @override
    def news(self, lane: Lane, now: float) -> LaneNews | None:
        return LaneNews(lane.name, self.limit, self.remaining, self.ends - now)


@dataclass(slots=True)
class Bucket(Counter):
    """A bucket of `size` tokens that gains `per_second`."""

    size: int
    per_second: float
    spent: float = 0.0
    counted: float = 0.0

    @override
    def arrive(self, now: float) -> float | None:
        self.spent, self.counted = max(0.0, self.spent - (now - self.counted) * self.per_second), now
        if self.spent + 1 > self.size + EXACT:
            return (self.spent + 1 - self.size) / self.per_second
        self.spent += 1
        return None

    @override
    def news(self, lane: Lane, now: float) -> LaneNews | None:
        return None


class Limits(Budget, Protocol):
    """A budget together with the server's side of it."""

    @property
    def narrowest(self) -> tuple[int, float]:
        """What the slowest of the lanes that an answer may need allows: so many writes in so many seconds."""
        ...

    def counter(self, lane: Lane) -> Counter:
        """New books for a lane."""
        ...

    def token(self, place: Place, message: str) -> "Token | None":
        """The token that a write goes through now, None for none."""
        ...


@dataclass(slots=True)
class SlackLimits(Limits):
    """Edits of a workspace in a sliding window, posts of a channel in a bucket, posts of all in a sliding window."""

    edits: Lane = field(default_factory=lambda: Lane("edits", 50, 60.0))
    posts: Lane = field(default_factory=lambda: Lane("posts", 300, 60.0))
    statuses: Lane = field(default_factory=lambda: Lane("statuses", 50, 60.0))
    burst: int = 4

    @property
    @override
    def narrowest(self) -> tuple[int, float]:
        return self.edits.limit, self.edits.seconds

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        return (Lane(f"posts:{place.channel}", self.burst, float(self.burst)), self.posts)

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        return (self.edits,)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        return (self.statuses,)

    @override
    def counter(self, lane: Lane) -> Counter:
        return Bucket(lane.limit, 1.0) if lane.name.startswith("posts:") else Sliding(lane.limit, lane.seconds)

    @override
    def token(self, place: Place, message: str) -> "Token | None":
        return None


@dataclass(slots=True)
class Token:
    """This is one interaction's: the budget knows that it is of no use after `dies`; the server may have `killed` it before."""

    interaction: str
    dies: float
    killed: bool = False
    refused: bool = False
    messages: set[str] = field(default_factory=set[str])


EVERYTHING = Lane("everything", 50, 1.0, wide=True)
CALLBACKS = Lane("callbacks", 50, 1.0)


@dataclass(slots=True)
class DiscordLimits(Limits):
    """Fixed windows with headers for each channel and each token; a sliding cap of all tokens of a channel, and one of all."""

    clock: Clock
    limit: int = 5
    seconds: float = 5.0
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])

    @property
    @override
    def narrowest(self) -> tuple[int, float]:
        return (30, 60.0) if self.limit / self.seconds > 30 / 60.0 else (self.limit, self.seconds)

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        token = self.token(place, "")
        if token is None:
            return (Lane(f"post:{place.channel}", self.limit, self.seconds), EVERYTHING)
        return self._through(token, place) if token.messages else (CALLBACKS,)

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        token = self.token(message.place, message.id)
        if token is None:
            return (Lane(f"edit:{message.place.channel}", self.limit, self.seconds), EVERYTHING)
        return self._through(token, message.place)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        return (Lane(f"typing:{place.channel}", self.limit, self.seconds), EVERYTHING)

    @override
    def counter(self, lane: Lane) -> Counter:
        fixed = lane.name.startswith(("post:", "edit:", "typing:", "token:"))
        return (Fixed if fixed else Sliding)(lane.limit, lane.seconds)

    @override
    def token(self, place: Place, message: str) -> Token | None:
        token = self.tokens.get(place.interaction)
        if token is None or token.refused or self.clock.now() >= token.dies:
            return None
        return token if not message or message in token.messages else None

    def _through(self, token: Token, place: Place) -> tuple[Lane, ...]:
        return (Lane(f"token:{token.interaction}", 5, 2.0), Lane(f"webhook:{place.channel}", 30, 60.0))
