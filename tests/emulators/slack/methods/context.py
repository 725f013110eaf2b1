"""What a method of the Web API has at hand while it works: the caller, the world, the feed, and the lookups they all share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import msgspec

from tests.emulators.slack.feed import Feed
from tests.emulators.slack.messages import Message
from tests.emulators.slack.payloads import message_json
from tests.emulators.slack.places import Channel, Workspace
from tests.emulators.slack.rules.rejection import Json, Rejected, missing_scope
from tests.emulators.slack.terms import Terms
from tests.emulators.slack.triggers import Triggers
from tests.emulators.slack.world import World

A = TypeVar("A", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Context:
    """This is one call under way: everything happens at `now`, at once and whole. `url` is the server's own address."""

    world: World
    feed: Feed
    terms: Terms
    workspace: Workspace
    triggers: Triggers
    now: float
    url: str
    issue_ticket: Callable[[], str]

    def require(self, *scopes: str) -> None:
        """Raise `Rejected` unless the token has one of these scopes."""
        if not self.workspace.scopes.intersection(scopes):
            raise missing_scope(scopes[0], self.workspace.scopes)

    def channel(self, channel_id: str) -> Channel:
        """A channel that the bot can see: any public one, and those that it is in."""
        channel = self.world.channels.get(channel_id)
        if channel is None or channel.workspace is not self.workspace:
            raise Rejected("channel_not_found")
        if channel.kind != "channel" and not channel.has_bot:
            raise Rejected("channel_not_found")
        return channel

    def own_message(self, channel: Channel, ts: str, refusal: str) -> Message:
        """A message that the bot wrote and nobody deleted; `refusal` is the error for somebody else's."""
        message = self.message(channel, ts)
        if message.user != self.workspace.bot.id:
            raise Rejected(refusal)
        return message

    def message(self, channel: Channel, ts: str) -> Message:
        """A message that nobody deleted."""
        message = channel.standing(ts)
        if message is None:
            raise Rejected("message_not_found")
        return message

    def post(self, channel: Channel, message: Message) -> None:
        """What follows from every new message of the bot: the app is told, and the status of the thread goes away."""
        if message.thread_ts:
            self.world.set_status(channel, message.thread_ts, "")
        self.feed.posted(message, channel)

    def delete(self, channel: Channel, message: Message) -> None:
        """Take a message away, and tell the app."""
        before = message_json(message, channel)
        message.deleted_at = self.now
        self.feed.deleted(message, channel, before, self.world.new_ts())


@dataclass(frozen=True, slots=True)
class Method(Generic[A]):
    """This is one method: what it is called, what it wants, which token and scopes it needs, and what it does.

    One of `scopes` is enough. `perform` returns the body of the answer without `ok`, or raises `Rejected` and changes nothing.
    """

    name: str
    arguments: type[A]
    perform: Callable[[Context, A], Json]
    scopes: tuple[str, ...] = ()
    token: Literal["bot", "app"] = "bot"


AnyMethod = Method[Any]
