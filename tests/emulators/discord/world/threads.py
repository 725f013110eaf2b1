"""Threads: opening, archiving, locking, and who may write in them.

https://docs.discord.com/developers/topics/threads
"""

from tests.emulators.discord.rules.flags import Permission
from tests.emulators.discord.rules.mentions import NOBODY
from tests.emulators.discord.rules.refusals import (
    ARCHIVED,
    LOCKED,
    MISSING_PERMISSIONS,
    THREAD_EXISTS,
    WRONG_CHANNEL_TYPE,
    RefusedError,
    bad_length,
    invalid_form,
)
from tests.emulators.discord.world.messages import Message, MessageKind
from tests.emulators.discord.world.places import Channel, ChannelKind, ThreadState, User
from tests.emulators.discord.world.world import World
from tests.emulators.discord.world.writing import Circumstance, Text, mark_thread, write

_AUTO_ARCHIVE = (60, 1440, 4320, 10080)


def open_thread(
    world: World, parent: Channel, owner: User, name: str, *, minutes: int = 1440, message: Message | None = None
) -> Channel:
    """Open a thread, from a message (whose id it takes, 160004 if it has one) or on its own."""
    _check(parent, name, minutes)
    if message is not None and message.id in world.channels:
        raise RefusedError(THREAD_EXISTS)
    thread_id = message.id if message is not None else world.ids.next()
    thread = Channel(
        thread_id, name, ChannelKind.PUBLIC_THREAD, parent.guild, parent, thread=ThreadState(owner, minutes)
    )
    world.channels[thread.id] = thread
    world.tell_guild("THREAD_CREATE", thread, {"newly_created": True})
    if message is None:
        write(world, parent, owner, Text(content=name, allowed=NOBODY), Circumstance(kind=MessageKind.THREAD_CREATED))
    else:
        mark_thread(world, message, thread)
        starter = Circumstance(kind=MessageKind.THREAD_STARTER, reply_to=message)
        write(world, thread, message.author, Text(allowed=NOBODY), starter)
    return thread


def _check(parent: Channel, name: str, minutes: int) -> None:
    if parent.kind is not ChannelKind.TEXT:
        raise RefusedError(WRONG_CHANNEL_TYPE)
    if not 1 <= len(name) <= 100:
        raise bad_length("name", 1, 100)
    if minutes not in _AUTO_ARCHIVE:
        sentence = f"Value must be one of {set(_AUTO_ARCHIVE)}."
        raise invalid_form("auto_archive_duration", "BASE_TYPE_CHOICES", sentence)


def alter(world: World, thread: Channel, *, archived: bool | None = None, locked: bool | None = None) -> None:
    """Archive, reopen, lock or unlock a thread, and tell the sessions."""
    assert thread.thread is not None, "only threads are archived or locked"
    if archived is not None:
        thread.thread.archived = archived
    if locked is not None:
        thread.thread.locked = locked
    world.tell_guild("THREAD_UPDATE", thread)


def make_writable(world: World, channel: Channel) -> None:
    """Let a new message into a thread: an archived one opens again, a locked one refuses all but moderators (160005)."""
    if channel.thread is None:
        return
    if channel.thread.locked and not channel.allows(Permission.MANAGE_THREADS):
        raise RefusedError(LOCKED)
    if channel.thread.archived:
        alter(world, channel, archived=False)


def refuse_archived(channel: Channel) -> None:
    """Refuse to change anything in an archived thread (50083)."""
    if channel.thread is not None and channel.thread.archived:
        raise RefusedError(ARCHIVED)


def may_write(channel: Channel) -> None:
    """Refuse a message where the bot lacks the permission (50013); in threads only SEND_MESSAGES_IN_THREADS counts."""
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES
    if not channel.allows(needed):
        raise RefusedError(MISSING_PERMISSIONS)
