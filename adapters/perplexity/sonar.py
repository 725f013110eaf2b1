"""The Sonar API, `POST /chat/completions`: prompts into requests, its chunks into answer events. Pure.

Its shape has changed often, and may again: text comes from `delta.content` alone (in full mode `message.content` repeats
all of it in every chunk), sources and usage from any chunk, the end from the first mark of several.
https://docs.perplexity.ai/guides/streaming-responses, https://docs.perplexity.ai/docs/sonar/pro-search/stream-mode
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct
from typing_extensions import override

from adapters.perplexity.faults import failure_said, run_ended
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sse import Event
from adapters.perplexity.transcript import Message, messages
from adapters.perplexity.untrusted import decoded, glimpsed
from adapters.perplexity.wire import Found, Reader, Wire, usage
from bot.errors import EngineGarbled
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    Prompt,
    RelatedFound,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    UsageReported,
)

_NOTHING: Final = Raw(b"")
_NULL: Final = Raw(b"null")


class SonarWire(Wire):
    """The Sonar API with the operator's settings."""

    def __init__(self, settings: PerplexitySettings, *, streaming: bool) -> None:
        self._settings = settings
        self._streaming = streaming

    @property
    @override
    def path(self) -> str:
        return "/chat/completions"

    @override
    def request(self, prompt: Prompt) -> bytes:
        settings = self._settings
        system = [Message("system", prompt.instructions)] if prompt.instructions else []
        fields = {
            "model": settings.model,
            "messages": [*system, *messages(prompt)],
            "stream": self._streaming,
            "stream_mode": settings.stream_mode if self._streaming else None,
            "max_tokens": settings.max_tokens or None,
            "temperature": settings.temperature,
            "search_mode": settings.search_mode or None,
            "search_domain_filter": settings.domain_filter or None,
            "search_recency_filter": settings.recency or None,
            "web_search_options": {"search_context_size": settings.context_size} if settings.context_size else None,
            "language_preference": settings.language or None,
            "return_images": False,
            "return_related_questions": settings.related_questions or None,
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})

    @override
    def reader(self) -> Reader:
        return SonarReader()


class _Part(Struct, gc=False):
    text: str | None = None


class _Said(Struct, gc=False):
    content: str | list[_Part] | None = None
    reasoning_steps: Raw = _NOTHING


class _Choice(Struct, gc=False):
    delta: _Said | None = None
    message: Raw = _NOTHING  # decoded only where nothing came in deltas
    finish_reason: str | None = None


class _Chunk(Struct, gc=False):
    object: str | None = None
    status: str | None = None
    choices: list[_Choice] | None = None
    # What the text can do without is decoded only when it has changed, and may have any shape.
    citations: Raw = _NOTHING
    search_results: Raw = _NOTHING
    related_questions: Raw = _NOTHING
    usage: Raw = _NOTHING
    error: Raw = _NOTHING


class _WebSearch(Struct):
    search_keywords: list[str] | None = None


class _Step(Struct):
    web_search: _WebSearch | None = None


class _Cost(Struct):
    total_cost: float | None = None


class _Usage(Struct):
    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    cost: _Cost | None = None


_chunks = msgspec.json.Decoder(_Chunk)
_messages = msgspec.json.Decoder(_Said)
_found = msgspec.json.Decoder(list[Found | str | None])
_questions = msgspec.json.Decoder(list[str])
_steps = msgspec.json.Decoder(list[_Step])
_usages = msgspec.json.Decoder(_Usage)


class SonarReader(Reader):
    """One answer of the Sonar API."""

    def __init__(self) -> None:
        self.over = False
        self.ending = False
        self._reason = FinishReason.COMPLETE
        self._has_text = False
        self._citations = _NOTHING
        self._results = _NOTHING
        self._related: tuple[str, ...] = ()
        self._usage = _NOTHING
        self._sources: tuple[Source, ...] = ()
        self._queries: tuple[str, ...] = ()

    @override
    def read(self, event: Event) -> Iterator[AnswerEvent]:
        if event.name == "error":
            raise failure_said(event.data)
        data = event.data.strip()
        if data == b"[DONE]":
            yield from self.farewell()
        elif data:
            yield from self._read(decoded(_chunks, data))

    @override
    def whole(self, document: bytes) -> Iterator[AnswerEvent]:
        chunk = decoded(_chunks, document)
        _raise_if_failed(chunk)
        if not chunk.choices:
            raise EngineGarbled("JSON that is no answer")
        self._note(chunk)
        yield from self._look_at_sources(chunk)
        yield from self._end_of(chunk.choices[0])
        yield from self.farewell()

    @override
    def used(self) -> Iterator[AnswerEvent]:
        found = glimpsed(_usages, self._usage)
        if found is not None:
            cost = found.cost.total_cost if found.cost else None
            yield UsageReported(usage(found.prompt_tokens, found.completion_tokens, cost))

    @override
    def farewell(self) -> Iterator[AnswerEvent]:
        if self._related:
            yield RelatedFound(self._related)
        yield from self.used()
        self.over = True
        yield Finished(self._reason)

    def _read(self, chunk: _Chunk) -> Iterator[AnswerEvent]:
        if chunk.error or chunk.status:
            _raise_if_failed(chunk)
        self._note(chunk)
        if chunk.search_results or chunk.citations:
            yield from self._look_at_sources(chunk)
        choice = chunk.choices[0] if chunk.choices else _Choice()
        if choice.delta is not None:
            yield from self._grow(choice.delta)
        if choice.finish_reason or chunk.object == "chat.completion.done":
            yield from self._end_of(choice)
            self.ending = True
        if chunk.object == "chat.completion.done":
            yield from self.farewell()

    def _note(self, chunk: _Chunk) -> None:
        """Keep what counts only as it was last: usage is cumulative."""
        if chunk.usage and chunk.usage != _NULL:
            self._usage = chunk.usage
        self._related = tuple(glimpsed(_questions, chunk.related_questions) or self._related)

    def _grow(self, delta: _Said) -> Iterator[AnswerEvent]:
        if delta.reasoning_steps:
            yield from self._search(delta.reasoning_steps)
        text = _text(delta)
        if text:
            self._has_text = True
            yield TextGrew(text)

    def _search(self, steps: Raw) -> Iterator[AnswerEvent]:
        searches = [step.web_search for step in glimpsed(_steps, steps) or [] if step.web_search is not None]
        queries = tuple(query for search in searches for query in search.search_keywords or [])
        if queries and queries != self._queries:
            self._queries = queries
            yield Searching(queries)

    def _look_at_sources(self, chunk: _Chunk) -> Iterator[AnswerEvent]:
        """The same sources come in every chunk of some streams: their bytes tell whether there is anything new."""
        if chunk.search_results == self._results and chunk.citations == self._citations:
            return
        self._results, self._citations = chunk.search_results, chunk.citations
        sources = _sources(chunk, self._sources)
        if sources and sources != self._sources:
            self._sources = sources
            yield SourcesFound(sources)

    def _end_of(self, choice: _Choice) -> Iterator[AnswerEvent]:
        """The reason of the end; and the text, where it comes in one piece only now."""
        if choice.finish_reason:
            self._reason = FinishReason.LENGTH if choice.finish_reason == "length" else FinishReason.COMPLETE
        message = None if self._has_text else glimpsed(_messages, choice.message)
        if message is not None:
            yield from self._grow(message)


def _text(said: _Said) -> str:
    match said.content:
        case None:
            return ""
        case str(text):
            return text
        case parts:
            return "".join(part.text or "" for part in parts)


def _raise_if_failed(chunk: _Chunk) -> None:
    if chunk.error and chunk.error != _NULL:
        raise failure_said(bytes(chunk.error))
    status = (chunk.status or "").lower()
    if status in {"failed", "cancelled"}:
        raise run_ended(status, bytes(chunk.error))


def _sources(chunk: _Chunk, known: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources in the order that `[n]` counts: `citations` are addresses, `search_results` have titles too."""
    results = _listed(chunk.search_results)
    citations = _listed(chunk.citations)
    longer = results if len(results) >= len(citations) else citations
    titles = {source.url: source for source in (*known, *results) if source.title and source.url}
    return tuple(source if source.title else titles.get(source.url, source) for source in longer)


def _listed(raw: Raw) -> tuple[Source, ...]:
    found = glimpsed(_found, raw) or []
    return tuple((Found(url=item) if isinstance(item, str) else item or Found()).source() for item in found)
