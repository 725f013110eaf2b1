"""Reads discord.py's objects into the words of `translate`. Nothing is decided here."""

from typing import Any

import discord

from adapters.discord.translate import Asked, Identity, Spoken, Spot


def identity(client: discord.Client, guild: discord.Guild | None) -> Identity:
    """Who we are in this server."""
    user = client.user
    assert user is not None, "nothing is heard before the login"
    role = guild.self_role if guild is not None else None
    return Identity(str(user.id), str(role.id) if role else "")


def spoken(message: discord.Message, me: Identity, *, reads_content: bool) -> Spoken:
    """A message; `reads_content` says that we have the privileged intent."""
    replied = message.reference if message.type is discord.MessageType.reply else None
    resolved = replied.resolved if replied else None
    return Spoken(
        id=str(message.id),
        spot=_spot(message),
        author=str(message.author.id),
        text=message.content,
        at=message.created_at,
        addressed=me.user in _ids(message.mentions) or me.role in _ids(message.role_mentions),
        replies_to=str(replied.message_id or "") if replied else "",
        replied_author=str(resolved.author.id) if isinstance(resolved, discord.Message) else "",
        withheld=not reads_content and not message.attachments,
        names=names(message),
    )


def asked(interaction: "discord.Interaction[Any]", text: str) -> Asked:
    """A use of our command."""
    spot = Spot(
        channel=str(interaction.channel_id or ""),
        guild=str(interaction.guild_id or ""),
        thread=isinstance(interaction.channel, discord.Thread),
    )
    return Asked(str(interaction.id), spot, str(interaction.user.id), text, interaction.created_at)


def names(message: discord.Message) -> dict[str, str]:
    """What the marks in a message stand for, as far as Discord told us."""
    users = {f"@{each.id}": each.display_name for each in message.mentions}
    roles = {f"@&{each.id}": each.name for each in message.role_mentions}
    places = {f"#{each.id}": each.name for each in message.channel_mentions}
    return users | roles | places


def _spot(message: discord.Message) -> Spot:
    channel, guild = message.channel, message.guild
    # A server that has not been told to us yet leaves only the ids.
    known = guild.id if guild else channel.guild_id if isinstance(channel, discord.PartialMessageable) else None
    return Spot(str(channel.id), str(known or ""), thread=isinstance(channel, discord.Thread))


def _ids(mentioned: "list[discord.User | discord.Member] | list[discord.Role]") -> set[str]:
    return {str(each.id) for each in mentioned}
