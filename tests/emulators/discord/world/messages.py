"""Messages with their whole history: every version that was ever visible, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tests.emulators.discord.rules.flags import NO_FLAGS, MessageFlag
from tests.emulators.discord.world.places import Channel, User

Json = dict[str, Any]


class MessageKind(IntEnum):
    """These are the types of messages that matter here."""

    DEFAULT = 0
    THREAD_CREATED = 18
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_COMMAND = 23


@dataclass(frozen=True, slots=True)
class Attachment:
    """This is a file of a message."""

    id: int
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """This is what a message said from `at` (monotonic seconds) on.

    `pings` are those whom this write pinged, as Discord spells them (`<@1>`, `<@&2>`, `@everyone`, `@here`); an edit is
    parsed anew, although Discord notifies nobody about it. `unfurled` are the addresses that have a card.
    """

    at: float
    content: str = ""
    flags: MessageFlag = NO_FLAGS
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pings: frozenset[str] = frozenset()
    unfurled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """This is the interaction that a message answers."""

    id: int
    kind: int
    name: str
    user: User


@dataclass(slots=True, eq=False)
class Message:
    """This is one message with all its versions; `deleted_at` is None while it exists."""

    id: int
    channel: Channel
    author: User
    versions: list[Version] = field(default_factory=list[Version])
    kind: MessageKind = MessageKind.DEFAULT
    reply_to: "Message | None" = None
    origin: Origin | None = None
    nonce: str | None = None
    thread: Channel | None = None
    deleted_at: float | None = None

    @property
    def now(self) -> Version:
        """The version that is visible, or was when the message was deleted."""
        return self.versions[-1]

    @property
    def content(self) -> str:
        return self.now.content

    @property
    def flags(self) -> MessageFlag:
        return self.now.flags

    @property
    def embeds(self) -> tuple[Json, ...]:
        return self.now.embeds

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.now.attachments

    @property
    def unfurled(self) -> tuple[str, ...]:
        return self.now.unfurled

    @property
    def pings(self) -> frozenset[str]:
        """Everybody whom any version of this message pinged."""
        return frozenset().union(*(version.pings for version in self.versions))

    @property
    def log(self) -> list[tuple[float, str]]:
        """When it said what: monotonic seconds and content, oldest first."""
        return [(version.at, version.content) for version in self.versions]

    @property
    def created_at(self) -> float:
        """When it was posted, in monotonic seconds."""
        return self.versions[0].at

    @property
    def ephemeral(self) -> bool:
        """Whether only the user of its interaction sees it."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see in it."""
        now = self.now
        return not (now.content.strip() or now.embeds or now.components or now.attachments)

    def pinged_author(self) -> bool:
        """Whether it is a reply that pings whom it replies to."""
        return self.reply_to is not None and self.reply_to.author.mark in self.now.pings


def family(message: Message) -> Iterator[Message]:
    """The message and the one that it replies to."""
    yield message
    if message.reply_to is not None:
        yield message.reply_to
