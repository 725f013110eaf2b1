"""The Agent API, `POST /v1/responses`: prompts into requests, its typed events into answer events. Pure.

It refuses any field that it does not know, searches only with a tool, says its sources before the text, and ends with
exactly one terminal event. https://github.com/perplexityai/api-platform-developers (skills/migrate-sonar-to-agent-api)
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct
from typing_extensions import override

from adapters.perplexity.faults import failure_said, run_ended
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sse import Event
from adapters.perplexity.transcript import messages
from adapters.perplexity.untrusted import decoded, glimpsed
from adapters.perplexity.wire import Found, Reader, Wire, usage
from bot.errors import EngineBroken, EngineGarbled
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    Prompt,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    UsageReported,
)

_NOTHING: Final = Raw(b"")
_HIGHEST_ID: Final = 1000

# Without it a bare model answers without any marker, and instructions of our own replace those of a preset.
_CITING = (
    "Cite every search result that you use by its id in square brackets, such as [1], right after what rests on it."
)


class AgentWire(Wire):
    """The Agent API with the operator's settings."""

    def __init__(self, settings: PerplexitySettings, *, streaming: bool) -> None:
        self._settings = settings
        self._streaming = streaming

    @property
    @override
    def path(self) -> str:
        return "/v1/responses"

    @override
    def request(self, prompt: Prompt) -> bytes:
        settings = self._settings
        fields = {
            "model": settings.model or None,
            "preset": settings.preset or None,
            "input": [_Input(message.role, message.content) for message in messages(prompt)],
            "instructions": self._instructions(prompt) or None,
            "stream": self._streaming,
            "max_output_tokens": settings.max_tokens or None,
            "temperature": settings.temperature,
            "language_preference": settings.language or None,
            **self._search(),
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})

    @override
    def reader(self) -> Reader:
        return AgentReader()

    def _instructions(self, prompt: Prompt) -> str:
        if self._settings.preset and not prompt.instructions:
            return ""
        return "\n\n".join(part for part in (prompt.instructions, _CITING) if part)

    def _search(self) -> dict[str, object]:
        """A search that is not left to the model; a preset brings its own, unless the operator has wishes."""
        settings = self._settings
        filters = {
            "search_domain_filter": settings.domain_filter,
            "search_recency_filter": settings.recency,
        }
        options = {
            "search_context_size": settings.context_size,
            "filters": {name: value for name, value in filters.items() if value},
        }
        wishes = {name: value for name, value in options.items() if value}
        if settings.preset and not wishes:
            return {}
        tool = {"type": "web_search", **wishes}
        return {"tools": [tool]} if settings.preset else {"tools": [tool], "tool_choice": {"type": "web_search"}}


class _Input(Struct):
    role: str
    content: str
    type: Literal["message"] = "message"


class _Event(Struct, gc=False):
    type: str | None = None
    delta: str | None = None
    item_id: str | None = None
    queries: Raw = _NOTHING
    results: Raw = _NOTHING
    item: Raw = _NOTHING
    response: Raw = _NOTHING
    error: Raw = _NOTHING


class _Part(Struct):
    text: str | None = None


class _Item(Struct):
    """This is one item of the output: a message with `content`, or search results."""

    type: str | None = None
    id: str | None = None
    content: list[_Part] | None = None
    results: Raw = _NOTHING


class _Details(Struct):
    reason: str | None = None


class _Cost(Struct):
    total_cost: float | None = None


class _Usage(Struct):
    input_tokens: float | None = None
    output_tokens: float | None = None
    cost: _Cost | None = None


class _Response(Struct):
    status: str | None = None
    error: Raw = _NOTHING
    incomplete_details: _Details | None = None
    output: list[Raw] | None = None
    usage: Raw = _NOTHING


_events = msgspec.json.Decoder(_Event)
_responses = msgspec.json.Decoder(_Response)
_items = msgspec.json.Decoder(_Item)
_found = msgspec.json.Decoder(list[Found])
_queries = msgspec.json.Decoder(list[str])
_usages = msgspec.json.Decoder(_Usage)


class AgentReader(Reader):
    """One answer of the Agent API."""

    def __init__(self) -> None:
        self.over = False
        self.ending = False
        self._reason = FinishReason.COMPLETE
        self._message: str | None = None
        self._has_text = False
        self._usage = _NOTHING
        self._by_id: dict[int, Source] = {}
        self._sources: tuple[Source, ...] = ()

    @override
    def read(self, event: Event) -> Iterator[AnswerEvent]:
        # Nothing promises a `[DONE]` here; where one comes, it says nothing that the terminal event has not said.
        data = event.data.strip()
        if data and data != b"[DONE]":
            told = decoded(_events, data)
            yield from self._read(told.type or event.name, told, data)

    @override
    def whole(self, document: bytes) -> Iterator[AnswerEvent]:
        response = decoded(_responses, document)
        if response.status is None and response.output is None:
            raise failure_said(document) if response.error else EngineGarbled("JSON that is no answer")
        yield from self._end(response)

    @override
    def used(self) -> Iterator[AnswerEvent]:
        found = glimpsed(_usages, self._usage)
        if found is not None:
            cost = found.cost.total_cost if found.cost else None
            yield UsageReported(usage(found.input_tokens, found.output_tokens, cost))

    @override
    def farewell(self) -> Iterator[AnswerEvent]:
        yield from self.used()
        self.over = True
        yield Finished(self._reason)

    def _read(self, kind: str, told: _Event, data: bytes) -> Iterator[AnswerEvent]:
        match kind:
            case "response.output_text.delta":
                yield from self._grow(told.delta or "", told.item_id)
            case "response.reasoning.search_queries":
                queries = tuple(glimpsed(_queries, told.queries) or ())
                if queries:
                    yield Searching(queries)
            case "response.reasoning.search_results":
                yield from self._find(told.results)
            case "response.output_item.done":
                yield from self._find_in(told.item)
            case "response.completed" | "response.incomplete":
                response = glimpsed(_responses, told.response) or _Response()
                response.status = response.status or kind.removeprefix("response.")
                yield from self._end(response)
            case "response.failed" | "response.cancelled":
                response = glimpsed(_responses, told.response) or _Response()
                raise run_ended(kind.removeprefix("response."), bytes(told.error or response.error))
            case "error":
                raise failure_said(data)
            case _:  # there are kinds that nobody has listed, on purpose
                pass

    def _grow(self, text: str, message: str | None) -> Iterator[AnswerEvent]:
        """More of the text; another message of the same answer is another paragraph."""
        if not text:
            return
        gap = "\n\n" if self._has_text and message != self._message else ""
        self._message = message
        self._has_text = True
        yield TextGrew(gap + text)

    def _find_in(self, item: Raw) -> Iterator[AnswerEvent]:
        found = glimpsed(_items, item)
        if found is not None and found.type == "search_results":
            yield from self._find(found.results)

    def _find(self, results: Raw) -> Iterator[AnswerEvent]:
        """Add results to the sources: `[n]` in the text is the id of a result, and there may be several searches."""
        for result in glimpsed(_found, results) or []:
            source = result.source()
            number = result.id or self._number_of(source)
            if 0 < number <= _HIGHEST_ID:
                self._by_id[number] = source
        sources = tuple(self._by_id.get(number, Source("")) for number in range(1, self._highest() + 1))
        if sources != self._sources:
            self._sources = sources
            yield SourcesFound(sources)

    def _number_of(self, source: Source) -> int:
        """The number of a result that came without one: the one it has got before, or the next."""
        return next((number for number, known in self._by_id.items() if known.url == source.url), self._highest() + 1)

    def _highest(self) -> int:
        return max(self._by_id, default=0)

    def _end(self, response: _Response) -> Iterator[AnswerEvent]:
        """What the closing snapshot adds to what was streamed; the text only where none was."""
        self._usage = response.usage
        for item in response.output or []:
            yield from self._find_in(item)
        if not self._has_text:
            for item in response.output or []:
                yield from self._say(glimpsed(_items, item))
        self._reason = _reason(response)
        yield from self.farewell()

    def _say(self, item: _Item | None) -> Iterator[AnswerEvent]:
        if item is not None and item.type == "message":
            yield from self._grow("".join(part.text or "" for part in item.content or []), item.id)


def _reason(response: _Response) -> FinishReason:
    """Why the answer ended; raises where it did not end well, whatever HTTP said."""
    details = response.incomplete_details or _Details()
    match response.status:
        case None | "completed":
            return FinishReason.COMPLETE
        case "incomplete" if details.reason == "max_output_tokens":
            return FinishReason.LENGTH
        case "incomplete":
            raise EngineBroken(200, details.reason or "incomplete")
        case status:
            raise run_ended(status, bytes(response.error))
