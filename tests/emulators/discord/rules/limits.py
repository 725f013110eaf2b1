"""Every number of the platform in one place, each of them a parameter, and which budgets a request draws on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tests.emulators.discord.rules.windows import Draw, Limit

EDIT = "PATCH /channels/{channel}/messages/{message}"
POST = "POST /channels/{channel}/messages"
TYPING = "POST /channels/{channel}/typing"
CALLBACK = "POST /interactions/{interaction}/{token}/callback"

_PER_CHANNEL = Limit(5, 5.0)
_PER_TOKEN = Limit(5, 2.0)
_PER_BOT = Limit(50, 1.0)
_OLD_EDITS = Limit(3, 6.0)
_INVALID = Limit(10_000, 600.0)
_CREATES = Limit(200, 86_400.0)
_IDENTIFIES = Limit(1000, 86_400.0)
_SENDS = Limit(120, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """These are the rate limits. Discord documents none of them and asks clients to read the headers; these are observed.

    `one_bucket` lets new messages and edits of a channel share the budget `post`. `interaction` is per token.
    `interactions_per_channel` is a hidden cap on interaction writes, about 30 in 60 s, told in no header. `everything` does
    not bind interaction routes. `old_edits` binds edits of messages older than `Terms.old_after`, told in no header either.
    `others` limits further routes, by names such as "GET /channels/{channel}/messages".
    """

    edit: Limit = _PER_CHANNEL
    post: Limit = _PER_CHANNEL
    one_bucket: bool = False
    typing: Limit = _PER_CHANNEL
    interaction: Limit = _PER_TOKEN
    interactions_per_channel: Limit | None = None
    everything: Limit = _PER_BOT
    old_edits: Limit = _OLD_EDITS
    invalid_requests: Limit = _INVALID
    command_creates: Limit = _CREATES
    identifies: Limit = _IDENTIFIES
    identify_at_once: Limit | None = None
    gateway_sends: Limit = _SENDS
    others: Mapping[str, Limit] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """These are the other numbers and switches: lengths in code points, durations in seconds.

    `message_content` is the switch for that privileged intent in the developer portal. `blocked_words` are refused by AutoMod.
    """

    content_length: int = 2000
    interaction_deadline: float = 3.0
    interaction_life: float = 900.0
    old_after: float = 3600.0
    nonce_life: float = 180.0
    heartbeat_interval: float = 41.25
    message_content: bool = True
    guild_members: bool = True
    blocked_words: tuple[str, ...] = ()
    attachment_bytes: int = 10 * 1024 * 1024


def channel_draws(limits: Limits, route: str, channel: str, *, old: bool) -> list[Draw]:
    """The budgets of a bot-token route; `old` says that it edits a message older than `Terms.old_after`."""
    draws = [Draw("everything", "", limits.everything, scope="global", shown=False)]
    own = _own_bucket(limits, route)
    if own is not None:
        name, limit = own
        draws.append(Draw(name, channel, limit))
    if old:
        draws.append(Draw("old edits", channel, limits.old_edits, shown=False, code=30046))
    return draws


def _own_bucket(limits: Limits, route: str) -> tuple[str, Limit] | None:
    if route == POST or (route == EDIT and limits.one_bucket):
        return POST, limits.post
    limit = {EDIT: limits.edit, TYPING: limits.typing, **limits.others}.get(route)
    return None if limit is None else (route, limit)


def interaction_draws(limits: Limits, route: str, token: str, channel: str) -> list[Draw]:
    """The budgets of an interaction route, which are never the bot's own; the callback itself is free."""
    if route == CALLBACK:
        return []
    draws = [Draw("interaction", token, limits.interaction)]
    if limits.interactions_per_channel is not None and not route.startswith("GET "):
        hidden = Draw("interactions per channel", channel, limits.interactions_per_channel, scope="shared", shown=False)
        draws.append(hidden)
    return draws
