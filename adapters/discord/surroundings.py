"""Reads what people said before they asked us: in a thread its last messages, elsewhere the message that is replied to.

Without the privileged intent Discord takes the text of most of them away: https://docs.discord.com/developers/events/gateway
"""

from collections.abc import Sequence

import discord
from typing_extensions import override

from adapters.discord.failures import in_our_terms
from adapters.discord.objects import identity, names
from adapters.discord.translate import is_own_thread, readable
from bot.errors import MessageGone
from bot.model import Question, Utterance
from bot.ports import Surroundings

_LOOK_AT = 30
_SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})


class DiscordSurroundings(Surroundings):
    """This is the reader of the place around a question."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    @override
    async def before(self, question: Question) -> Sequence[Utterance]:
        if not question.has_surroundings:
            return ()
        channel = self._client.get_partial_messageable(int(question.place.channel))
        with in_our_terms():
            said = await (_thread(channel, question) if is_own_thread(question) else _replied_to(channel, question))
        utterances = [self._utterance(message) for message in map(_meant, said) if message is not None]
        return tuple(utterance for utterance in utterances if utterance.text)

    def _utterance(self, message: discord.Message) -> Utterance:
        me = identity(self._client, message.guild)
        text = readable(message.content, me, names(message))
        return Utterance(message.author.display_name, text, bot=str(message.author.id) == me.user)


async def _thread(channel: discord.PartialMessageable, question: Question) -> list[discord.Message]:
    before = discord.Object(int(question.message or question.place.interaction))
    found = [message async for message in channel.history(limit=_LOOK_AT, before=before)]
    return found[::-1]


async def _replied_to(channel: discord.PartialMessageable, question: Question) -> list[discord.Message]:
    try:
        with in_our_terms():
            return [await channel.fetch_message(int(question.replies_to))]
    except MessageGone:
        return []


def _meant(message: discord.Message) -> discord.Message | None:
    """The message that says something; the first one of a thread may only stand for one in the channel."""
    if message.type is discord.MessageType.thread_starter_message and message.reference is not None:
        starter = message.reference.resolved
        return starter if isinstance(starter, discord.Message) else None
    return message if message.type in _SAID or message.interaction_metadata is not None else None
