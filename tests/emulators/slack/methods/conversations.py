"""Reading: conversations, their messages and threads, page by page. https://docs.slack.dev/reference/methods?family=conversations."""

import base64
import binascii

import msgspec

from tests.emulators.slack.messages import Message
from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.payloads import channel_json, message_json
from tests.emulators.slack.places import Channel
from tests.emulators.slack.rules.rejection import Json, Rejected

_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class ConversationInfo(msgspec.Struct, kw_only=True):
    """These are the arguments of `conversations.info`."""

    channel: str


class OpenConversation(msgspec.Struct, kw_only=True):
    """These are the arguments of `conversations.open`, for a direct message with one user."""

    users: str


class History(msgspec.Struct, kw_only=True):
    """These are the arguments of `conversations.history`."""

    channel: str
    cursor: str = ""
    limit: int = 100
    oldest: str = "0"
    latest: str = ""
    inclusive: bool = False
    include_all_metadata: bool = False


class Replies(History, kw_only=True):
    """These are the arguments of `conversations.replies`."""

    ts: str
    limit: int = 1_000


def conversation_info(context: Context, wanted: ConversationInfo) -> Json:
    """What the conversation is."""
    channel = context.channel(wanted.channel)
    context.require(f"{_FAMILY[channel.kind]}:read")
    return {"channel": channel_json(channel)}


def open_conversation(context: Context, wanted: OpenConversation) -> Json:
    """The direct message with a user."""
    user = context.world.users.get(wanted.users)
    if user is None or user.team_id != context.workspace.id:
        raise Rejected("user_not_found")
    return {"channel": {"id": context.world.direct_channel(user).id}}


def history(context: Context, wanted: History) -> Json:
    """The messages outside threads, newest first."""
    channel = _readable(context, wanted.channel)
    messages = [message for message in channel.messages.values() if not message.is_reply]
    return _page(context, channel, messages[::-1], wanted)


def replies(context: Context, wanted: Replies) -> Json:
    """One thread, its first message and then the replies, oldest first; any message of the thread names it."""
    channel = _readable(context, wanted.channel)
    named = channel.messages.get(wanted.ts)
    if named is None or (named.deleted_at is not None and not channel.is_tombstone(named)):
        raise Rejected("thread_not_found")
    return _page(context, channel, channel.thread(named.thread_ts or named.ts), wanted)


def _readable(context: Context, channel_id: str) -> Channel:
    channel = context.channel(channel_id)
    context.require(f"{_FAMILY[channel.kind]}:history")
    if not channel.has_bot:
        raise Rejected("not_in_channel")
    return channel


def _page(context: Context, channel: Channel, messages: list[Message], wanted: History) -> Json:
    standing = [message for message in messages if message.deleted_at is None or channel.is_tombstone(message)]
    wished = [message for message in standing if _within(message.ts, wanted)]
    start = _read_cursor(wanted.cursor)
    end = start + max(1, min(wanted.limit, context.terms.page_limit))
    body: Json = {
        "messages": [_json(message, channel, wanted) for message in wished[start:end]],
        "has_more": end < len(wished),
    }
    if end < len(wished):
        body["response_metadata"] = {"next_cursor": base64.b64encode(f"next:{end}".encode()).decode()}
    return body


def _json(message: Message, channel: Channel, wanted: History) -> Json:
    body = message_json(message, channel)
    if not wanted.include_all_metadata:
        body.pop("metadata", None)
    return body


def _within(ts: str, wanted: History) -> bool:
    if wanted.inclusive and ts in {wanted.oldest, wanted.latest}:
        return True
    return float(ts) > float(wanted.oldest) and (not wanted.latest or float(ts) < float(wanted.latest))


def _read_cursor(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next:") or "0")
    except (binascii.Error, ValueError) as error:
        raise Rejected("invalid_cursor") from error


METHODS = (
    Method("conversations.info", ConversationInfo, conversation_info),
    Method("conversations.open", OpenConversation, open_conversation, ("im:write",)),
    Method("conversations.history", History, history),
    Method("conversations.replies", Replies, replies),
)
