"""Hears what Discord tells us. Nothing is acknowledged to the gateway: what we do not take, nobody brings again.

An interaction is taken first and answered then; the core answers it by posting in its place, within its three seconds.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import discord

from adapters.discord.failures import in_our_terms
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.objects import asked, identity, spoken
from adapters.discord.translate import DIRECT, NAME, asked_question, spoken_question
from bot.clock import Clock
from bot.errors import ChatFailed, FootnoteError, TakingNoQuestions
from bot.model import MessageRef, Place, Question
from bot.ports import Gone, Take
from bot.rendering import wording

_LOG = logging.getLogger(__name__)

_SPOKEN = frozenset({discord.MessageType.default, discord.MessageType.reply})
_PAUSES = (0.5, 2.0, 5.0)


class Listener:
    """This is the ear of one bot."""

    def __init__(
        self,
        client: discord.Client,
        messenger: DiscordMessenger,
        clock: Clock,
        take: Take,
        gone: Gone,
        patience: float,
    ) -> None:
        self._client = client
        self._messenger = messenger
        self._clock = clock
        self._take = take
        self._gone = gone
        self._patience = patience
        self._taking: set[asyncio.Task[None]] = set()
        self._open = True

    async def message(self, message: discord.Message) -> None:
        """Somebody wrote a message."""
        if not self._open or message.author.bot or message.webhook_id or message.type not in _SPOKEN:
            return
        me = identity(self._client, message.guild)
        reads_content = self._client.intents.message_content
        question = spoken_question(spoken(message, me, reads_content=reads_content), me)
        if question is not None:
            await asyncio.wait({self._task(self._insist(question))})

    async def ask(self, interaction: "discord.Interaction[Any]", text: str) -> None:
        """Somebody used `/ask`."""
        if not self._open:
            await _say(interaction, wording.stopping())
            return
        self._messenger.expects(interaction)
        # A slow take is not cancelled: its commit may be under way, and a question that is claimed must be answered.
        task = self._task(self._take(asked_question(asked(interaction, text))))
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            _LOG.warning("a question could not be stored in time")
            await self._decline(interaction, wording.TURN_LOST)
        elif isinstance(error := task.exception(), FootnoteError):
            await self._decline(
                interaction, wording.stopping() if isinstance(error, TakingNoQuestions) else wording.TURN_LOST
            )

    def deleted(self, guild: int | None, channel: int, messages: Iterable[int]) -> None:
        """Somebody deleted messages."""
        place = Place(NAME, str(guild) if guild else DIRECT, str(channel))
        for message in messages:
            self._gone(MessageRef(place, str(message)))

    async def close(self, seconds: float) -> None:
        """Take nothing more; return when nothing is being taken, or after `seconds`."""
        self._open = False
        if self._taking:
            await asyncio.wait(self._taking, timeout=seconds)

    async def _insist(self, question: Question) -> None:
        """Take a question that nobody delivers again: a store that is away for a moment must not lose it."""
        for pause in _PAUSES:
            try:
                return await self._take(question)
            except TakingNoQuestions:
                raise
            except FootnoteError as error:
                _LOG.warning("a question could not be stored (%s); trying again in %s s", error, pause)
                await self._clock.sleep(pause)
        return await self._take(question)

    async def _decline(self, interaction: "discord.Interaction[Any]", sentence: str) -> None:
        # If the question is taken after all, its answer goes through the channel.
        self._messenger.gives_up(interaction)
        await _say(interaction, sentence)

    def _task(self, taking: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(taking)
        self._taking.add(task)
        task.add_done_callback(self._taken)
        return task

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking.discard(task)
        if task.cancelled():
            return
        match task.exception():
            case None:
                pass
            case FootnoteError() as error:
                _LOG.warning("a question was not taken: %s", error)
            case error:
                _LOG.error("a question was not taken", exc_info=error)


async def _say(interaction: "discord.Interaction[Any]", sentence: str) -> None:
    """Answer an interaction with a notice that only the asker sees."""
    try:
        with in_our_terms():
            await interaction.response.send_message(sentence, ephemeral=True)
    except ChatFailed as error:
        _LOG.warning("a notice could not be shown: %s", error)
