"""What people do that reaches the bot as an interaction: slash commands, message commands, buttons, menus.

The asserts say what Discord's own clients would not let a person do: run a command that is not registered, leave out a
required option, press a button that is not there.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulators.discord.rules.bodies import buttons
from tests.emulators.discord.rules.interactions import Countdown
from tests.emulators.discord.world import payloads
from tests.emulators.discord.world.commands import CHAT_INPUT, Command
from tests.emulators.discord.world.events import Event
from tests.emulators.discord.world.messages import Message, Origin
from tests.emulators.discord.world.places import Channel, ChannelKind, User
from tests.emulators.discord.world.world import Interaction, World

Json = dict[str, Any]

_COMMAND, _COMPONENT = 2, 3
_ON_A_MESSAGE = 3
_GROUPS = (1, 2)
_STRING = 3
_STRING_LENGTH = 6000


def slash(world: World, channel: Channel, user: User, name: str, options: Mapping[str, Any]) -> Interaction:
    """Run a slash command; `name` is "ask", or "history forget" for a subcommand."""
    root, *path = name.split()
    command = _registered(world, channel, root, CHAT_INPUT)
    data = _command_data(command) | {"options": _filled(command.body.options, path, options)}
    return _open(world, channel, user, _COMMAND, name, data)


def on_message(world: World, channel: Channel, user: User, name: str, message: Message) -> Interaction:
    """Run a message command from the menu of a message; its words reach the bot without any intent."""
    command = _registered(world, channel, name, _ON_A_MESSAGE)
    found = {str(message.id): world.render(message, reads=True)}
    data = _command_data(command) | {"target_id": str(message.id), "resolved": {"messages": found}}
    return _open(world, channel, user, _COMMAND, name, data)


def press(world: World, user: User, message: Message, custom_id: str, values: Sequence[str] = ()) -> Interaction:
    """Press a button of a message, or choose `values` in one of its menus."""
    found = [one for one in buttons(message.now.components) if one.get("custom_id") == custom_id]
    assert found, f"message {message.id} shows nothing with the custom id {custom_id!r}"
    assert not found[0].get("disabled"), f"{custom_id!r} is disabled"
    data: Json = {"custom_id": custom_id, "component_type": found[0].get("type", 2)}
    if values:
        data["values"] = list(values)
    return _open(world, message.channel, user, _COMPONENT, custom_id, data, message)


def _registered(world: World, channel: Channel, name: str, kind: int) -> Command:
    command = world.commands.find(name, kind, channel.guild.id if channel.guild else None)
    assert command is not None, f"the bot has not registered a command {name!r} that can be used in {channel.name!r}"
    context = 1 if channel.kind is ChannelKind.DIRECT else 0
    allowed = command.body.contexts
    assert allowed is None or context in allowed, f"{name!r} cannot be used in {channel.name!r}"
    return command


def _command_data(command: Command) -> Json:
    data: Json = {"id": str(command.id), "name": command.body.name, "type": command.body.type}
    return data if command.guild is None else data | {"guild_id": str(command.guild)}


def _filled(declared: Sequence[Json], path: Sequence[str], options: Mapping[str, Any]) -> list[Json]:
    if path:
        inner = next((one for one in declared if one["name"] == path[0] and one["type"] in _GROUPS), None)
        assert inner is not None, f"there is no subcommand {path[0]!r}"
        return [
            {"name": path[0], "type": inner["type"], "options": _filled(inner.get("options", []), path[1:], options)}
        ]
    by_name = {one["name"]: one for one in declared}
    missing = [name for name, one in by_name.items() if one.get("required") and name not in options]
    assert not missing, f"required options left out: {missing}"
    return [_option(by_name, name, value) for name, value in options.items()]


def _option(declared: Mapping[str, Json], name: str, value: Any) -> Json:
    assert name in declared, f"there is no option {name!r}, but {sorted(declared)}"
    one = declared[name]
    if one["type"] == _STRING:
        most = one.get("max_length", _STRING_LENGTH)
        assert len(value) <= most, f"a client lets nobody write more than {most} characters into {name!r}"
    return {"name": name, "type": one["type"], "value": value}


def _open(
    world: World, channel: Channel, user: User, kind: int, name: str, data: Json, source: Message | None = None
) -> Interaction:
    origin = Origin(world.ids.next(), kind, name, user)
    token = secrets.token_urlsafe(48)
    payload = payloads.interaction(channel, user, world.bot)
    payload |= {"id": str(origin.id), "type": kind, "token": token, "data": data}
    if source is not None:
        payload["message"] = world.render(source, reads=True)
    terms = world.terms
    countdown = Countdown(world.now(), terms.interaction_deadline, terms.interaction_life)
    interaction = Interaction(origin, token, channel, countdown, payload, source)
    world.interactions[token] = interaction
    world.emit(Event("INTERACTION_CREATE", lambda _: payload, channel.guild.id if channel.guild else None))
    return interaction
