"""Registering application commands, globally and per guild.

https://docs.discord.com/developers/interactions/application-commands#endpoints
"""

from tests.emulators.discord.rest.exchange import NO_CONTENT, Answer, Request
from tests.emulators.discord.rules.refusals import MISSING_ACCESS, RefusedError
from tests.emulators.discord.world import payloads
from tests.emulators.discord.world.commands import CommandBody
from tests.emulators.discord.world.world import World


def listed(world: World, request: Request) -> Answer:
    guild = _place(world, request)
    return Answer(body=[payloads.command(one, world.bot.id) for one in world.commands.of(guild)])


def overwrite(world: World, request: Request) -> Answer:
    guild = _place(world, request)
    stored = world.commands.overwrite(guild, request.decode(list[CommandBody]), world.now())
    return Answer(body=[payloads.command(one, world.bot.id) for one in stored])


def create(world: World, request: Request) -> Answer:
    guild = _place(world, request)
    command, new = world.commands.put(guild, request.decode(CommandBody), world.now())
    return Answer(201 if new else 200, payloads.command(command, world.bot.id))


def get(world: World, request: Request) -> Answer:
    found = world.commands.get(_place(world, request), request.id("command"))
    return Answer(body=payloads.command(found, world.bot.id))


def remove(world: World, request: Request) -> Answer:
    world.commands.remove(_place(world, request), request.id("command"))
    return NO_CONTENT


def _place(world: World, request: Request) -> int | None:
    if request.id("application") != world.bot.id:
        raise RefusedError(MISSING_ACCESS)
    return world.guild(request.id("guild")).id if "guild" in request.parameters else None
