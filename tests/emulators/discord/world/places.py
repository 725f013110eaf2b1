"""People and the places where they talk: users, guilds, channels, direct messages, threads."""

from dataclasses import dataclass, field
from enum import IntEnum

from tests.emulators.discord.rules.flags import EVERYONE, NOTHING, Permission


@dataclass(slots=True, eq=False)
class User:
    """This is somebody, a person or the bot. `accepts_messages` is off for those who closed their direct messages."""

    id: int
    name: str
    bot: bool = False
    accepts_messages: bool = True

    @property
    def mark(self) -> str:
        """How a text mentions this user."""
        return f"<@{self.id}>"


class ChannelKind(IntEnum):
    """These are the types of channels that matter here."""

    TEXT = 0
    DIRECT = 1
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


@dataclass(slots=True)
class ThreadState:
    """This is what a thread has beyond a channel. `auto_archive` is in minutes."""

    owner: User
    auto_archive: int = 1440
    archived: bool = False
    locked: bool = False


@dataclass(slots=True, eq=False)
class Guild:
    """This is a server; `permissions` are those of everybody, the bot included."""

    id: int
    name: str
    owner: User
    members: list[User] = field(default_factory=list[User])
    channels: list["Channel"] = field(default_factory=list["Channel"])
    permissions: Permission = EVERYONE


@dataclass(slots=True, eq=False)
class Channel:
    """This is a place with messages; `denied` are the permissions that the bot lacks here."""

    id: int
    name: str
    kind: ChannelKind
    guild: Guild | None = None
    parent: "Channel | None" = None
    recipient: User | None = None
    thread: ThreadState | None = None
    denied: Permission = NOTHING
    message_ids: list[int] = field(default_factory=list[int])

    @property
    def permissions(self) -> Permission:
        """What the bot may do here; a thread goes by the channel it belongs to."""
        place = self.parent or self
        return EVERYONE if place.guild is None else place.guild.permissions & ~place.denied

    def allows(self, *wanted: Permission) -> bool:
        """Whether the bot has each of these permissions here."""
        return all(one in self.permissions for one in wanted)
