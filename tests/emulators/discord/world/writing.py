"""Writing, changing and deleting messages, whoever does it: every change is an entry in the message's history."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.emulators.discord.rules.flags import NO_FLAGS, MessageFlag
from tests.emulators.discord.rules.links import unfurled
from tests.emulators.discord.rules.mentions import IN_A_MESSAGE, AllowedMentions, pings
from tests.emulators.discord.world.messages import Attachment, Message, MessageKind, Origin, Version
from tests.emulators.discord.world.places import Channel, User
from tests.emulators.discord.world.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """This is what somebody wants a message to be."""

    content: str = ""
    flags: MessageFlag = NO_FLAGS
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    allowed: AllowedMentions = IN_A_MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """This is how a message comes about: as a reply, as an answer to an interaction, with a nonce."""

    kind: MessageKind = MessageKind.DEFAULT
    reply_to: Message | None = None
    origin: Origin | None = None
    nonce: str | None = None


PLAINLY = Circumstance()


def write(world: World, channel: Channel, author: User, text: Text, how: Circumstance = PLAINLY) -> Message:
    """Post a message. Ephemeral ones get into no channel and into no event."""
    kind = MessageKind.REPLY if how.reply_to is not None and how.kind is MessageKind.DEFAULT else how.kind
    message = Message(
        world.ids.next(),
        channel,
        author,
        [_version(world, text, author, how.reply_to)],
        kind,
        how.reply_to,
        how.origin,
        how.nonce,
    )
    world.messages[message.id] = message
    if not message.ephemeral:
        channel.message_ids.append(message.id)
        _tell(world, "MESSAGE_CREATE", message)
    return message


def change(world: World, message: Message, text: Text) -> None:
    """Put a new version of a message in the place of the old one."""
    message.versions.append(_version(world, text, message.author, message.reply_to))
    if not message.ephemeral:
        _tell(world, "MESSAGE_UPDATE", message)


def mark_thread(world: World, message: Message, thread: Channel) -> None:
    """Show at a message that a thread hangs on it."""
    message.thread = thread
    message.versions.append(replace(message.now, at=world.now(), flags=message.flags | MessageFlag.HAS_THREAD))
    _tell(world, "MESSAGE_UPDATE", message)


def delete(world: World, message: Message) -> None:
    """Take a message away; its history stays."""
    message.deleted_at = world.now()
    if message.ephemeral:
        return
    payload: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    if message.channel.guild is not None:
        payload["guild_id"] = str(message.channel.guild.id)
    world.tell("MESSAGE_DELETE", message.channel, lambda _: payload)


def as_text(message: Message) -> Text:
    """What a message is now, to be changed in part."""
    now = message.now
    return Text(
        content=now.content,
        flags=now.flags,
        embeds=now.embeds,
        components=now.components,
        attachments=now.attachments,
    )


def _version(world: World, text: Text, author: User, reply_to: Message | None) -> Version:
    # Nobody is pinged by a reply to themselves.
    replied = reply_to.author.id if reply_to is not None and reply_to.author is not author else None
    return Version(
        at=world.now(),
        content=text.content,
        flags=text.flags,
        embeds=text.embeds,
        components=text.components,
        attachments=text.attachments,
        pings=pings(text.content, text.allowed, replied),
        unfurled=unfurled(text.content, text.flags),
    )


def _tell(world: World, name: str, message: Message) -> None:
    # Rendered now and not when a session asks: what is replayed later is what was true then.
    rendered = {reads: world.render(message, reads=reads, gateway=True) for reads in (True, False)}
    world.tell(name, message.channel, partial(_pick, rendered))


def _pick(rendered: dict[bool, Json], reads: bool) -> Json:
    return rendered[reads]
