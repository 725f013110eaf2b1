"""How Slack writes messages, channels, users and events down as JSON. Pure; the shapes follow https://docs.slack.dev/reference."""

import base64
import json
import re
from datetime import datetime

from tests.emulators.slack.messages import TOMBSTONE, Message
from tests.emulators.slack.places import App, Channel, User, Workspace
from tests.emulators.slack.rules.rejection import Json

_MENTION = re.compile(r"<@(U[A-Z0-9]+)>")


# Things -----------------------------------------------------------------------------------------------------


def message_json(message: Message, channel: Channel) -> Json:
    """A message as the API and the events show it, with a tombstone for a deleted one that has replies."""
    if channel.is_tombstone(message):
        return {
            "type": "message",
            "subtype": "tombstone",
            "user": "USLACKBOT",
            "text": TOMBSTONE,
            "hidden": True,
            "ts": message.ts,
            **_threading(message, channel),
        }
    body: Json = {"type": "message", "text": message.text, "ts": message.ts, "team": message.team_id}
    for name in ("user", "subtype", "bot_id", "app_id", "username", "client_msg_id", "inviter", "blocks", "metadata"):
        if value := getattr(message, name):
            body[name] = value
    if message.files:
        body["files"] = [
            {"id": file.id, "name": file.name, "title": file.title, "size": file.length} for file in message.files
        ]
    if message.edited:
        body["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
    if message.reactions:
        body["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ]
    return body | _threading(message, channel)


def _threading(message: Message, channel: Channel) -> Json:
    if not message.thread_ts:
        return {}
    root = channel.messages[message.thread_ts]
    if message.is_reply:
        return {"thread_ts": message.thread_ts, "parent_user_id": root.user}
    replies = [reply for reply in channel.thread(message.ts) if reply.is_reply and reply.deleted_at is None]
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": sorted({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts if replies else message.ts,
    }


def channel_json(channel: Channel) -> Json:
    """A conversation as `conversations.info` shows it."""
    body: Json = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_archived": channel.archived,
        "is_member": channel.has_bot,
        "context_team_id": channel.workspace.id,
    }
    if channel.kind == "im":
        others = channel.members - {channel.workspace.bot.id}
        return body | {"user": next(iter(others), ""), "is_open": True}
    return body | {"name": channel.name, "name_normalized": channel.name, "num_members": len(channel.members)}


def user_json(user: User) -> Json:
    """A user as `users.info` shows it."""
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "tz": "Etc/UTC",
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team_id},
    }


def rich_text(text: str) -> list[Json]:
    """The blocks that Slack's own clients send along with what a person typed."""
    parts: list[Json] = []
    at = 0
    for found in _MENTION.finditer(text):
        parts += [{"type": "text", "text": text[at : found.start()]}, {"type": "user", "user_id": found[1]}]
        at = found.end()
    parts.append({"type": "text", "text": text[at:]})
    section = {"type": "rich_text_section", "elements": [part for part in parts if part.get("text") != ""]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


# Events -----------------------------------------------------------------------------------------------------


def message_event(message: Message, channel: Channel) -> Json:
    """The `message` event of a new message."""
    return message_json(message, channel) | {
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": message.ts,
    }


def app_mention_event(message: Message, channel: Channel) -> Json:
    """The `app_mention` event of the same message: https://docs.slack.dev/reference/events/app_mention."""
    return message_json(message, channel) | {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}


def message_changed_event(message: Message, channel: Channel, before: Json, ts: str) -> Json:
    """An edit, by whomever: https://docs.slack.dev/reference/events/message/message_changed/."""
    return _changed(channel, "message_changed", ts, before) | {"message": message_json(message, channel)}


def message_deleted_event(channel: Channel, before: Json, ts: str) -> Json:
    """A deletion that leaves no trace: https://docs.slack.dev/reference/events/message/message_deleted/."""
    return _changed(channel, "message_deleted", ts, before) | {"deleted_ts": before["ts"]}


def _changed(channel: Channel, subtype: str, ts: str, before: Json) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "previous_message": before,
        "ts": ts,
        "event_ts": ts,
    }


def member_joined_event(user: str, channel: Channel, inviter: str, ts: str) -> Json:
    """Somebody joined: https://docs.slack.dev/reference/events/member_joined_channel."""
    return {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": channel.workspace.id,
        "inviter": inviter,
        "event_ts": ts,
    }


def event_callback(app: App, workspace: Workspace, event: Json, event_id: str, today: datetime) -> Json:
    """The wrapper that every event comes in: https://docs.slack.dev/apis/events-api/#callback-field."""
    context = json.dumps({"et": event["type"], "tid": workspace.id, "aid": app.id})
    return {
        "token": app.verification_token,
        "team_id": workspace.id,
        "context_team_id": workspace.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(today.timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.id,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + base64.urlsafe_b64encode(context.encode()).decode(),
    }
