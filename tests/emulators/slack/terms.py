"""Every number and choice that a test may want to change, with Slack's own values as defaults. Pure data."""

from dataclasses import dataclass, field
from typing import Literal

from tests.emulators.slack.rules.content import Sizes
from tests.emulators.slack.rules.limits import RateLimits

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "reactions:write",
        "team:read",
        "users:read",
    }
)
"""What the bot's token may do, unless a workspace is made with less."""

SUBSCRIPTIONS = frozenset({"app_mention", "message.channels", "message.groups", "message.im", "message.mpim"})
"""The events that the app is told of, unless the emulator is made with others."""


@dataclass(frozen=True, slots=True)
class Terms:
    """These are the terms on which the Web API serves. Times in seconds.

    `orphans` says what becomes of a reply to a message that was deleted: both have been seen in the field.
    """

    rates: RateLimits = field(default_factory=RateLimits)
    sizes: Sizes = field(default_factory=Sizes)
    stream_lifetime: float = 300.0
    status_lifetime: float = 120.0
    trigger_lifetime: float = 3.0
    page_limit: int = 1_000
    orphans: Literal["refused", "unthreaded"] = "refused"


@dataclass(frozen=True, slots=True)
class Latency:
    """This is how long a call is on its way before and after its effect, in seconds."""

    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Redelivery:
    """An event not acknowledged within `deadline` seconds comes again after each of `delays`.

    https://docs.slack.dev/apis/events-api/#retries: almost at once, after a minute, after five.
    """

    deadline: float = 3.0
    delays: tuple[float, ...] = (0.2, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class SocketTerms:
    """These are the terms of Socket Mode. https://docs.slack.dev/apis/events-api/using-socket-mode/.

    `lifetime` is what `hello` announces; with `refreshes` the connection is also refreshed then, `warning` seconds after a warning.
    `grace` is how long a connection that was asked to leave stays open.
    """

    connections: int = 10
    lifetime: float = 18_060.0
    refreshes: bool = False
    warning: float = 10.0
    grace: float = 1.0
