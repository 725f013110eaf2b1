"""The state of the emulated Discord, and the one way in which its events get out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from tests.emulators.discord.rules.flags import Intent, Permission
from tests.emulators.discord.rules.interactions import Countdown
from tests.emulators.discord.rules.limits import Limits, Terms
from tests.emulators.discord.rules.mentions import mentioned_users
from tests.emulators.discord.rules.privacy import Circumstances, blanked, readable
from tests.emulators.discord.rules.refusals import (
    MISSING_ACCESS,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    RefusedError,
)
from tests.emulators.discord.rules.windows import FixedWindow
from tests.emulators.discord.world import payloads
from tests.emulators.discord.world.commands import Registry
from tests.emulators.discord.world.events import Event
from tests.emulators.discord.world.messages import Message, Origin
from tests.emulators.discord.world.places import Channel, ChannelKind, Guild, User
from tests.emulators.discord.world.snowflakes import Snowflakes

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class Interaction:
    """This is one interaction; `original` is its first answer, `source` the message whose button was pressed."""

    origin: Origin
    token: str
    channel: Channel
    countdown: Countdown
    payload: Json
    source: Message | None = None
    original: Message | None = None

    @property
    def id(self) -> int:
        return self.origin.id


class World:
    """This is everything that exists. `reads_content` says whether the bot's app uses the message content intent."""

    def __init__(self, clock: Clock, limits: Limits, terms: Terms) -> None:
        self.clock = clock
        self.limits = limits
        self.terms = terms
        self.ids = Snowflakes(clock)
        self.bot = User(self.ids.next(), "footnote", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[tuple[int, str], Message] = {}
        self.commands = Registry(self.ids, limits.command_creates)
        self.identifies = FixedWindow(limits.identifies)
        self.typing: list[tuple[float, Channel]] = []
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []
        self.reads_content: Callable[[], bool] = lambda: False
        self.address = ""

    def now(self) -> float:
        """Monotonic seconds."""
        return self.clock.now()

    # What is here ---------------------------------------------------------------------------------------------

    def add_user(self, name: str) -> User:
        """A new person, who is a member of every guild there is."""
        one = User(self.ids.next(), name)
        self.users[one.id] = one
        for guild in self.guilds.values():
            guild.members.append(one)
        return one

    def add_guild(self, name: str, owner: User) -> Guild:
        """A new guild with everybody in it; sessions that are connected are told."""
        guild = Guild(self.ids.next(), name, owner, list(self.users.values()))
        self.guilds[guild.id] = guild
        self.emit(self.guild_event(guild))
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel."""
        channel = Channel(self.ids.next(), name, ChannelKind.TEXT, guild)
        self.channels[channel.id] = channel
        guild.channels.append(channel)
        self.tell_guild("CHANNEL_CREATE", channel)
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The direct messages between this person and the bot, made when first needed."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.next(), user.name, ChannelKind.DIRECT, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def channel(self, channel_id: int) -> Channel:
        """The place with this id, as the bot sees it; refuses an unknown one (10003) and a hidden one (50001)."""
        found = self.channels.get(channel_id)
        if found is None:
            raise RefusedError(UNKNOWN_CHANNEL)
        if not found.allows(Permission.VIEW_CHANNEL):
            raise RefusedError(MISSING_ACCESS)
        return found

    def guild(self, guild_id: int) -> Guild:
        found = self.guilds.get(guild_id)
        if found is None:
            raise RefusedError(UNKNOWN_GUILD)
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        """A message that still exists in this channel for everybody; refuses anything else, ephemeral ones too (10008)."""
        found = self.messages.get(message_id)
        if found is None or found.channel is not channel or found.deleted_at is not None or found.ephemeral:
            raise RefusedError(UNKNOWN_MESSAGE)
        return found

    def threads(self, guild: Guild) -> list[Channel]:
        """The threads of a guild that are not archived and that the bot may see."""
        return [
            one
            for one in self.channels.values()
            if one.guild is guild and one.thread and not one.thread.archived and one.allows(Permission.VIEW_CHANNEL)
        ]

    # What is told ---------------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Tell every listener, and remember the event so that it can be repeated."""
        self.events.append(event)
        for listen in self.listeners:
            listen(event)

    def tell(self, name: str, channel: Channel, render: Callable[[bool], Json]) -> None:
        """Emit an event about messages in a channel, if the bot may see it."""
        if not channel.allows(Permission.VIEW_CHANNEL):
            return
        intent = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
        self.emit(Event(name, render, channel.guild.id if channel.guild else None, intent))

    def tell_guild(self, name: str, channel: Channel, extra: Json | None = None) -> None:
        """Emit an event about a channel or thread itself."""
        if channel.guild is None or not channel.allows(Permission.VIEW_CHANNEL):
            return
        payload = payloads.channel(channel, self.bot) | (extra or {})
        self.emit(Event(name, lambda _: payload, channel.guild.id, Intent.GUILDS))

    def guild_event(self, guild: Guild) -> Event:
        """The GUILD_CREATE of a guild, as it is when it is rendered."""

        def render(_: bool) -> Json:
            everybody = self.terms.guild_members
            return payloads.guild(guild, self.threads(guild), self.bot, everybody=everybody)

        return Event("GUILD_CREATE", render, guild.id, Intent.GUILDS)

    def readable(self, message: Message) -> bool:
        """Whether the bot may read this message without the message content intent."""
        replied = message.reply_to
        return readable(
            Circumstances(
                own=message.author is self.bot,
                direct=message.channel.kind is ChannelKind.DIRECT,
                mentions_bot=self.bot.id in mentioned_users(message.content),
                pinging_reply=(
                    replied is not None
                    and replied.author is self.bot
                    and replied.origin is None
                    and message.pinged_author()
                ),
            )
        )

    def render(self, message: Message, *, reads: bool, gateway: bool = False) -> Json:
        """Spell a message with the one it replies to, for somebody who has (`reads`) the message content intent or not."""
        found = self._alone(message, reads=reads)
        replied = message.reply_to
        if replied is not None:
            found["referenced_message"] = None if replied.deleted_at is not None else self._alone(replied, reads=reads)
        if gateway and message.channel.guild is not None:
            found["guild_id"] = str(message.channel.guild.id)
            if message.origin is None:
                found["member"] = payloads.member(message.author)
        return found

    def _alone(self, message: Message, *, reads: bool) -> Json:
        marks = message.now.pings
        people = [one for one in self.users.values() if one.mark in marks]
        found = payloads.message(message, self.bot, people, self.address)
        return found if reads or self.readable(message) else blanked(found)
