"""The wire format of the Agent API (`/v1/responses`), as recorded: a script in, typed events out. Pure.

Sources: https://github.com/vercel/ai (packages/perplexity, agent-web-search recording of 2026-09-25, whose gaps in the
sequence numbers are kept) and https://github.com/perplexityai/api-platform-developers (terminals, statuses, no `[DONE]`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypedDict

import msgspec
from typing_extensions import override

from tests.emulators.perplexity.faults import ErrorEvent, RunFailed
from tests.emulators.perplexity.script import Piece, Script, SearchResult, pieces
from tests.emulators.perplexity.wire import Ask, Event, Json, Wire, encode

# US dollars: a million tokens in, a million tokens out, one search (https://docs.perplexity.ai/docs/getting-started/pricing)
PRICES = (0.25, 2.50, 0.0025)
_BY_PRESET = "openai/gpt-6-luna"


class _Place(TypedDict):
    content_index: int
    item_id: str
    output_index: int


@dataclass(frozen=True, slots=True)
class AgentShape:
    """This is which of the observed or documented shapes the answers have.

    `searches` is over how many search results items the sources are spread; `reversed_results` lists them from the
    highest id down, so that a position is not an id. `event_names` adds `event:` lines and `done_mark` a `[DONE]`.
    """

    searches: int = 1
    reversed_results: bool = False
    event_names: bool = False
    done_mark: bool = False


class AgentWire(Wire):
    """One answer as typed events of the Agent API."""

    def __init__(self, ask: Ask, script: Script, shape: AgentShape) -> None:
        self._ask = ask
        self._script = script
        self._shape = shape
        self._sequence = 0
        self._tokens = 0
        self._message_id = f"msg_{ask.id.removeprefix('resp_')}"
        self._queries = list(script.queries or (ask.question,))
        self._found = [msgspec.Raw(msgspec.json.encode(group)) for group in _groups(script.sources, shape)]

    @override
    def stream(self) -> Iterator[Event]:
        yield self._event("response.created", response=self._response("in_progress"))
        yield self._event("response.in_progress", response=self._response("in_progress"))
        self._sequence += 1  # the recording skips a number here
        for index, results in enumerate(self._found):
            yield from self._search(index, results)
        yield from self._text()
        yield from self._end()
        if self._shape.done_mark:
            yield Event(b"[DONE]", closing=True, terminal=True)

    @override
    def whole(self) -> Event:
        self._tokens = len(pieces(self._script))
        return Event(encode(self._final()), word=self._script.word_count, closing=True, terminal=True)

    @override
    def error(self, fault: ErrorEvent) -> Event:
        error = {"message": fault.message, "type": fault.type, "code": fault.code}
        payload: Json = {"type": "error", "sequence_number": self._next(), "error": error}
        return Event(encode(payload), name="error" if fault.named else "")

    @override
    def failed(self, fault: RunFailed) -> Event:
        error = {"message": fault.message, "type": fault.type, "code": fault.type}
        response = self._response("failed") | {"error": error}
        if not self._ask.stream:
            return Event(encode(response), closing=True)
        return self._event("response.failed", closing=True, error=error, response=response)

    @override
    def strange(self) -> Event:
        return self._event("response.unknown", payload={"note": "not in any list"})

    @override
    def cancelled(self) -> Event:
        error = {"message": "The run was cancelled.", "type": "cancelled", "code": "cancelled"}
        response = self._response("cancelled") | {"error": error}
        return self._event("response.cancelled", closing=True, response=response)

    def _search(self, index: int, results: msgspec.Raw) -> Iterator[Event]:
        call = f"call_{index}_{self._ask.id.removeprefix('resp_')}"
        arguments = msgspec.json.encode({"queries": self._queries}).decode()
        item: Json = {"arguments": arguments, "call_id": call, "id": f"fc_{index}", "name": "search_web"}
        item |= {"status": "completed", "type": "function_call"}
        found = len(msgspec.json.decode(results))
        yield self._event("response.output_item.added", item=item, output_index=index)
        yield self._event(
            "response.reasoning.search_queries", call_id=call, queries=self._queries, thought="Searching the web..."
        )
        yield self._event(
            "response.reasoning.search_results", call_id=call, results=results, thought=f"Found {found} results"
        )
        yield self._event("response.output_item.done", item=self._search_item(results), output_index=index)

    def _text(self) -> Iterator[Event]:
        place: _Place = {"content_index": 0, "item_id": self._message_id, "output_index": len(self._found)}
        item = self._message_item() | {"content": None}
        yield self._event("response.output_item.added", item=item, output_index=len(self._found))
        for piece in _deltas(pieces(self._script)):
            self._tokens += 1
            yield self._event("response.output_text.delta", word=piece.word, **place, delta=piece.text)
        self._sequence += 1  # and here
        yield self._event("response.output_text.done", closing=True, **place, text=self._script.content)

    def _end(self) -> Iterator[Event]:
        yield self._event(
            "response.output_item.done", closing=True, item=self._message_item(), output_index=len(self._found)
        )
        final = self._final()
        yield replace(self._event(f"response.{final['status']}", closing=True, response=final), terminal=True)

    def _event(self, kind: str, *, word: int = 0, closing: bool = False, **fields: object) -> Event:
        payload: Json = {**fields, "sequence_number": self._next(), "type": kind}
        return Event(encode(payload), name=kind if self._shape.event_names else "", word=word, closing=closing)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    def _final(self) -> Json:
        truncated = self._script.finish == "length"
        output = [*(self._search_item(results) for results in self._found), self._message_item()]
        return self._response("incomplete" if truncated else "completed") | {
            "completed_at": self._ask.created,
            "incomplete_details": {"reason": "max_output_tokens"} if truncated else None,
            "model": self._real_model(),
            "output": output,
            "usage": self._usage(),
        }

    def _response(self, status: str) -> Json:
        return {
            "background": False,
            "completed_at": None,
            "created_at": self._ask.created,
            "error": None,
            "id": self._ask.id,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": self._ask.max_tokens,
            "metadata": {},
            "model": self._ask.model,
            "object": "response",
            "output": [],
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": None,
            "service_tier": "default",
            "status": status,
            "store": False,
            "temperature": 1,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [{"type": "web_search"}] if self._ask.searches else [],
            "top_p": 1,
            "truncation": "",
            "usage": None,
            "user": None,
        }

    def _real_model(self) -> str:
        """A preset is named until the end; then the model that it stood for."""
        return self._ask.model if "/" in self._ask.model else _BY_PRESET

    def _message_item(self) -> Json:
        content = [{"annotations": [], "text": self._script.content, "type": "output_text"}]
        item: Json = {"content": content, "id": self._message_id, "role": "assistant"}
        return item | {"status": "completed", "type": "message"}

    def _search_item(self, results: msgspec.Raw) -> Json:
        return {"queries": self._queries, "results": results, "type": "search_results"}

    def _usage(self) -> Json:
        per_input, per_output, per_search = PRICES
        spent_in = round(self._ask.prompt_tokens * per_input / 1e6, 6)
        spent_out = round(self._tokens * per_output / 1e6, 6)
        searched = round(per_search * len(self._found), 6)
        return {
            "cost": {
                "currency": "USD",
                "input_cost": spent_in,
                "output_cost": spent_out,
                "tool_calls_cost": searched,
                "tool_calls_cost_details": {"search_web": searched},
                "total_cost": round(spent_in + spent_out + searched, 6),
            },
            "input_tokens": self._ask.prompt_tokens,
            "input_tokens_details": {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
            "output_tokens": self._tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "tool_calls_details": {"search_web": {"cost_usd": searched, "invocation": len(self._found)}},
            "total_tokens": self._ask.prompt_tokens + self._tokens,
        }


def _groups(sources: tuple[SearchResult, ...], shape: AgentShape) -> list[list[Json]]:
    """The results, spread over as many searches as there shall be; an absent date is absent, not null."""
    results = [_result(number, source) for number, source in enumerate(sources, 1)]
    if shape.reversed_results:
        results.reverse()
    size = -(-len(results) // shape.searches) or 1
    return [results[start : start + size] for start in range(0, len(results), size)]


def _result(number: int, source: SearchResult) -> Json:
    result: Json = {"id": number, "snippet": source.snippet, "source": "web", "title": source.title, "url": source.url}
    result |= {"date": source.date} if source.date else {}
    return result | ({"last_updated": source.last_updated} if source.last_updated else {})


def _deltas(parts: Iterable[Piece]) -> Iterator[Piece]:
    """Cut a marker over three deltas, the full stop before it in the first of them: `.[`, `7`, `]`."""
    marks = ""
    for piece in parts:
        if piece.word == 0 and re.fullmatch(r"\.|\[\d+\]", piece.text):
            marks += piece.text
            continue
        yield from _cut_marks(marks)
        marks = ""
        yield piece
    yield from _cut_marks(marks)


def _cut_marks(marks: str) -> Iterator[Piece]:
    return (Piece(text) for text in re.findall(r"\d+|\D+", marks))
