"""The application commands that the bot has registered, globally and per guild.

https://docs.discord.com/developers/interactions/application-commands
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.emulators.discord.rules.refusals import (
    DAILY_COMMANDS,
    TOO_MANY_COMMANDS,
    UNKNOWN_COMMAND,
    RefusedError,
    bad_length,
    invalid_form,
)
from tests.emulators.discord.rules.windows import FixedWindow, Limit
from tests.emulators.discord.world.snowflakes import Snowflakes

Json = dict[str, Any]

CHAT_INPUT = 1
_MOST_COMMANDS = 100
_MOST_OPTIONS = 25
_NAME = re.compile(r"^[-_'\w]{1,32}$")


class CommandBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is a command as the bot sends it."""

    name: str
    description: str = ""
    type: int = CHAT_INPUT
    options: list[Json] = msgspec.field(default_factory=list[Json])
    contexts: list[int] | None = None
    integration_types: list[int] | None = None
    default_member_permissions: str | int | None = None
    dm_permission: bool | None = None
    nsfw: bool = False
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """This is a registered command; `guild` is None for a global one."""

    id: int
    version: int
    guild: int | None
    body: CommandBody


@dataclass(slots=True)
class Registry:
    """These are all commands. Creating a name that is not there yet counts against the daily limit of its guild."""

    ids: Snowflakes
    daily: Limit
    commands: list[Command] = field(default_factory=list[Command])
    windows: dict[int | None, FixedWindow] = field(default_factory=dict[int | None, FixedWindow])
    created: int = 0

    def of(self, guild: int | None) -> list[Command]:
        """The commands of a guild, or the global ones."""
        return [command for command in self.commands if command.guild == guild]

    def find(self, name: str, kind: int, guild: int | None) -> Command | None:
        """The command that runs when somebody in this guild picks this name: the guild's own wins over the global one."""
        found = [one for one in self.commands if (one.body.name, one.body.type) == (name, kind)]
        own = [one for one in found if one.guild == guild]
        return next(iter(own + [one for one in found if one.guild is None]), None)

    def put(self, guild: int | None, body: CommandBody, now: float) -> tuple[Command, bool]:
        """Create or replace one command; says whether it is new."""
        _check(body)
        old = self._named(guild, body)
        if old is None:
            self._count([body], guild, now)
        command = self._store(guild, body, old)
        return command, old is None

    def overwrite(self, guild: int | None, bodies: Sequence[CommandBody], now: float) -> list[Command]:
        """Make these the only commands; what keeps its name keeps its id."""
        if len(bodies) > _MOST_COMMANDS:
            raise RefusedError(TOO_MANY_COMMANDS)
        keys = [(body.type, body.name) for body in bodies]
        for index, body in enumerate(bodies):
            _check(body, f"{index}.")
            if keys.index((body.type, body.name)) < index:
                sentence = "Application command names must be unique"
                raise invalid_form(f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", sentence)
        self._count([body for body in bodies if self._named(guild, body) is None], guild, now)
        gone = [one for one in self.of(guild) if (one.body.type, one.body.name) not in keys]
        self.commands = [one for one in self.commands if one not in gone]
        return [self._store(guild, body, self._named(guild, body)) for body in bodies]

    def remove(self, guild: int | None, command_id: int) -> None:
        """Forget one command."""
        found = self.get(guild, command_id)
        self.commands.remove(found)

    def get(self, guild: int | None, command_id: int) -> Command:
        """One command; refuses an id that is not there."""
        for command in self.of(guild):
            if command.id == command_id:
                return command
        raise RefusedError(UNKNOWN_COMMAND)

    def _named(self, guild: int | None, body: CommandBody) -> Command | None:
        same = (one for one in self.of(guild) if (one.body.type, one.body.name) == (body.type, body.name))
        return next(same, None)

    def _store(self, guild: int | None, body: CommandBody, old: Command | None) -> Command:
        if old is not None and old.body == body:
            return old
        version = self.ids.next()
        command = Command(old.id if old else version, version, guild, body)
        self.commands = [one for one in self.commands if one is not old] + [command]
        return command

    def _count(self, new: Sequence[CommandBody], guild: int | None, now: float) -> None:
        window = self.windows.setdefault(guild, FixedWindow(self.daily))
        if len(new) > window.remaining(now):
            raise RefusedError(DAILY_COMMANDS, retry_after=window.reset_after(now))
        for _ in new:
            window.spend(now)
            self.created += 1


def _check(body: CommandBody, prefix: str = "") -> None:
    if body.type != CHAT_INPUT:
        if not 1 <= len(body.name) <= 32:
            raise bad_length(f"{prefix}name", 1, 32)
        return
    if not _NAME.match(body.name) or body.name != body.name.lower():
        raise invalid_form(f"{prefix}name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if not 1 <= len(body.description) <= 100:
        raise bad_length(f"{prefix}description", 1, 100)
    if len(body.options) > _MOST_OPTIONS:
        raise bad_length(f"{prefix}options", 0, _MOST_OPTIONS)
