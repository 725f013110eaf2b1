"""Slack's budgets: how many calls of a method a workspace may make, and how long a refused caller has to wait. Pure.

A refused call spends nothing. The numbers come from https://docs.slack.dev/apis/web-api/rate-limits and the page of each
method; what Slack does not publish (burst sizes, the cap on posts of a workspace, the "special" methods) is a parameter with a
cautious default.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from typing_extensions import override

TIERS: Mapping[str, int] = MappingProxyType(
    {
        "agents.sessions.rename": 3,
        "agents.sessions.setStatus": 3,
        "apps.connections.open": 3,
        "assistant.threads.setSuggestedPrompts": 4,
        "assistant.threads.setTitle": 4,
        "chat.appendStream": 4,
        "chat.delete": 3,
        "chat.postEphemeral": 4,
        "chat.startStream": 2,
        "chat.stopStream": 2,
        "chat.update": 3,
        "conversations.history": 3,
        "conversations.info": 3,
        "conversations.open": 3,
        "conversations.replies": 3,
        "files.completeUploadExternal": 4,
        "files.getUploadURLExternal": 4,
        "reactions.add": 3,
        "reactions.remove": 2,
        "team.info": 3,
        "users.info": 4,
        "views.open": 4,
    }
)
"""The tier of every method that has one; the others are "special" and share `RateLimits.special`."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """These are the numbers: calls of one method in one workspace within `window` seconds, unless a field says otherwise."""

    window: float = 60.0
    tiers: tuple[int, int, int, int] = (1, 20, 50, 100)
    special: int = 300
    posts: int = 300
    channel_posts_per_second: float = 1.0
    channel_post_burst: int = 4
    methods: Mapping[str, int] = field(default_factory=dict[str, int])

    def calls(self, method: str) -> int:
        """How often the method may be called in a window; `methods` overrules tiers."""
        if method in self.methods:
            return self.methods[method]
        if method == "chat.postMessage":
            return self.posts
        tier = TIERS.get(method)
        return self.special if tier is None else self.tiers[tier - 1]


class Limit(Protocol):
    """This is one budget."""

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed, if nobody else spends until then; 0.0 means now."""
        ...

    def spend(self, now: float) -> None:
        """Spend one; only when `wait` says 0.0 for the same `now`."""
        ...


@dataclass(slots=True)
class SlidingWindow(Limit):
    """This allows at most `limit` within any `seconds`."""

    limit: int
    seconds: float
    _spent: deque[float] = field(default_factory=deque[float])

    @override
    def wait(self, now: float) -> float:
        while self._spent and self._spent[0] + self.seconds <= now:
            self._spent.popleft()
        if len(self._spent) < self.limit:
            return 0.0
        return self._spent[-self.limit] + self.seconds - now if self.limit else self.seconds

    @override
    def spend(self, now: float) -> None:
        self._spent.append(now)


@dataclass(slots=True)
class TokenBucket(Limit):
    """This allows `rate` a second in the long run and `burst` at once after a rest.

    It keeps the moment at which the bucket will be full again instead of a count of tokens: nothing is lost to rounding.
    """

    rate: float
    burst: int
    _full_at: float = -math.inf

    @override
    def wait(self, now: float) -> float:
        return max(0.0, self._full_at - (self.burst - 1) / self.rate - now)

    @override
    def spend(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + 1 / self.rate


@dataclass(slots=True)
class Budgets:
    """These are all budgets of all workspaces."""

    limits: RateLimits
    _methods: dict[tuple[str, str], SlidingWindow] = field(default_factory=dict[tuple[str, str], SlidingWindow])
    _channels: dict[tuple[str, str], TokenBucket] = field(default_factory=dict[tuple[str, str], TokenBucket])

    def spend(self, method: str, workspace: str, channel: str, now: float) -> int | None:
        """Spend one call; or return after how many whole seconds (at least one) to try again, and spend nothing."""
        drawn_on = self._drawn_on(method, workspace, channel)
        wait = max(limit.wait(now) for limit in drawn_on)
        if wait > 0:
            return max(1, math.ceil(wait))
        for limit in drawn_on:
            limit.spend(now)
        return None

    def _drawn_on(self, method: str, workspace: str, channel: str) -> list[Limit]:
        window = self._methods.setdefault(
            (workspace, method), SlidingWindow(self.limits.calls(method), self.limits.window)
        )
        if method != "chat.postMessage":
            return [window]
        bucket = self._channels.setdefault(
            (workspace, channel), TokenBucket(self.limits.channel_posts_per_second, self.limits.channel_post_burst)
        )
        return [window, bucket]
