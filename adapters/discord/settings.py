"""The settings of Discord. Pure: reads from a `Reader`, says in the words of Discord's portal what to do about a problem."""

import re
from dataclasses import dataclass, field

from bot.config import Reader

_PORTAL = "of the application at https://discord.com/developers/applications"

TOKEN_ADVICE = f"press Reset Token under Bot {_PORTAL} and copy what it shows"
INTENT_ADVICE = f"switch on Message Content Intent under Bot {_PORTAL}, or set DISCORD_MESSAGE_CONTENT=off"

API_URL = "https://discord.com/api/v10"

_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_ID = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """This is how we reach Discord; the gateway's address is asked for at `api_url`, which has no trailing slash.

    `/ask` is registered for the servers `guild_ids`, for all where there are none. `message_content` asks for the
    privileged intent of that name.
    """

    token: str = field(repr=False)
    api_url: str = API_URL
    guild_ids: tuple[int, ...] = ()
    message_content: bool = False


def read(reader: Reader) -> DiscordSettings | None:
    """Fill the Discord settings, None where Discord is not configured at all; problems stay in `reader`."""
    if not (reader.text("DISCORD_TOKEN") or reader.text("DISCORD_TOKEN_FILE")):
        return None
    token = reader.secret("DISCORD_TOKEN")
    if token and not _TOKEN.fullmatch(token):
        reader.problems.append(f"DISCORD_TOKEN is not a bot token: {TOKEN_ADVICE}.")
    return DiscordSettings(
        token=token,
        api_url=reader.url("DISCORD_API_URL", API_URL),
        guild_ids=_guild_ids(reader),
        message_content=reader.switch("DISCORD_MESSAGE_CONTENT", default=False),
    )


def _guild_ids(reader: Reader) -> tuple[int, ...]:
    found = reader.listing("DISCORD_GUILD_IDS")
    wrong = [each for each in found if not _ID.fullmatch(each)]
    if wrong:
        reader.problems.append(
            f"DISCORD_GUILD_IDS has {', '.join(map(repr, wrong))}: use ids of servers, separated by commas "
            "(right-click a server and choose Copy Server ID)."
        )
    return tuple(dict.fromkeys(int(each) for each in found if each not in wrong))
