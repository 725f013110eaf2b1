"""From a request body to what a message shall be, with every check on the way."""

from msgspec import UNSET

from tests.emulators.discord.rest.exchange import Request, Upload
from tests.emulators.discord.rules.bodies import MessageBody, check_layout, check_sizes
from tests.emulators.discord.rules.flags import MessageFlag, Permission, edited_flags
from tests.emulators.discord.rules.mentions import AllowedMentions
from tests.emulators.discord.rules.refusals import EMPTY_MESSAGE, MISSING_PERMISSIONS, TOO_LARGE, RefusedError
from tests.emulators.discord.world.messages import Attachment, Message
from tests.emulators.discord.world.places import Channel
from tests.emulators.discord.world.world import World
from tests.emulators.discord.world.writing import Text


def new_text(
    world: World, request: Request, body: MessageBody, settable: MessageFlag, defaults: AllowedMentions
) -> Text:
    """What a new message shall be; `settable` are the flags that this route honours."""
    flags = MessageFlag(body.sent_flags or 0) & settable
    _check(world, body, flags)
    text = Text(
        content=body.content or "",
        flags=flags,
        embeds=tuple(body.embeds or ()),
        components=tuple(body.components or ()),
        attachments=_stored(world, request.uploads),
        allowed=body.allowed_mentions or defaults,
    )
    return _not_empty(text)


def edited_text(world: World, request: Request, body: MessageBody, message: Message, defaults: AllowedMentions) -> Text:
    """What a message shall be after an edit. What was not sent stays, except for `allowed_mentions`: those go back to the
    defaults, whatever the message was created with. https://docs.discord.com/developers/resources/message#edit-message
    """
    now = message.now
    flags = edited_flags(now.flags, body.sent_flags)
    _check(world, body, flags)
    kept = now.attachments
    if body.attachments is not UNSET:
        wanted = {str(one.id) for one in body.attachments or ()}
        kept = tuple(file for file in now.attachments if str(file.id) in wanted)
    text = Text(
        content=now.content if body.content is UNSET else body.content or "",
        flags=flags,
        embeds=now.embeds if body.embeds is UNSET else tuple(body.embeds or ()),
        components=now.components if body.components is UNSET else tuple(body.components or ()),
        attachments=kept + _stored(world, request.uploads),
        allowed=body.allowed_mentions or defaults,
    )
    return _not_empty(text)


def may_attach(channel: Channel, uploads: tuple[Upload, ...]) -> None:
    """Refuse files where the bot may not attach them (50013)."""
    if uploads and not channel.allows(Permission.ATTACH_FILES):
        raise RefusedError(MISSING_PERMISSIONS)


def _check(world: World, body: MessageBody, flags: MessageFlag) -> None:
    check_sizes(body, world.terms.content_length, world.terms.blocked_words)
    check_layout(body, flags)


def _not_empty(text: Text) -> Text:
    if not (text.content.strip() or text.embeds or text.components or text.attachments):
        raise RefusedError(EMPTY_MESSAGE)
    return text


def _stored(world: World, uploads: tuple[Upload, ...]) -> tuple[Attachment, ...]:
    if sum(len(file.content) for file in uploads) > world.terms.attachment_bytes:
        raise RefusedError(TOO_LARGE)
    return tuple(Attachment(world.ids.next(), file.filename, file.content) for file in uploads)
