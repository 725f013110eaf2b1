"""The `chat.*` methods that write, change and remove whole messages. https://docs.slack.dev/reference/methods?family=chat."""

import msgspec

from tests.emulators.slack.messages import Message, Version
from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.payloads import message_json
from tests.emulators.slack.places import Channel
from tests.emulators.slack.rules.content import Content, Shape, marked_as_edited, posted, updated
from tests.emulators.slack.rules.rejection import Json, Rejected


class PostMessage(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.postMessage`."""

    channel: str
    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    markdown_text: str | None = None
    thread_ts: str = ""
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    metadata: Json | None = None


class PostEphemeral(PostMessage, kw_only=True):
    """These are the arguments of `chat.postEphemeral`."""

    user: str


class Update(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.update`. It takes no unfurl flags."""

    channel: str
    ts: str
    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    markdown_text: str | None = None
    metadata: Json | None = None


class Delete(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.delete`."""

    channel: str
    ts: str


class Permalink(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.getPermalink`."""

    channel: str
    message_ts: str


def post_message(context: Context, wanted: PostMessage) -> Json:
    """Write a message; a very long text becomes several, and the answer names the first."""
    channel = _place_to_post(context, wanted.channel)
    shapes = posted(_content(wanted), context.terms.sizes)
    thread_ts = thread_to_reply_in(context, channel, wanted.thread_ts)
    first, *_ = [_posted(context, channel, shape, wanted, thread_ts) for shape in shapes]
    return {"channel": channel.id, "ts": first.ts, "message": message_json(first, channel)}


def post_ephemeral(context: Context, wanted: PostEphemeral) -> Json:
    """Show something to one user; it is no message that can be changed later."""
    channel = _place_to_post(context, wanted.channel)
    if wanted.user not in channel.members:
        raise Rejected("user_not_in_channel")
    shape, *_ = posted(_content(wanted), context.terms.sizes)
    message = Message(
        channel_id=channel.id,
        team_id=context.workspace.id,
        ts=context.world.new_ts(),
        versions=[Version(context.now, shape.text, shape.blocks)],
        user=context.workspace.bot.id,
        thread_ts=wanted.thread_ts,
    )
    channel.ephemeral.append((wanted.user, message))
    return {"message_ts": message.ts}


def update(context: Context, wanted: Update) -> Json:
    """Replace what a message shows. Every update makes a `message_changed` event."""
    channel = _place_to_change(context, wanted.channel)
    message = context.own_message(channel, wanted.ts, "cant_update_message")
    _check_editable(context, message)
    content = _content(wanted)
    shape = updated(content, message.shape, context.terms.sizes, streamed=message.stream is not None)
    before = message_json(message, channel)
    message.versions.append(Version(context.now, shape.text, shape.blocks))
    message.metadata = message.metadata if wanted.metadata is None else wanted.metadata
    edit_ts = context.world.new_ts()
    if marked_as_edited(content):
        message.edited = (context.workspace.bot.id, edit_ts)
    context.feed.changed(message, channel, before, edit_ts)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message_json(message, channel)}


def delete(context: Context, wanted: Delete) -> Json:
    """Remove a message of the bot."""
    channel = _place_to_change(context, wanted.channel)
    message = context.own_message(channel, wanted.ts, "cant_delete_message")
    context.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(context: Context, wanted: Permalink) -> Json:
    """The address of a message."""
    channel = context.channel(wanted.channel)
    message = context.message(channel, wanted.message_ts)
    return {
        "channel": channel.id,
        "permalink": f"{context.url}/archives/{channel.id}/p{message.ts.replace('.', '')}",
    }


def check_open_to_posts(context: Context, channel: Channel) -> None:
    """Raise `Rejected` if the bot may not write here."""
    if channel.archived:
        raise Rejected("is_archived")
    if not channel.has_bot and "chat:write.public" not in context.workspace.scopes:
        raise Rejected("not_in_channel")


def thread_to_reply_in(context: Context, channel: Channel, thread_ts: str) -> str:
    """The thread that a reply lands in. A thread is named by its first message, never by a reply."""
    if not thread_ts:
        return ""
    root = channel.messages.get(thread_ts)
    if root is None or (root.deleted_at is not None and not channel.is_tombstone(root)):
        if context.terms.orphans == "unthreaded" and root is not None:
            return ""
        raise Rejected("thread_not_found")
    if root.is_reply:
        raise Rejected("cannot_reply_to_message")
    return thread_ts


def _place_to_post(context: Context, name: str) -> Channel:
    world = context.world
    if name in world.users:
        return world.direct_channel(world.users[name])
    if name.startswith("#"):
        named = [channel for channel in world.channels.values() if channel.name == name[1:]]
        name = named[0].id if named else name
    channel = context.channel(name)
    check_open_to_posts(context, channel)
    return channel


def _place_to_change(context: Context, channel_id: str) -> Channel:
    channel = context.channel(channel_id)
    if channel.archived:
        raise Rejected("is_inactive")
    if not channel.has_bot:
        raise Rejected("channel_not_found")
    return channel


def _check_editable(context: Context, message: Message) -> None:
    if message.stream is not None and message.stream.open(context.now, context.terms.stream_lifetime):
        raise Rejected("streaming_state_conflict")
    window = context.workspace.edit_window
    if window is not None and context.now >= message.versions[0].time + window:
        raise Rejected("edit_window_closed")


def _content(wanted: PostMessage | Update) -> Content:
    return Content(wanted.text, wanted.blocks, wanted.markdown_text, wanted.attachments)


def _posted(context: Context, channel: Channel, shape: Shape, wanted: PostMessage, thread_ts: str) -> Message:
    message = context.world.add_message(channel, shape, user=context.workspace.bot.id, thread_ts=thread_ts)
    message.bot_id, message.app_id = context.workspace.bot_id, context.world.app.id
    message.unfurl_links, message.unfurl_media = wanted.unfurl_links, wanted.unfurl_media
    message.metadata = wanted.metadata
    context.post(channel, message)
    return message


METHODS = (
    Method("chat.postMessage", PostMessage, post_message, ("chat:write",)),
    Method("chat.postEphemeral", PostEphemeral, post_ephemeral, ("chat:write",)),
    Method("chat.update", Update, update, ("chat:write",)),
    Method("chat.delete", Delete, delete, ("chat:write",)),
    Method("chat.getPermalink", Permalink, permalink),
)
