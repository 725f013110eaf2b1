"""The platform's budgets, and what has been spent of them. Pure: time is an argument.

A lane is declared by an adapter; its `Ledger` counts what was spent so that no budget is ever exceeded, whatever the
platform's clock says. Which write is worth a token is decided in `scheduler.py`.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from bot.model import Lane, LaneNews

SHRINK = 0.7
"""What is left of a lane's rate after the platform said 429 although our count had room."""

RECOVERY_WINDOWS = 10
"""A shrunken rate grows back to its full size over this many windows."""

_EXACT = 1e-9


@dataclass(slots=True)
class _Window:
    """A fixed window that the platform has told us about.

    `told` is what it said is left, `ours` what is left by our own count: the older header may come last, and a request
    whose answer was lost has none.
    """

    limit: int
    told: int
    ours: int
    ends: float

    def spend(self) -> None:
        """A write that no header told of may have been counted."""
        self.told = max(0, self.told - 1)
        self.ours = max(0, self.ours - 1)


@dataclass(slots=True)
class Ledger:
    """This is the account of one lane.

    A write counts from the moment it is sent until `seconds` after its answer came: the platform saw it somewhere between,
    so a token that is free here is free there. Where headers have spoken, the platform's own fixed window counts instead.
    """

    lane: Lane
    closed_until: float = 0.0
    _outstanding: int = 0
    _settled: int = 0  # of the outstanding ones: already accounted for by headers, though the call has not returned
    _spent: deque[float] = field(default_factory=deque[float])  # those that no header told of
    _window: _Window | None = None
    _rate: float = 1.0
    _rate_since: float = 0.0

    def free(self, now: float) -> int:
        """How many writes may be sent now."""
        if now < self.closed_until:
            return 0
        in_flight = self._outstanding - self._settled
        window = self._window
        if window is None:
            self._forget(now)
            return max(0, self._limit(now) - len(self._spent) - in_flight)
        left = min(window.told, window.ours) if now < window.ends else window.limit
        allowed = max(1, int(window.limit * self._current_rate(now) + _EXACT))
        return max(0, left - (window.limit - allowed) - in_flight)

    def returning(self, now: float, within: float) -> int:
        """How many tokens come back in the next `within` seconds, beyond those that are free now."""
        horizon = now + within
        if self.closed_until > now:
            return 0 if self.closed_until > horizon else self._limit(now)
        window = self._window
        if window is None:
            self._forget(now)
            again = max(0, int(within / self.lane.seconds) - 1) * self.lane.limit
            return bisect_right(self._spent, horizon - self.lane.seconds) + again
        start = window.ends if window.ends > now else now + self.lane.seconds
        windows = 0 if horizon < start else 1 + int((horizon - start) / self.lane.seconds)
        return windows * window.limit

    def opens(self, now: float) -> float:
        """The earliest time at which a token is free, as far as can be known now; `now` if one is."""
        if self.free(now) > 0:
            return now
        if now < self.closed_until:
            return self.closed_until
        window = self._window
        if window is not None:
            return window.ends if now < window.ends else now + self.lane.seconds
        return self._spent[0] + self.lane.seconds if self._spent else now + self.lane.seconds

    def window_ends(self, now: float) -> float | None:
        """When the fixed window that headers told of ends; None where none is open."""
        return self._window.ends if self._window is not None and now < self._window.ends else None

    def sent(self) -> None:
        """A write has left."""
        self._outstanding += 1

    def landed(self, now: float) -> None:
        """A call has returned, whatever its answer was: the platform may have counted it until now."""
        self._outstanding = max(0, self._outstanding - 1)
        if self._settled:
            self._settled -= 1
            return
        self._spent.append(now)
        window = self._window
        if window is not None:
            if now >= window.ends:
                window.told = window.ours = window.limit
                window.ends = now + self.lane.seconds
            window.spend()

    def throttled(self, now: float, retry_after: float) -> None:
        """The platform said 429: closed for exactly that time; the rate shrinks and recovers slowly."""
        self._rate = max(1 / self.lane.limit, self._current_rate(now) * SHRINK)
        self.closed_until = max(self.closed_until, now + retry_after)
        self._rate_since = self.closed_until

    def heard(self, now: float, news: LaneNews) -> None:
        """Headers have come for one of our calls, which may return later (a library that waits out its own limiter)."""
        self._settled = min(self._settled + 1, self._outstanding)
        if news.refused:
            self.throttled(now, news.reset_after)
            return
        ends = now + news.reset_after
        window = self._window
        if window is None or now >= window.ends:
            self._forget(now)
            ours = news.limit - len(self._spent) - 1
            self._window = _Window(news.limit, news.remaining, max(0, ours), ends)
            return
        window.ours = max(0, window.ours + news.limit - window.limit - 1)
        window.told = min(window.told, news.remaining)
        window.limit, window.ends = news.limit, max(window.ends, ends)

    def absorb(self, other: "Ledger") -> None:
        """Count what another account of the same budget has counted."""
        self._spent = deque(sorted([*self._spent, *other._spent]))
        self._outstanding += other._outstanding
        self._settled += other._settled
        self.closed_until = max(self.closed_until, other.closed_until)
        if self._window is not None and other._window is not None:
            self._window.ours = max(0, self._window.ours + other._window.ours - self._window.limit)
            self._window.told = min(self._window.told, other._window.told)
        self._window = self._window or other._window

    def idle(self, now: float) -> bool:
        """Whether nothing is spent, closed or learned that would matter later: a fresh account would say the same."""
        self._forget(now)
        window = self._window
        learned = window is not None and (now < window.ends or window.limit < self.lane.limit)
        busy = self._outstanding or self._spent or now < self.closed_until or self._current_rate(now) < 1.0
        return not busy and not learned

    def presume(self, now: float, spent: int) -> None:
        """Count `spent` writes that an earlier process may have made until now."""
        self._spent.extend([now] * min(spent, self.lane.limit))

    def _forget(self, now: float) -> None:
        edge = now - self.lane.seconds
        while self._spent and self._spent[0] <= edge:
            self._spent.popleft()

    def _current_rate(self, now: float) -> float:
        recovered = max(0.0, now - self._rate_since) / (self.lane.seconds * RECOVERY_WINDOWS)
        return min(1.0, self._rate + recovered)

    def _limit(self, now: float) -> int:
        return max(1, int(self.lane.limit * self._current_rate(now) + _EXACT))
