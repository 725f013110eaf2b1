"""The engine itself: looks into the folder, finds, and says the quotes at a pace that people can read."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from typing_extensions import override

from adapters.documents.index import Changes, DocumentIndex, Hit
from adapters.documents.reply import Reply, nothing_found, quoted, spoken, worth_quoting
from adapters.documents.settings import DocumentsSettings
from adapters.documents.words import AskedWord, asked_words
from bot.clock import Clock
from bot.errors import EngineBroken
from bot.model import AnswerEvent, Finished, PastTurn, Prompt, Searching, SourcesFound, TextGrew, Usage, UsageReported
from bot.ports import AnswerEngine

_CANDIDATES = 20
_REMEMBERED_WEIGHT = 0.4
_LISTED_PAGES = 13
_log = logging.getLogger(__name__)


@asynccontextmanager
async def connect(
    settings: DocumentsSettings, clock: Clock, *, streaming: bool = True
) -> AsyncGenerator["DocumentsEngine"]:
    """Read the folder and hand out the engine; raise `EngineBroken` where SQLite has no full-text search.

    Without `streaming` an answer is said at once, whatever its pace is set to.
    """
    with _in_our_terms():
        index = DocumentIndex(settings.directory)
    engine = DocumentsEngine(settings if streaming else replace(settings, words_per_second=0.0), clock, index)
    try:
        await engine.refresh()
        yield engine
    finally:
        index.close()


class DocumentsEngine(AnswerEngine):
    """This is the engine that quotes the operator's own pages."""

    def __init__(self, settings: DocumentsSettings, clock: Clock, index: DocumentIndex) -> None:
        self._settings = settings
        self._clock = clock
        self._index = index

    @override
    async def answer(self, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
        words = asked_words(prompt.question)
        if words:
            yield Searching((" ".join(word.written for word in words),))
        reply = await self._reply(words, prompt)
        if reply.sources:
            yield SourcesFound(reply.sources)
        begin = self._clock.now()
        for number, piece in enumerate(spoken(reply.text)):
            await self._wait_for(begin, number)
            yield TextGrew(piece)
        yield UsageReported(Usage(cost=0.0))
        yield Finished()

    async def refresh(self) -> None:
        """Read what has changed in the folder, and log it."""
        with _in_our_terms():
            changes = await asyncio.to_thread(self._index.refresh)
        if changes is not None:
            _report(changes, str(self._settings.directory))

    async def _reply(self, words: tuple[AskedWord, ...], prompt: Prompt) -> Reply:
        await self.refresh()
        with _in_our_terms():
            return await asyncio.to_thread(self._look_up, words, prompt.history)

    def _look_up(self, words: tuple[AskedWord, ...], history: tuple[PastTurn, ...]) -> Reply:
        known = [word for word in words if self._index.knows(word.forms)]
        hits = self._find(_weighed(words, 1.0))
        if not hits and (known or not words):
            hits = self._find(_with_earlier(words, history))
        if hits:
            unknown = [word.written for word in words if word not in known]
            return quoted(hits, unknown, self._settings.base_url)
        return nothing_found([word.written for word in words], self._index.titles(_LISTED_PAGES))

    def _find(self, words: Mapping[str, float]) -> list[Hit]:
        return worth_quoting(self._index.search(words, _CANDIDATES), self._settings.passages) if words else []

    async def _wait_for(self, begin: float, number: int) -> None:
        # Every word has its moment, so that a slow reader of the stream delays no later word.
        rate = self._settings.words_per_second
        ahead = begin + number / rate - self._clock.now() if rate else 0.0
        if ahead > 0:
            await self._clock.sleep(ahead)


@contextmanager
def _in_our_terms() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise EngineBroken(reason="document_index") from error


def _with_earlier(words: tuple[AskedWord, ...], history: tuple[PastTurn, ...]) -> dict[str, float]:
    """The words of a follow-up question together with those of the last question that had any; these count for less."""
    asked = (asked_words(turn.question) for turn in reversed(history))
    earlier = next((before for before in asked if before), ())
    return _weighed(earlier, _REMEMBERED_WEIGHT) | _weighed(words, 1.0) if earlier else {}


def _weighed(words: tuple[AskedWord, ...], weight: float) -> dict[str, float]:
    return {form: weight for word in words for form in word.forms}


def _report(changes: Changes, folder: str) -> None:
    _log.info(
        "documents in %s: %d pages, %d read, %d gone, %d skipped",
        folder,
        changes.pages,
        changes.read,
        changes.gone,
        len(changes.skipped),
    )
    for name, reason in changes.skipped:
        _log.warning("document skipped: %s %s", name, reason)
