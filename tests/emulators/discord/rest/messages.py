"""Messages through the bot's own token: post, edit, read, list, delete, typing.

https://docs.discord.com/developers/resources/message
"""

from tests.emulators.discord.rest.building import edited_text, may_attach, new_text
from tests.emulators.discord.rest.exchange import NO_CONTENT, Answer, Request
from tests.emulators.discord.rules.bodies import MessageBody, Reference
from tests.emulators.discord.rules.flags import SETTABLE_ON_CREATE, Permission
from tests.emulators.discord.rules.mentions import IN_A_MESSAGE
from tests.emulators.discord.rules.refusals import (
    CLOSED_TO_MESSAGES,
    MISSING_PERMISSIONS,
    NO_HISTORY,
    NOT_THE_AUTHOR,
    RefusedError,
    invalid_form,
)
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.places import Channel
from tests.emulators.discord.world.threads import make_writable, may_write, refuse_archived
from tests.emulators.discord.world.world import World
from tests.emulators.discord.world.writing import Circumstance, change, delete, write

_MOST_LISTED = 100


def create(world: World, request: Request) -> Answer:
    channel = world.channel(request.id("channel"))
    body = request.decode(MessageBody)
    may_write(channel)
    may_attach(channel, request.uploads)
    if channel.recipient is not None and not channel.recipient.accepts_messages:
        raise RefusedError(CLOSED_TO_MESSAGES)
    nonce = None if body.nonce is None else str(body.nonce)
    known = world.nonces.get((channel.id, nonce)) if nonce and body.enforce_nonce else None
    if known is not None and world.now() - known.created_at <= world.terms.nonce_life:
        return shown(world, known)
    text = new_text(world, request, body, SETTABLE_ON_CREATE, IN_A_MESSAGE)
    replied = _replied_to(world, channel, body.message_reference)
    make_writable(world, channel)
    message = write(world, channel, world.bot, text, Circumstance(reply_to=replied, nonce=nonce))
    if nonce is not None:
        world.nonces[channel.id, nonce] = message
    return shown(world, message)


def edit(world: World, request: Request) -> Answer:
    channel = world.channel(request.id("channel"))
    message = world.message(channel, request.id("message"))
    if message.author is not world.bot:
        raise RefusedError(NOT_THE_AUTHOR)
    refuse_archived(channel)
    may_attach(channel, request.uploads)
    text = edited_text(world, request, request.decode(MessageBody), message, IN_A_MESSAGE)
    change(world, message, text)
    return shown(world, message)


def get(world: World, request: Request) -> Answer:
    channel = world.channel(request.id("channel"))
    return shown(world, world.message(channel, request.id("message")))


def listed(world: World, request: Request) -> Answer:
    """The newest first; nothing at all without READ_MESSAGE_HISTORY."""
    channel = world.channel(request.id("channel"))
    before = int(request.query.get("before", 1 << 63))
    after = int(request.query.get("after", 0))
    limit = min(int(request.query.get("limit", 50)), _MOST_LISTED)
    ids = [one for one in channel.message_ids if after < one < before]
    there = [world.messages[one] for one in ids if world.messages[one].deleted_at is None]
    # Discord counts from the side that was named: after a message the next ones, else the last ones.
    page = there[:limit] if "after" in request.query else there[-limit:]
    if not channel.allows(Permission.READ_MESSAGE_HISTORY):
        page = []
    reads = world.reads_content()
    return Answer(body=[world.render(message, reads=reads) for message in reversed(page)])


def remove(world: World, request: Request) -> Answer:
    channel = world.channel(request.id("channel"))
    message = world.message(channel, request.id("message"))
    refuse_archived(channel)
    if message.author is not world.bot and not channel.allows(Permission.MANAGE_MESSAGES):
        raise RefusedError(MISSING_PERMISSIONS)
    delete(world, message)
    return NO_CONTENT


def typing(world: World, request: Request) -> Answer:
    channel = world.channel(request.id("channel"))
    may_write(channel)
    world.typing.append((world.now(), channel))
    return NO_CONTENT


def shown(world: World, message: Message) -> Answer:
    """A message as the bot gets it from REST, where the app's use of the privileged intent counts."""
    return Answer(body=world.render(message, reads=world.reads_content()))


def _replied_to(world: World, channel: Channel, reference: Reference | None) -> Message | None:
    if reference is None:
        return None
    if not channel.allows(Permission.READ_MESSAGE_HISTORY):
        raise RefusedError(NO_HISTORY)
    try:
        return world.message(channel, int(reference.message_id))
    except RefusedError as error:
        if not reference.fail_if_not_exists:
            return None
        raise invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message") from error
