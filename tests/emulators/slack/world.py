"""The emulated Slack at rest: who and what there is, what a reader sees of it, and nothing about servers."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.clock import Clock
from tests.emulators.slack.messages import TOMBSTONE, File, Message, Version
from tests.emulators.slack.places import App, Channel, ChannelKind, User, Workspace
from tests.emulators.slack.rules.content import Shape
from tests.emulators.slack.terms import SCOPES


@dataclass(frozen=True, slots=True)
class Seen:
    """This is one message on the screen of a reader."""

    ts: str
    user: str
    text: str
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """This is one change of the status under a thread; "" means that it went away."""

    time: float
    status: str
    loading_messages: tuple[str, ...] = ()


@dataclass(slots=True)
class Timestamps:
    """These are Slack's names for messages: the wall time in microseconds, made unique."""

    _last: int = 0

    def next(self, today: datetime) -> str:
        """A ts later than every one before."""
        self._last = max(self._last + 1, int(today.timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


@dataclass(slots=True)
class World:
    """These are all workspaces; making and finding things in them tells nobody."""

    clock: Clock
    app: App = field(default_factory=App)
    workspaces: dict[str, Workspace] = field(default_factory=dict[str, Workspace])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    users: dict[str, User] = field(default_factory=dict[str, User])
    statuses: dict[tuple[str, str], list[Status]] = field(default_factory=dict[tuple[str, str], list[Status]])
    files: dict[str, File] = field(default_factory=dict[str, File])
    timestamps: Timestamps = field(default_factory=Timestamps)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    # Making ---------------------------------------------------------------------------------------------

    def add_workspace(
        self, name: str = "emulated", *, scopes: frozenset[str] = SCOPES, edit_window: float | None = None
    ) -> Workspace:
        """Install the app in one more workspace."""
        number = next(self._numbers)
        team_id = f"T{number:010d}"
        bot = self._remember(User(f"U{number:07d}BOT", team_id, "footnote", is_bot=True))
        token = f"xoxb-{number:010d}-emulated"
        workspace = Workspace(team_id, name, bot, f"B{number:010d}", token, scopes=scopes, edit_window=edit_window)
        self.workspaces[team_id] = workspace
        return workspace

    def add_user(self, name: str, workspace: Workspace | None = None, *, is_bot: bool = False) -> User:
        """Let somebody join a workspace, by default the first."""
        place = workspace or self.home
        return self._remember(User(f"U{next(self._numbers):010d}", place.id, name, is_bot=is_bot))

    def add_channel(
        self,
        name: str,
        members: Collection[User] = (),
        workspace: Workspace | None = None,
        *,
        kind: ChannelKind = "channel",
        with_bot: bool = True,
    ) -> Channel:
        """Open a channel."""
        place = workspace or self.home
        prefix = {"channel": "C", "group": "G", "im": "D", "mpim": "G"}[kind]
        channel = Channel(f"{prefix}{next(self._numbers):010d}", place, name, kind)
        channel.members.update(user.id for user in members)
        if with_bot:
            channel.members.add(place.bot.id)
        self.channels[channel.id] = channel
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The direct message between the bot and a user, opened when it is first needed."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        return self.add_channel(f"dm-{user.name}", [user], self.workspaces[user.team_id], kind="im")

    def add_message(self, channel: Channel, shape: Shape, *, user: str, ts: str = "", thread_ts: str = "") -> Message:
        """Put a message on the screen; `thread_ts` is the message that it replies to."""
        message = Message(
            channel_id=channel.id,
            team_id=channel.workspace.id,
            ts=ts or self.new_ts(),
            versions=[Version(self.clock.now(), shape.text, shape.blocks)],
            user=user,
            thread_ts=thread_ts,
        )
        channel.messages[message.ts] = message
        if message.is_reply:
            channel.messages[thread_ts].thread_ts = thread_ts
        return message

    def add_file(self, name: str, length: int) -> File:
        """Expect a file; nobody sees it yet."""
        file = File(f"F{next(self._numbers):010d}", name, length)
        self.files[file.id] = file
        return file

    def new_ts(self) -> str:
        """A ts for something that happens now."""
        return self.timestamps.next(self.clock.today())

    # Finding --------------------------------------------------------------------------------------------

    @property
    def home(self) -> Workspace:
        """The first workspace."""
        return next(iter(self.workspaces.values()))

    def channel(self, name: str) -> Channel:
        """A channel by its id or by its name, with or without `#`; KeyError if there is none."""
        if name in self.channels:
            return self.channels[name]
        named = [channel for channel in self.channels.values() if channel.name == name.removeprefix("#")]
        if not named:
            raise KeyError(name)
        return named[0]

    def user(self, name: str) -> User:
        """A user by id or by name; KeyError if there is none."""
        if name in self.users:
            return self.users[name]
        named = [user for user in self.users.values() if user.name == name]
        if not named:
            raise KeyError(name)
        return named[0]

    def visible(self, channel: Channel, thread_ts: str = "", *, reader: str = "") -> list[Seen]:
        """What a reader sees now: the channel without its threads, or one whole thread.

        `reader` is a user id; without one, the best-informed reader.
        """
        messages = channel.thread(thread_ts) if thread_ts else channel.messages.values()
        seen = (self._seen(channel, message, reader) for message in messages if thread_ts or not message.is_reply)
        return [message for message in seen if message is not None]

    def status(self, channel: Channel, thread_ts: str, lifetime: float = 120.0) -> str:
        """The status that shows under a thread now, "" for none; it fades `lifetime` seconds after it was set."""
        log = self.statuses.get((channel.id, thread_ts), [])
        return log[-1].status if log and self.clock.now() < log[-1].time + lifetime else ""

    def set_status(self, channel: Channel, thread_ts: str, status: str, loading: tuple[str, ...] = ()) -> None:
        """Note that the status of a thread changed; one that says the same again counts as a change."""
        log = self.statuses.setdefault((channel.id, thread_ts), [])
        if status or (log and log[-1].status):
            log.append(Status(self.clock.now(), status, loading))

    # ----------------------------------------------------------------------------------------------------

    def _remember(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def _seen(self, channel: Channel, message: Message, reader: str) -> Seen | None:
        if channel.is_tombstone(message):
            return Seen(message.ts, "USLACKBOT", TOMBSTONE)
        if message.deleted_at is not None:
            return None
        text = message.shown_to(reader) if reader else message.shown
        return Seen(message.ts, message.user or message.bot_id, text, edited=message.edited is not None)
