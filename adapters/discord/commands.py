"""The command `/ask`, and keeping Discord's copy of it up to date: compared at every start, sent only when it differs.

https://docs.discord.com/developers/interactions/application-commands
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from adapters.discord.failures import in_our_terms
from bot.errors import ChatFailed

Ask = Callable[["discord.Interaction[Any]", str], Awaitable[None]]

_LOG = logging.getLogger(__name__)

_LONGEST = 6000
_SAME = ("type", "name", "description", "nsfw")
_SAME_EVERYWHERE = ("contexts", "integration_types")
_SAME_OPTION = ("type", "name", "description", "required", "min_length", "max_length")


def command_tree(client: discord.Client, guild_ids: Sequence[int], ask: Ask) -> "app_commands.CommandTree[Any]":
    """Our commands: for these servers, or everywhere where none are named."""
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(
        client,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    @app_commands.describe(question="What do you want to know?")
    async def asked(interaction: discord.Interaction[Any], question: app_commands.Range[str, 1, _LONGEST]) -> None:
        await ask(interaction, question)

    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name="ask", description="Ask a question and get an answer with sources", callback=asked
    )
    tree.add_command(command, guilds=[discord.Object(guild) for guild in guild_ids])
    return tree


async def keep_registered(tree: "app_commands.CommandTree[Any]", guild_ids: Sequence[int]) -> None:
    """Register the commands where Discord's copy differs. A failure is logged: mentions work without them."""
    places = [discord.Object(guild) for guild in guild_ids] or [None]
    for guild in places:
        where = f"in the server {guild.id}" if guild else "everywhere"
        try:
            with in_our_terms():
                if not await _registered(tree, guild):
                    await tree.sync(guild=guild)
                    _LOG.info("registered /ask %s", where)
        except ChatFailed as error:
            _LOG.warning("could not register /ask %s: %s", where, error)


async def _registered(tree: "app_commands.CommandTree[Any]", guild: discord.Object | None) -> bool:
    client = tree.client
    # As JSON: discord.py 2.7.1 reads the contexts and installation types of a command shifted by one.
    if guild is None:
        theirs = await client.http.get_global_commands(client.application_id)
    else:
        theirs = await client.http.get_guild_commands(client.application_id, guild.id)
    ours = [command.to_dict(tree) for command in tree.get_commands(guild=guild)]
    return shapes(ours, everywhere=guild is None) == shapes(theirs, everywhere=guild is None)


def shapes(commands: Iterable[Mapping[str, Any]], *, everywhere: bool) -> list[dict[str, object]]:
    """What matters of commands, however they are spelled; where they work counts only for those of all servers."""
    return sorted((_shape(command, everywhere=everywhere) for command in commands), key=lambda each: str(each["name"]))


def _shape(command: Mapping[str, Any], *, everywhere: bool) -> dict[str, object]:
    shape: dict[str, object] = {name: command.get(name) or None for name in _SAME}
    shape["options"] = [
        {name: option.get(name) or None for name in _SAME_OPTION} for option in command.get("options") or ()
    ]
    if everywhere:
        shape |= {name: sorted(command.get(name) or ()) for name in _SAME_EVERYWHERE}
    return shape
