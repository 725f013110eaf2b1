"""Fixed windows: at most so many requests from the first one on until the window ends. Pure: `now` is an argument.

https://docs.discord.com/developers/topics/rate-limits
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["user", "shared", "global"]


@dataclass(frozen=True, slots=True)
class Limit:
    """This is a budget: at most `count` requests within one window of `seconds`."""

    count: int
    seconds: float


@dataclass(slots=True)
class FixedWindow:
    """This is one budget being spent. A window opens with the first request and is over `seconds` later."""

    limit: Limit
    ends: float = -math.inf
    used: int = 0

    def remaining(self, now: float) -> int:
        """Requests that are still admitted in the window of `now`."""
        return self.limit.count - (self.used if now < self.ends else 0)

    def reset_after(self, now: float) -> float:
        """Seconds until the open window is over, rounded up to whole milliseconds; 0 if none is open.

        Whoever waits this long is never early: `now + reset_after(now) >= ends`.
        """
        if now >= self.ends:
            return 0.0
        wait = math.ceil((self.ends - now) * 1000) / 1000
        return wait if now + wait >= self.ends else wait + 0.001

    def spend(self, now: float) -> None:
        """Count one request; the caller has seen that `remaining` is above 0."""
        if now >= self.ends:
            self.ends, self.used = now + self.limit.seconds, 0
        assert self.used < self.limit.count, "nobody spends what is not there"
        self.used += 1


@dataclass(frozen=True, slots=True)
class Draw:
    """This is one budget that a request draws on: the bucket `name` for the major parameter `key`.

    `shown` says that its state is told in the response headers; `code` is the error code of its refusal, if it has one.
    """

    name: str
    key: str
    limit: Limit
    scope: Scope = "user"
    shown: bool = True
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """This is what the `X-RateLimit-*` headers tell about a bucket."""

    draw: Draw
    remaining: int
    reset_after: float


@dataclass(frozen=True, slots=True)
class Admission:
    """This is the decision about one request: `refused_by` is None if it may pass, else wait for `retry_after` seconds."""

    refused_by: Draw | None
    retry_after: float
    shown: Shown | None


@dataclass(slots=True)
class Buckets:
    """These are all windows of the platform. A request is counted in each of its budgets, or in none."""

    windows: dict[tuple[str, str], FixedWindow] = field(default_factory=dict[tuple[str, str], FixedWindow])

    def admit(self, draws: Sequence[Draw], now: float) -> Admission:
        """Decide about a request and count it if it passes. What is refused is not counted."""
        full = [draw for draw in draws if self._window(draw).remaining(now) <= 0]
        if full:
            slowest = max(full, key=lambda draw: self._window(draw).reset_after(now))
            return Admission(slowest, self._window(slowest).reset_after(now), self._shown(draws, now))
        for draw in draws:
            self._window(draw).spend(now)
        return Admission(None, 0.0, self._shown(draws, now))

    def _window(self, draw: Draw) -> FixedWindow:
        return self.windows.setdefault((draw.name, draw.key), FixedWindow(draw.limit))

    def _shown(self, draws: Sequence[Draw], now: float) -> Shown | None:
        for draw in draws:
            if draw.shown:
                window = self._window(draw)
                return Shown(draw, window.remaining(now), window.reset_after(now))
        return None
