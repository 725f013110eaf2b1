"""Channels, threads, direct messages, users, the application itself, and where the gateway is."""

from typing import Any

import msgspec

from tests.emulators.discord.rest.exchange import NO_CONTENT, Answer, Request
from tests.emulators.discord.rules.flags import Permission
from tests.emulators.discord.rules.refusals import (
    ARCHIVED,
    MISSING_PERMISSIONS,
    UNKNOWN_USER,
    WRONG_CHANNEL_TYPE,
    RefusedError,
)
from tests.emulators.discord.world import payloads
from tests.emulators.discord.world.messages import Message
from tests.emulators.discord.world.threads import alter, open_thread
from tests.emulators.discord.world.world import World

_CONTENT_FLAG, _MEMBERS_FLAG = 1 << 19, 1 << 15  # the "limited" flags of an app in fewer than 100 guilds


class ThreadBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is a new thread."""

    name: str
    auto_archive_duration: int | None = None


class ChannelBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is what may be changed about a thread."""

    name: str | None = None
    archived: bool | None = None
    locked: bool | None = None


class RecipientBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is whom to open direct messages with."""

    recipient_id: int | str


def channel(world: World, request: Request) -> Answer:
    return Answer(body=payloads.channel(world.channel(request.id("channel")), world.bot))


def change_channel(world: World, request: Request) -> Answer:
    """Rename, archive or lock a thread; the bot may do so to its own, others need MANAGE_THREADS."""
    found = world.channel(request.id("channel"))
    body = request.decode(ChannelBody)
    if found.thread is None:
        raise RefusedError(WRONG_CHANNEL_TYPE)
    if found.thread.owner is not world.bot and not found.allows(Permission.MANAGE_THREADS):
        raise RefusedError(MISSING_PERMISSIONS)
    if found.thread.archived and body.archived is not False:
        raise RefusedError(ARCHIVED)
    found.name = body.name or found.name
    alter(world, found, archived=body.archived, locked=body.locked)
    return Answer(body=payloads.channel(found, world.bot))


def thread_from_message(world: World, request: Request) -> Answer:
    found = world.channel(request.id("channel"))
    return _opened(world, request, world.message(found, request.id("message")))


def thread_alone(world: World, request: Request) -> Answer:
    return _opened(world, request, None)


def _opened(world: World, request: Request, message: Message | None) -> Answer:
    parent = world.channel(request.id("channel"))
    body = request.decode(ThreadBody)
    if not parent.allows(Permission.CREATE_PUBLIC_THREADS):
        raise RefusedError(MISSING_PERMISSIONS)
    minutes = body.auto_archive_duration or 1440
    thread = open_thread(world, parent, world.bot, body.name, minutes=minutes, message=message)
    return Answer(201, payloads.channel(thread, world.bot))


def join_thread(world: World, request: Request) -> Answer:
    world.channel(request.id("channel"))
    return NO_CONTENT


def direct(world: World, request: Request) -> Answer:
    recipient = world.users.get(int(request.decode(RecipientBody).recipient_id))
    if recipient is None or recipient is world.bot:
        raise RefusedError(UNKNOWN_USER)
    return Answer(body=payloads.channel(world.direct_channel(recipient), world.bot))


def me(world: World, _: Request) -> Answer:
    own = {"mfa_enabled": False, "verified": True, "locale": "en-US", "email": None}
    return Answer(body=payloads.user(world.bot) | own)


def user(world: World, request: Request) -> Answer:
    found = world.users.get(request.id("user"))
    if found is None:
        raise RefusedError(UNKNOWN_USER)
    return Answer(body=payloads.user(found))


def guild(world: World, request: Request) -> Answer:
    found = payloads.guild(world.guild(request.id("guild")), [], world.bot, everybody=False)
    return Answer(body={name: value for name, value in found.items() if name not in {"channels", "members", "threads"}})


def application(world: World, _: Request) -> Answer:
    owner = next((one for one in world.users.values() if not one.bot), world.bot)
    return Answer(
        body={
            "id": str(world.bot.id),
            "name": world.bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "verify_key": "0" * 64,
            "flags": flags(world),
            "owner": payloads.user(owner),
            "bot": payloads.user(world.bot),
            "bot_public": False,
            "bot_require_code_grant": False,
            "team": None,
            "interactions_endpoint_url": None,
        }
    )


def flags(world: World) -> int:
    """The application flags, which tell of the privileged intents."""
    content = _CONTENT_FLAG if world.terms.message_content else 0
    return content | (_MEMBERS_FLAG if world.terms.guild_members else 0)


def gateway(world: World, _: Request) -> Answer:
    return Answer(body={"url": gateway_url(world)})


def gateway_bot(world: World, _: Request) -> Answer:
    now = world.now()
    start: dict[str, Any] = {
        "total": world.limits.identifies.count,
        "remaining": world.identifies.remaining(now),
        "reset_after": int(world.identifies.reset_after(now) * 1000),
        "max_concurrency": 1,
    }
    return Answer(body={"url": gateway_url(world), "shards": 1, "session_start_limit": start})


def gateway_url(world: World) -> str:
    """Where the gateway listens."""
    return f"{world.address.replace('http', 'ws', 1)}/gateway"


def attachment(world: World, request: Request) -> Answer:
    """A file, as the content delivery network gives it."""
    for message in world.messages.values():
        for file in message.attachments:
            if file.id == request.id("attachment"):
                return Answer(body=file.content, kind="application/octet-stream")
    return Answer(404, b"", kind="text/plain")
