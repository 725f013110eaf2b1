"""Answers to interactions: the callback within its deadline, then edits and follow-ups through the interaction's token.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from typing import Any

import msgspec

from tests.emulators.discord.rest.building import edited_text, new_text
from tests.emulators.discord.rest.exchange import NO_CONTENT, Answer, Request
from tests.emulators.discord.rules.bodies import MessageBody
from tests.emulators.discord.rules.flags import SETTABLE_ON_ANSWER, MessageFlag
from tests.emulators.discord.rules.mentions import IN_AN_ANSWER, NOBODY
from tests.emulators.discord.rules.refusals import (
    ARCHIVED_INTERACTION,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    RefusedError,
    invalid_form,
)
from tests.emulators.discord.world.messages import Message, MessageKind
from tests.emulators.discord.world.world import Interaction, World
from tests.emulators.discord.world.writing import Circumstance, Text, change, delete, write

Json = dict[str, Any]

_MESSAGE, _DEFERRED, _DEFERRED_UPDATE, _UPDATE, _CHOICES, _MODAL = 4, 5, 6, 7, 8, 9
_COMMAND, _COMPONENT = 2, 3
_POSSIBLE = {
    _COMMAND: (_MESSAGE, _DEFERRED, _MODAL),
    _COMPONENT: (_MESSAGE, _DEFERRED, _DEFERRED_UPDATE, _UPDATE, _MODAL),
}


class CallbackBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is the first answer to an interaction."""

    type: int
    data: MessageBody | None = None


def callback(world: World, request: Request) -> Answer:
    """Take the first answer; only the EPHEMERAL flag of a deferred one is honoured."""
    interaction = world.interactions.get(request.parameters["token"])
    if interaction is None or interaction.id != request.id("interaction"):
        raise RefusedError(UNKNOWN_INTERACTION)
    body = request.decode(CallbackBody)
    if body.type not in _POSSIBLE[interaction.origin.kind]:
        raise invalid_form("type", "BASE_TYPE_CHOICES", f"Value must be one of {_POSSIBLE[interaction.origin.kind]}.")
    _refuse_archived(interaction)
    data = body.data or MessageBody()
    text = _first_text(world, request, interaction, body.type, data)
    interaction.countdown.acknowledge(world.now())
    _carry_out(world, interaction, body.type, text)
    if request.query.get("with_response", "").lower() not in {"1", "true"}:
        return NO_CONTENT
    return Answer(body=_told(world, interaction, body.type))


def original(world: World, request: Request) -> Answer:
    interaction = _by_token(world, request)
    return _shown(world, _answer(world, interaction, request.parameters["message"]))


def edit(world: World, request: Request) -> Answer:
    """Edit the first answer (`@original`) or a follow-up; the first edit of a deferred answer fills it."""
    interaction = _by_token(world, request)
    message = _answer(world, interaction, request.parameters["message"])
    _refuse_archived(interaction)
    change(world, message, edited_text(world, request, request.decode(MessageBody), message, IN_AN_ANSWER))
    return _shown(world, message)


def remove(world: World, request: Request) -> Answer:
    interaction = _by_token(world, request)
    delete(world, _answer(world, interaction, request.parameters["message"]))
    return NO_CONTENT


def follow_up(world: World, request: Request) -> Answer:
    """Post one more message; while the first answer is still "thinking" this fills it instead."""
    interaction = _by_token(world, request)
    _refuse_archived(interaction)
    body = request.decode(MessageBody)
    first = interaction.original
    if first is not None and MessageFlag.LOADING in first.flags and first.deleted_at is None:
        change(world, first, edited_text(world, request, body, first, IN_AN_ANSWER))
        return _shown(world, first)
    text = new_text(world, request, body, SETTABLE_ON_ANSWER, IN_AN_ANSWER)
    return _shown(world, write(world, interaction.channel, world.bot, text, Circumstance(origin=interaction.origin)))


def _first_text(world: World, request: Request, interaction: Interaction, kind: int, data: MessageBody) -> Text | None:
    if kind == _MESSAGE:
        return new_text(world, request, data, SETTABLE_ON_ANSWER, IN_AN_ANSWER)
    if kind == _DEFERRED:
        flags = MessageFlag(data.sent_flags or 0) & MessageFlag.EPHEMERAL
        return Text(flags=flags | MessageFlag.LOADING, allowed=NOBODY)
    if kind == _UPDATE and interaction.source is not None:
        return edited_text(world, request, data, interaction.source, IN_AN_ANSWER)
    return None


def _carry_out(world: World, interaction: Interaction, kind: int, text: Text | None) -> None:
    if kind in {_DEFERRED_UPDATE, _UPDATE}:
        interaction.original = interaction.source
        if text is not None and interaction.source is not None:
            change(world, interaction.source, text)
    elif text is not None:
        shape = MessageKind.COMMAND if interaction.origin.kind == _COMMAND else MessageKind.REPLY
        how = Circumstance(kind=shape, origin=interaction.origin, reply_to=interaction.source)
        interaction.original = write(world, interaction.channel, world.bot, text, how)


def _told(world: World, interaction: Interaction, kind: int) -> Json:
    told: Json = {"id": str(interaction.id), "type": interaction.origin.kind}
    resource: Json = {"type": kind}
    if interaction.original is not None:
        message = interaction.original
        told |= {
            "response_message_id": str(message.id),
            "response_message_loading": MessageFlag.LOADING in message.flags,
            "response_message_ephemeral": message.ephemeral,
        }
        resource["message"] = world.render(message, reads=True)
    return {"interaction": told, "resource": resource}


def _by_token(world: World, request: Request) -> Interaction:
    interaction = world.interactions.get(request.parameters["token"])
    if interaction is None or request.id("application") != world.bot.id:
        raise RefusedError(UNKNOWN_WEBHOOK)
    interaction.countdown.use_token(world.now())
    return interaction


def _answer(world: World, interaction: Interaction, name: str) -> Message:
    found = interaction.original if name == "@original" else world.messages.get(int(name) if name.isdigit() else 0)
    own = found is not None and (found is interaction.original or found.origin is interaction.origin)
    if found is None or not own or found.deleted_at is not None:
        raise RefusedError(UNKNOWN_MESSAGE)
    return found


def _refuse_archived(interaction: Interaction) -> None:
    if interaction.channel.thread is not None and interaction.channel.thread.archived:
        raise RefusedError(ARCHIVED_INTERACTION)


def _shown(world: World, message: Message) -> Answer:
    return Answer(body=world.render(message, reads=True))
