"""The app, its workspaces, and the channels and users in them: what a token opens and where messages stand."""

from dataclasses import dataclass, field
from typing import Literal

from tests.emulators.slack.messages import Message
from tests.emulators.slack.terms import SCOPES, SUBSCRIPTIONS

ChannelKind = Literal["channel", "group", "im", "mpim"]
"""A public channel, a private one, a direct message, a direct message of several."""


@dataclass(slots=True)
class App:
    """This is the app as its owner configured it: with a `request_url` events come by HTTP, else through Socket Mode."""

    id: str = "A0000000001"
    token: str = "xapp-1-A0000000001-emulated"
    signing_secret: str = "emulated-signing-secret"
    verification_token: str = "emulated-verification-token"
    request_url: str = ""
    subscriptions: frozenset[str] = SUBSCRIPTIONS


@dataclass(slots=True)
class User:
    """This is somebody in a workspace, a person or a bot."""

    id: str
    team_id: str
    name: str
    is_bot: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Workspace:
    """This is one installation of the app. `edit_window` in seconds, None for no end; a revoked token opens nothing."""

    id: str
    name: str
    bot: User
    bot_id: str
    token: str
    scopes: frozenset[str] = SCOPES
    revoked: bool = False
    edit_window: float | None = None


@dataclass(slots=True)
class Channel:
    """This is a conversation, and all messages in it by ts, in order."""

    id: str
    workspace: Workspace
    name: str
    kind: ChannelKind = "channel"
    members: set[str] = field(default_factory=set[str])
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    ephemeral: list[tuple[str, Message]] = field(default_factory=list[tuple[str, Message]])

    @property
    def has_bot(self) -> bool:
        """Whether our bot is in it."""
        return self.workspace.bot.id in self.members

    def thread(self, thread_ts: str) -> list[Message]:
        """The message that started the thread and its replies, as far as they have not been deleted without a trace."""
        return [message for message in self.messages.values() if thread_ts in {message.ts, message.thread_ts}]

    def has_replies(self, ts: str) -> bool:
        """Whether the message has a reply that still stands."""
        return any(message.is_reply and message.thread_ts == ts for message in self._standing())

    def is_tombstone(self, message: Message) -> bool:
        """Whether the message was deleted and only "This message was deleted." stands above its replies."""
        return message.deleted_at is not None and not message.is_reply and self.has_replies(message.ts)

    def standing(self, ts: str) -> Message | None:
        """The message, unless there was none or it was deleted."""
        message = self.messages.get(ts)
        return None if message is None or message.deleted_at is not None else message

    def _standing(self) -> list[Message]:
        return [message for message in self.messages.values() if message.deleted_at is None]
