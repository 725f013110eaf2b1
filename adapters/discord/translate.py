"""What people's messages and commands in Discord mean to us: a question, or nothing. Pure.

Whose words a bot may read: https://docs.discord.com/developers/events/gateway#message-content-intent
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.model import Place, Question

NAME = "discord"
DIRECT = "@me"
"""The workspace of direct messages."""

DEADLINE = 3.0
"""Seconds within which an interaction must be answered."""

_MARK = re.compile(
    r"<(?:(?P<kind>@&|@!?|#)(?P<id>\d+)|a?:(?P<emoji>\w+):\d+|t:(?P<time>-?\d{1,12})(?::[a-zA-Z])?|/(?P<command>[^<>:]+):\d+)>"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """This is who we are in Discord: our user, and the role that a server made for us ("" where not known)."""

    user: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """This is where something was said; `guild` is "" in direct messages."""

    channel: str
    guild: str = ""
    thread: bool = False

    @property
    def workspace(self) -> str:
        return self.guild or DIRECT


@dataclass(frozen=True, slots=True)
class Spoken:
    """This is a message of a person. `addressed`: it mentions us; `withheld`: Discord may have taken its text away.

    `replies_to` and `replied_author` say which message it replies to, and whose that is ("" for none or not known).
    `names` spells what its marks stand for: "@1" a user, "@&1" a role, "#1" a channel.
    """

    id: str
    spot: Spot
    author: str
    text: str
    at: datetime
    addressed: bool = False
    replies_to: str = ""
    replied_author: str = ""
    withheld: bool = False
    names: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Asked:
    """This is a use of our command."""

    id: str
    spot: Spot
    author: str
    text: str
    at: datetime


def spoken_question(spoken: Spoken, identity: Identity) -> Question | None:
    """The question that a message asks: it mentions us, replies to us, or was written to us directly."""
    ours = spoken.replied_author == identity.user
    if not (spoken.addressed or ours or not spoken.spot.guild):
        return None
    text = readable(spoken.text, identity, spoken.names)
    return Question(
        place=Place(NAME, spoken.spot.workspace, spoken.spot.channel, reply_to=spoken.id),
        asker=spoken.author,
        text=text,
        conversation=_conversation(spoken.spot, spoken.id),
        claims=(f"{NAME}:message:{spoken.id}",),
        asked_at=spoken.at,
        replies_to=spoken.replies_to,
        message=spoken.id,
        has_surroundings=spoken.spot.thread or bool(spoken.spot.guild and spoken.replies_to and not ours),
        unreadable=spoken.withheld and not spoken.text,
    )


def asked_question(asked: Asked) -> Question:
    """The question that a command asks."""
    return Question(
        place=Place(NAME, asked.spot.workspace, asked.spot.channel, interaction=asked.id),
        asker=asked.author,
        text=asked.text.strip(),
        conversation=_conversation(asked.spot, asked.id),
        claims=(f"{NAME}:interaction:{asked.id}",),
        asked_at=asked.at,
        deadline=DEADLINE,
        has_surroundings=asked.spot.thread,
    )


def is_own_thread(question: Question) -> bool:
    """Whether everything that is said in the place belongs to the question's conversation: a thread or direct messages."""
    return question.conversation == f"{NAME}:{question.place.channel}"


def readable(text: str, identity: Identity, names: Mapping[str, str]) -> str:
    """Discord's marks as people read them: our own mention removed, other mentions, emoji and times spelled out.

    https://docs.discord.com/developers/reference#message-formatting
    """
    own = "|".join([f"@!?{identity.user}", *([f"@&{identity.role}"] if identity.role else [])])
    text = re.sub(rf"^\s*<(?:{own})>(?:[,:](?=\s|$))?\s*", "", text)
    text = re.sub(rf"[ \t]*<(?:{own})>[ \t]*", " ", text)
    return _MARK.sub(lambda found: _spelled(found, names), text).strip()


def _spelled(found: re.Match[str], names: Mapping[str, str]) -> str:
    if found["emoji"]:
        return f":{found['emoji']}:"
    if found["command"]:
        return f"/{found['command']}"
    if found["time"]:
        return _moment(found)
    kind = found["kind"].removesuffix("!")
    return kind[0] + names.get(kind + found["id"], found["id"])


def _moment(found: re.Match[str]) -> str:
    try:
        return f"{datetime.fromtimestamp(int(found['time']), UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return found[0]


def _conversation(spot: Spot, own: str) -> str:
    """A thread and direct messages are one conversation; elsewhere each question begins its own."""
    return f"{NAME}:{spot.channel}" if spot.thread or not spot.guild else f"{NAME}:{spot.channel}:{own}"
