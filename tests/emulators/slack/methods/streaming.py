"""Slack's native streaming: `chat.startStream`, `appendStream`, `stopStream`.

https://docs.slack.dev/reference/methods/chat.startStream. Of an open stream everybody sees the first part, and only the recipient
the rest.
"""

import msgspec

from tests.emulators.slack.messages import Message, Version
from tests.emulators.slack.methods.chat import check_open_to_posts, thread_to_reply_in
from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.payloads import message_json
from tests.emulators.slack.places import Channel
from tests.emulators.slack.rules.blocks import check_blocks
from tests.emulators.slack.rules.content import Shape
from tests.emulators.slack.rules.rejection import Json, Rejected
from tests.emulators.slack.rules.streams import Stream


class StartStream(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.startStream`."""

    channel: str
    thread_ts: str = ""
    markdown_text: str | None = None
    chunks: list[Json] | None = None
    recipient_team_id: str = ""
    recipient_user_id: str = ""
    task_display_mode: str = "timeline"


class AppendStream(msgspec.Struct, kw_only=True):
    """These are the arguments of `chat.appendStream`."""

    channel: str
    ts: str
    markdown_text: str | None = None
    chunks: list[Json] | None = None


class StopStream(AppendStream, kw_only=True):
    """These are the arguments of `chat.stopStream`."""

    blocks: list[Json] | None = None
    metadata: Json | None = None


def start_stream(context: Context, wanted: StartStream) -> Json:
    """Begin a message that grows."""
    channel = context.channel(wanted.channel)
    check_open_to_posts(context, channel)
    _check_start(context, channel, wanted)
    thread_ts = thread_to_reply_in(context, channel, wanted.thread_ts)
    recipient = wanted.recipient_user_id if channel.kind != "im" else ""
    stream = Stream(started=context.now, recipient=recipient)
    stream.grow(wanted.markdown_text, wanted.chunks, context.terms.sizes)
    shape = Shape(_text(stream), list(stream.blocks))
    message = context.world.add_message(channel, shape, user=context.workspace.bot.id, thread_ts=thread_ts)
    message.bot_id, message.app_id = context.workspace.bot_id, context.world.app.id
    message.unfurl_links = message.unfurl_media = False
    message.stream = stream
    context.post(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def append_stream(context: Context, wanted: AppendStream) -> Json:
    """Let it grow."""
    message, stream = _open_stream(context, wanted)
    if not wanted.markdown_text and not wanted.chunks:
        raise Rejected("no_text")
    stream.grow(wanted.markdown_text, wanted.chunks, context.terms.sizes)
    first_part = not any(version.shown for version in message.versions)
    only_for = "" if first_part else stream.recipient
    message.versions.append(Version(context.now, _text(stream), list(stream.blocks), only_for))
    return {"channel": wanted.channel, "ts": wanted.ts}


def stop_stream(context: Context, wanted: StopStream) -> Json:
    """End it, with blocks below the text if there are any; now everybody sees all of it."""
    message, stream = _open_stream(context, wanted)
    check_blocks(wanted.blocks or [], context.terms.sizes.blocks)
    stream.grow(wanted.markdown_text, wanted.chunks, context.terms.sizes)
    channel = context.channel(wanted.channel)
    before = message_json(message, channel)
    stream.closed = True
    blocks = [*stream.blocks, *(wanted.blocks or [])]
    message.versions.append(Version(context.now, _text(stream), blocks))
    message.metadata = wanted.metadata
    context.feed.changed(message, channel, before, context.world.new_ts())
    return {"channel": channel.id, "ts": message.ts, "message": message_json(message, channel)}


def _check_start(context: Context, channel: Channel, wanted: StartStream) -> None:
    if wanted.task_display_mode not in {"timeline", "plan"}:
        raise Rejected("invalid_arguments")
    if channel.kind == "im":
        if not wanted.thread_ts:
            raise Rejected("invalid_arguments")
        return
    if not wanted.recipient_team_id:
        raise Rejected("missing_recipient_team_id")
    if not wanted.recipient_user_id:
        raise Rejected("missing_recipient_user_id")
    if wanted.recipient_user_id not in context.world.users:
        raise Rejected("user_not_found")


def _open_stream(context: Context, wanted: AppendStream) -> tuple[Message, Stream]:
    channel = context.channel(wanted.channel)
    message = context.own_message(channel, wanted.ts, "message_not_owned_by_app")
    stream = message.stream
    if stream is None or not stream.open(context.now, context.terms.stream_lifetime):
        raise Rejected("message_not_in_streaming_state")
    return message, stream


def _text(stream: Stream) -> str:
    return "".join(block["text"] for block in stream.blocks if block["type"] == "markdown")


METHODS = (
    Method("chat.startStream", StartStream, start_stream, ("chat:write",)),
    Method("chat.appendStream", AppendStream, append_stream, ("chat:write",)),
    Method("chat.stopStream", StopStream, stop_stream, ("chat:write",)),
)
