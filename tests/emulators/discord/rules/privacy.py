"""Whose words a bot may read without the privileged intent MESSAGE_CONTENT. Pure.

https://docs.discord.com/developers/events/gateway#message-content-intent
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """These are the facts about a message, as seen by the bot, that decide whether it may read the words.

    `pinging_reply` is a reply with the ping on to a regular message of the bot; a reply to an answer that the bot gave to
    an interaction does not count.
    """

    own: bool = False
    direct: bool = False
    mentions_bot: bool = False
    pinging_reply: bool = False


def readable(seen: Circumstances) -> bool:
    """Whether the content arrives although the intent was not asked for."""
    return seen.own or seen.direct or seen.mentions_bot or seen.pinging_reply


def blanked(message: Json) -> Json:
    """The same message as a bot sees it that may not read it."""
    return message | {"content": "", "embeds": [], "attachments": [], "components": []}
