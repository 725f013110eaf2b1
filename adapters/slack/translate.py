"""What Slack's events mean to us: a question, a deleted message, or nothing. Pure.

The shapes of the events: https://docs.slack.dev/reference/events/app_mention and https://docs.slack.dev/reference/events/message
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from bot.model import MessageRef, Place, Question

NAME = "slack"

# How people's own words arrive: plain, with a file, or as a thread reply that is also shown in the channel.
_SPOKEN = frozenset({None, "file_share", "thread_broadcast"})
_SLACKBOT = "USLACKBOT"

_SEQUENCE = re.compile(r"<([^<>]+)>")
_JOINED = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?> (?:has joined the (?:channel|group|conversation)|was added to )")

Ts = Annotated[str, msgspec.Meta(pattern=r"^\d{1,11}\.\d{1,9}$")]


@dataclass(frozen=True, slots=True)
class Identity:
    """This is who we are in Slack: the workspace we are installed in, our user and our bot id."""

    workspace: str
    user: str
    bot: str


class _Kind(msgspec.Struct):
    type: str
    subtype: str | None = None


class _Envelope(msgspec.Struct):
    event: _Kind
    event_id: str = ""


class _Message(msgspec.Struct):
    channel: str
    ts: Ts
    subtype: str | None = None
    channel_type: str | None = None
    user: str | None = None
    bot_id: str | None = None
    inviter: str | None = None
    text: str | None = None
    thread_ts: Ts | None = None
    client_msg_id: str | None = None
    edited: object = None


class _Threaded(msgspec.Struct):
    ts: Ts
    subtype: str | None = None
    thread_ts: Ts | None = None


class _Deletion(msgspec.Struct):
    channel: str
    deleted_ts: Ts
    previous_message: _Threaded | None = None


class _Change(msgspec.Struct):
    channel: str
    message: _Threaded


def translate(payload: Mapping[str, object], identity: Identity) -> Question | MessageRef | None:
    """The question that this Events API payload asks, or the message that it says is deleted, or None.

    Raises `msgspec.ValidationError` where a payload that concerns us cannot be read.
    """
    envelope = msgspec.convert(payload, _Envelope)
    event = payload["event"]
    match envelope.event.type, envelope.event.subtype:
        case "message", "message_deleted":
            return _deleted(msgspec.convert(event, _Deletion), identity)
        case "message", "message_changed":
            return _buried(msgspec.convert(event, _Change), identity)
        case "app_mention", _:
            message = msgspec.convert(event, _Message)
            return None if _is_invitation(message) else _question(envelope.event_id, message, identity)
        case "message", _:
            message = msgspec.convert(event, _Message)
            # In channels a mention arrives as `app_mention` too; what is said without one is not for us.
            return _question(envelope.event_id, message, identity) if message.channel_type == "im" else None
        case _:
            return None


def _question(event_id: str, message: _Message, identity: Identity) -> Question | None:
    if not _is_asked(message, identity) or message.user is None:
        return None
    thread = message.thread_ts or message.ts
    workspace = identity.workspace
    return Question(
        place=Place(NAME, workspace, message.channel, thread),
        asker=message.user,
        text=readable(message.text or "", identity),
        conversation=f"{NAME}:{workspace}:{message.channel}:{thread}",
        claims=_claims(event_id, message, workspace),
        asked_at=datetime.fromtimestamp(float(message.ts), UTC),
        message=message.ts,
        has_surroundings=thread != message.ts,
    )


def _is_asked(message: _Message, identity: Identity) -> bool:
    if message.subtype not in _SPOKEN or message.edited is not None or message.bot_id:
        return False
    return message.user not in {"", identity.user, _SLACKBOT}


def _is_invitation(message: _Message) -> bool:
    return bool(message.inviter) or _JOINED.match(message.text or "") is not None


def _claims(event_id: str, message: _Message, workspace: str) -> tuple[str, ...]:
    """A retry repeats the event id, `app_mention` and `message` share the message, a client's own retry its id.

    All are counted in our workspace: a channel shared by two workspaces may deliver a message once for each.
    """
    keys = [f"{NAME}:message:{workspace}:{message.channel}:{message.ts}"]
    if event_id:
        keys.insert(0, f"{NAME}:event:{event_id}")
    if message.client_msg_id:
        keys.append(f"{NAME}:client:{workspace}:{message.user}:{message.client_msg_id}")
    return tuple(keys)


def _deleted(deletion: _Deletion, identity: Identity) -> MessageRef:
    before = deletion.previous_message
    thread = before.thread_ts if before and before.thread_ts else deletion.deleted_ts
    return MessageRef(Place(NAME, identity.workspace, deletion.channel, thread), deletion.deleted_ts)


def _buried(change: _Change, identity: Identity) -> MessageRef | None:
    # The first message of a thread cannot vanish while it has replies: it becomes a tombstone.
    message = change.message
    if message.subtype != "tombstone":
        return None
    return MessageRef(Place(NAME, identity.workspace, change.channel, message.thread_ts or message.ts), message.ts)


def readable(text: str, identity: Identity) -> str:
    """Slack's mrkdwn as people read it: our own mention removed, other mentions and links spelled out, unescaped.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    own = rf"<@{re.escape(identity.user)}(?:\|[^<>]*)?>"
    text = re.sub(rf"^\s*{own}(?:[,:](?=\s|$))?\s*", "", text)
    text = re.sub(rf"[ \t]*{own}[ \t]*", " ", text)
    text = _SEQUENCE.sub(lambda found: _spelled(found[1]), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _spelled(sequence: str) -> str:
    target, _, label = sequence.partition("|")
    match target[:1]:
        case "@" | "#" as sign:
            return sign + (label or target[1:])
        case "!":
            return label or "@" + target.rpartition("^")[2].removeprefix("!")
        case _:
            url = target.removeprefix("mailto:").removeprefix("tel:")
            return url if not label or url.rstrip("/").endswith(label.rstrip("/")) else f"{label} {url}"
