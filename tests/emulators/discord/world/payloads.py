"""How Discord spells people, places and messages in JSON: ids as strings, every field that clients rely on.

https://docs.discord.com/developers/resources/message#message-object and the neighbouring pages
"""

from datetime import datetime, timedelta
from typing import Any

from tests.emulators.discord.rules.flags import Permission
from tests.emulators.discord.world.commands import Command
from tests.emulators.discord.world.messages import Attachment, Message
from tests.emulators.discord.world.places import Channel, ChannelKind, Guild, User
from tests.emulators.discord.world.snowflakes import born

Json = dict[str, Any]

_BOT_LIMIT = 10 * 1024 * 1024


def stamp(moment: datetime) -> str:
    """A wall time as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": one.bot,
        "flags": 0,
        "public_flags": 0,
    }


def member(one: User, permissions: Permission | None = None) -> Json:
    """A member without its user, as messages carry it; with `permissions` as interactions carry it."""
    found: Json = {
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": stamp(born(one.id)),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }
    if permissions is not None:
        found |= {"user": user(one), "permissions": str(int(permissions))}
    return found


def channel(one: Channel, bot: User) -> Json:
    """A channel, a direct message or a thread."""
    last = str(one.message_ids[-1]) if one.message_ids else None
    found: Json = {"id": str(one.id), "type": int(one.kind), "last_message_id": last, "flags": 0}
    match one.kind:
        case ChannelKind.DIRECT:
            return found | {"recipients": [user(one.recipient)] if one.recipient else []}
        case ChannelKind.TEXT:
            return found | _text_channel(one, bot)
        case ChannelKind.PUBLIC_THREAD | ChannelKind.PRIVATE_THREAD:
            return found | _thread(one, bot)


def _text_channel(one: Channel, bot: User) -> Json:
    assert one.guild is not None, "a text channel belongs to a guild"
    overwrite: Json = {"id": str(bot.id), "type": 1, "allow": "0", "deny": str(int(one.denied))}
    return {
        "guild_id": str(one.guild.id),
        "name": one.name,
        "position": one.guild.channels.index(one) if one in one.guild.channels else 0,
        "permission_overwrites": [overwrite] if one.denied else [],
        "nsfw": False,
        "topic": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
    }


def _thread(one: Channel, bot: User) -> Json:
    assert one.guild is not None, "a thread belongs to a guild"
    assert one.parent is not None, "and to a channel"
    assert one.thread is not None
    made = stamp(born(one.id))
    count = len(one.message_ids)
    return {
        "guild_id": str(one.guild.id),
        "parent_id": str(one.parent.id),
        "owner_id": str(one.thread.owner.id),
        "name": one.name,
        "message_count": count,
        "member_count": 2,
        "total_message_sent": count,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": one.thread.archived,
            "locked": one.thread.locked,
            "auto_archive_duration": one.thread.auto_archive,
            "archive_timestamp": made,
            "create_timestamp": made,
        },
        "member": {"id": str(one.id), "user_id": str(bot.id), "join_timestamp": made, "flags": 1},
    }


def guild(one: Guild, threads: list[Channel], bot: User, *, everybody: bool) -> Json:
    """A whole guild as GUILD_CREATE carries it; without the members intent only the bot itself is listed."""
    people = [known for known in one.members if everybody or known is bot]
    seen = [place for place in one.channels if place.allows(Permission.VIEW_CHANNEL)]
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner.id),
        "unavailable": False,
        "large": False,
        "joined_at": stamp(born(one.id)),
        "member_count": len(one.members),
        "members": [member(known) | {"user": user(known)} for known in people],
        "channels": [channel(place, bot) for place in seen],
        "threads": [channel(place, bot) for place in threads],
        "roles": [_everyone(one)],
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "afk_timeout": 300,
        "afk_channel_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "application_id": None,
        "vanity_url_code": None,
    } | {name: [] for name in ("emojis", "stickers", "features", "presences", "voice_states", "stage_instances")}


def _everyone(one: Guild) -> Json:
    return {
        "id": str(one.id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(int(one.permissions)),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def attachment(one: Attachment, address: str) -> Json:
    url = f"{address}/attachments/{one.id}/{one.filename}"
    return {
        "id": str(one.id),
        "filename": one.filename,
        "size": len(one.content),
        "url": url,
        "proxy_url": url,
        "content_type": "application/octet-stream",
    }


def message(one: Message, bot: User, people: list[User], address: str) -> Json:
    """A message as REST returns it, without the one it replies to; `people` are those whom it mentions."""
    now = one.now
    edited = stamp(born(one.id) + timedelta(seconds=now.at - one.created_at)) if len(one.versions) > 1 else None
    cards: list[Json] = [{"type": "link", "url": url} for url in now.unfurled]
    found: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": int(one.kind),
        "author": user(one.author),
        "content": now.content,
        "timestamp": stamp(born(one.id)),
        "edited_timestamp": edited,
        "tts": False,
        "mention_everyone": bool(now.pings & {"@everyone", "@here"}),
        "mentions": [user(known) for known in people],
        "mention_roles": [mark[3:-1] for mark in now.pings if mark.startswith("<@&")],
        "attachments": [attachment(file, address) for file in now.attachments],
        "embeds": [{"type": "rich"} | embed for embed in now.embeds] + cards,
        "components": list(now.components),
        "pinned": False,
        "flags": int(now.flags),
    }
    if one.nonce is not None:
        found["nonce"] = one.nonce
    if one.thread is not None:
        found["thread"] = channel(one.thread, bot)
    return found | _reference(one) | _origin(one, bot)


def _reference(one: Message) -> Json:
    if one.reply_to is None:
        return {}
    replied = one.reply_to
    reference: Json = {"type": 0, "message_id": str(replied.id), "channel_id": str(replied.channel.id)}
    if replied.channel.guild is not None:
        reference["guild_id"] = str(replied.channel.guild.id)
    return {"message_reference": reference}


def _origin(one: Message, bot: User) -> Json:
    if one.origin is None:
        return {}
    origin = one.origin
    owner = str(one.channel.guild.id) if one.channel.guild else "0"
    told: Json = {"id": str(origin.id), "type": origin.kind, "name": origin.name, "user": user(origin.user)}
    return {
        "webhook_id": str(bot.id),
        "application_id": str(bot.id),
        "interaction": told,
        "interaction_metadata": told | {"authorizing_integration_owners": {"0": owner}},
    }


def command(one: Command, application: int) -> Json:
    body = one.body
    found: Json = {
        "id": str(one.id),
        "application_id": str(application),
        "version": str(one.version),
        "type": body.type,
        "name": body.name,
        "description": body.description,
        "options": body.options,
        "contexts": body.contexts,
        "integration_types": body.integration_types or [0],
        "default_member_permissions": body.default_member_permissions,
        "dm_permission": body.dm_permission,
        "nsfw": body.nsfw,
        "name_localizations": body.name_localizations,
        "description_localizations": body.description_localizations,
    }
    return found if one.guild is None else found | {"guild_id": str(one.guild)}


def interaction(channel_: Channel, who: User, bot: User) -> Json:
    """What every interaction says about its place and its person; id, token, type and data are added by the caller."""
    found: Json = {
        "application_id": str(bot.id),
        "version": 1,
        "channel_id": str(channel_.id),
        "channel": channel(channel_, bot) | {"permissions": str(int(channel_.permissions))},
        "app_permissions": str(int(channel_.permissions)),
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": _BOT_LIMIT,
    }
    home = channel_.guild
    if home is None:
        return found | {"user": user(who), "context": 1, "authorizing_integration_owners": {"0": "0"}}
    return found | {
        "guild_id": str(home.id),
        "guild": {"id": str(home.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": member(who, home.permissions),
        "context": 0,
        "authorizing_integration_owners": {"0": str(home.id)},
    }
