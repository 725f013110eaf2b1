"""Reads what people said in a thread before they asked us. One call per thread; Slack's `conversations.replies` is scarce."""

from collections.abc import Sequence

import msgspec
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from adapters.slack.failures import in_our_terms
from adapters.slack.translate import Identity, Ts, readable
from bot.model import Question, Utterance
from bot.ports import Surroundings

# Slack gives a thread from its beginning, a page at a time: one page of the size it recommends, of which the end counts.
_PAGE = 200
_KEPT = 50
_SAID = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})


class _Said(msgspec.Struct):
    ts: Ts
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    text: str | None = None


class _Thread(msgspec.Struct):
    messages: list[_Said] = []


class SlackSurroundings(Surroundings):
    """This is the reader of the thread around a question."""

    def __init__(self, client: AsyncWebClient, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    @override
    async def before(self, question: Question) -> Sequence[Utterance]:
        if not question.has_surroundings:
            return ()
        place = question.place
        with in_our_terms():
            response = await self._client.conversations_replies(
                channel=place.channel, ts=place.thread, latest=question.message, inclusive=False, limit=_PAGE
            )
            messages = msgspec.convert(response.data, _Thread).messages
        said = [self._utterance(message) for message in messages if _is_before(message, question)]
        return tuple(utterance for utterance in said if utterance.text)[-_KEPT:]

    def _utterance(self, said: _Said) -> Utterance:
        ours = said.user == self._identity.user or (said.bot_id is not None and said.bot_id == self._identity.bot)
        speaker = said.user or said.username or said.bot_id or ""
        return Utterance(speaker, readable(said.text or "", self._identity), bot=ours)


def _is_before(said: _Said, question: Question) -> bool:
    return said.subtype in _SAID and float(said.ts) < float(question.message)
