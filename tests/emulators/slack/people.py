"""What people and other bots do in the emulated Slack: write, mention, edit, delete, invite, press. The app is told of it."""

import uuid
from dataclasses import dataclass

from tests.emulators.slack.feed import Feed
from tests.emulators.slack.messages import Message, Version
from tests.emulators.slack.payloads import (
    app_mention_event,
    member_joined_event,
    message_event,
    message_json,
    rich_text,
    user_json,
)
from tests.emulators.slack.places import Channel, User
from tests.emulators.slack.rules.content import Shape
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.triggers import Triggers
from tests.emulators.slack.world import World


@dataclass(slots=True)
class People:
    """These are all who are not our bot. Nothing here waits: the events are on their way when a method returns."""

    world: World
    feed: Feed
    triggers: Triggers

    def say(self, channel: Channel, user: User, text: str, thread_ts: str = "", *, client_msg_id: str = "") -> Message:
        """Write a message; if it mentions our bot where the bot is, two events tell of it, with two event ids."""
        message = self.world.add_message(channel, Shape(text, []), user=user.id, thread_ts=thread_ts)
        message.client_msg_id = client_msg_id or str(uuid.uuid4())
        self._type(message, text)
        self.feed.posted(message, channel)
        return message

    def mention(self, channel: Channel, user: User, text: str, thread_ts: str = "") -> Message:
        """Write a message to our bot; the mention is put in front unless the text has it."""
        return self.say(channel, user, _to_bot(channel, text), thread_ts)

    def direct_message(self, user: User, text: str, thread_ts: str = "") -> Message:
        """Write to our bot alone."""
        return self.say(self.world.direct_channel(user), user, text, thread_ts)

    def bot_says(self, channel: Channel, bot_id: str, text: str, thread_ts: str = "", *, username: str = "") -> Message:
        """Let another bot write, the classic way: no user, subtype `bot_message`."""
        message = self.world.add_message(channel, Shape(text, []), user="", thread_ts=thread_ts)
        message.bot_id, message.username, message.subtype = bot_id, username, "bot_message"
        self.feed.posted(message, channel)
        return message

    def edit(self, message: Message, text: str) -> None:
        """Let its author edit a message."""
        channel = self.world.channels[message.channel_id]
        before = message_json(message, channel)
        ts = self.world.new_ts()
        message.edited = (message.user, ts)
        message.versions.append(Version(self.world.clock.now(), text, rich_text(text)))
        self.feed.changed(message, channel, before, ts)

    def unfurl(self, message: Message) -> None:
        """Let Slack attach a preview to a message: a `message_changed` that nobody typed, and the text stays."""
        channel = self.world.channels[message.channel_id]
        self.feed.changed(message, channel, message_json(message, channel), self.world.new_ts())

    def delete(self, message: Message) -> None:
        """Delete any message, the bot's too: an owner of the workspace may."""
        channel = self.world.channels[message.channel_id]
        before = message_json(message, channel)
        message.deleted_at = self.world.clock.now()
        self.feed.deleted(message, channel, before, self.world.new_ts())

    def join(self, channel: Channel, user: User) -> Message:
        """Join a channel: a message says so."""
        channel.members.add(user.id)
        message = self._joined(channel, user, "")
        self.feed.posted(message, channel)
        return message

    def invite_bot(self, channel: Channel, inviter: User, text: str = "") -> Message:
        """Mention our bot where it is not, and invite it: it joins, and an `app_mention` comes for the invitation.

        https://docs.slack.dev/reference/events/app_mention says that this one is no ordinary mention but tells nothing of its text.
        """
        bot = channel.workspace.bot
        channel.members.add(bot.id)
        self.feed.announce(member_joined_event(bot.id, channel, inviter.id, self.world.new_ts()), channel, "")
        message = self._joined(channel, bot, inviter.id)
        self.feed.announce(message_event(message, channel), channel, message.ts)
        invitation = app_mention_event(message, channel) | {"user": inviter.id, "text": text or message.text}
        self.feed.announce(invitation, channel, message.ts)
        return message

    def remove_bot(self, channel: Channel) -> None:
        """Take our bot out of a channel."""
        channel.members.discard(channel.workspace.bot.id)

    def press(self, message: Message, user: User, action_id: str, value: str = "") -> str:
        """Press a button of a message; returns the trigger id that the app gets."""
        channel = self.world.channels[message.channel_id]
        trigger_id = self.triggers.issue(self.world.clock.now())
        self.feed.interact(self._action(message, channel, user, {"action_id": action_id, "value": value}, trigger_id))
        return trigger_id

    # The same once more ---------------------------------------------------------------------------------

    def redeliver(self, message: Message) -> None:
        """Let the events of a message come again as retries, with the same ids."""
        self.feed.again(message)

    def again_with_other_event_id(self, message: Message) -> None:
        """Let the events of a message come again with other event ids, as if nothing had been told."""
        self.feed.again(message, other_id=True)

    def again_with_other_ts(self, message: Message) -> Message:
        """Let the same message be there twice: another ts, but the same `client_msg_id`."""
        channel = self.world.channels[message.channel_id]
        user = self.world.users[message.user]
        return self.say(channel, user, message.text, message.thread_ts, client_msg_id=message.client_msg_id)

    # ----------------------------------------------------------------------------------------------------

    def _type(self, message: Message, text: str) -> None:
        message.versions[0] = Version(message.versions[0].time, text, rich_text(text))

    def _joined(self, channel: Channel, user: User, inviter: str) -> Message:
        shape = Shape(f"<@{user.id}> has joined the channel", [])
        message = self.world.add_message(channel, shape, user=user.id)
        message.subtype, message.inviter = "channel_join", inviter
        return message

    def _action(self, message: Message, channel: Channel, user: User, action: Json, trigger_id: str) -> Json:
        return {
            "type": "block_actions",
            "team": {"id": channel.workspace.id, "domain": channel.workspace.name},
            "user": user_json(user) | {"username": user.name},
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "container": {"type": "message", "message_ts": message.ts, "channel_id": channel.id},
            "trigger_id": trigger_id,
            "channel": {"id": channel.id, "name": channel.name},
            "message": message_json(message, channel),
            "actions": [action | {"type": "button", "block_id": "actions", "action_ts": self.world.new_ts()}],
        }


def _to_bot(channel: Channel, text: str) -> str:
    mention = f"<@{channel.workspace.bot.id}>"
    return text if mention in text else f"{mention} {text}"
