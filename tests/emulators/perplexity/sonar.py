"""The wire format of Sonar chat completions, in the shapes that were recorded: a script in, events out. Pure.

Sources: https://docs.perplexity.ai/docs/sonar/pro-search/stream-mode (the two modes), https://github.com/vercel/ai
(packages/perplexity, recorded streams of 2026), https://github.com/BerriAI/litellm/issues/5535 (cumulative message).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import msgspec
from typing_extensions import override

from tests.emulators.perplexity.faults import ErrorEvent, RunFailed
from tests.emulators.perplexity.script import Script, SearchResult, pieces
from tests.emulators.perplexity.wire import Ask, Event, Json, Wire, encode

# US dollars for a million tokens in, a million tokens out, one request (https://docs.perplexity.ai/getting-started/pricing)
PRICES = {
    "sonar": (1.0, 1.0, 0.005),
    "sonar-pro": (3.0, 15.0, 0.006),
    "sonar-reasoning-pro": (2.0, 8.0, 0.006),
    "sonar-deep-research": (2.0, 8.0, 0.0),
}


class Presence(Enum):
    """In which chunks something comes: all of these were observed for sources."""

    NEVER = "never"
    FIRST = "first"
    EVERY = "every"
    LAST = "last"


class Ending(Enum):
    """How a full-mode stream says that it is over, before `data: [DONE]`.

    DONE: an empty chunk of object `chat.completion.done` with a finish reason. DONE_UNREASONED: the same without a reason.
    REASON: an empty ordinary chunk with a finish reason. TEXT: nothing; the last chunk carries text and no reason.
    """

    DONE = "done"
    DONE_UNREASONED = "done unreasoned"
    REASON = "reason"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class SonarShape:
    """This is which of the observed shapes the answers have."""

    citations: Presence = Presence.EVERY
    search_results: Presence = Presence.EVERY
    ending: Ending = Ending.DONE
    cumulative_message: bool = True
    done_mark: bool = True


class SonarWire(Wire):
    """One answer as chat completion chunks."""

    def __init__(self, ask: Ask, script: Script, shape: SonarShape) -> None:
        self._ask = ask
        self._script = script
        self._shape = shape
        self._text = ""
        self._tokens = 0
        results = [_public(result) for result in script.sources]
        self._results = msgspec.Raw(msgspec.json.encode(results))
        self._citations = msgspec.Raw(msgspec.json.encode([result.url for result in script.sources]))

    @override
    def stream(self) -> Iterator[Event]:
        yield from self._concise() if self._ask.concise else self._full()
        if self._shape.done_mark:
            yield Event(b"[DONE]", closing=True, terminal=True)

    @override
    def whole(self) -> Event:
        self._text, self._tokens = self._script.content, len(pieces(self._script))
        message = _message(self._text)
        choice = _choice(self._script.finish, message, _message(""))
        payload = self._payload("chat.completion", choice, first=True, last=True) | self._extras()
        return Event(encode(payload), word=self._script.word_count, closing=True, terminal=True)

    @override
    def error(self, fault: ErrorEvent) -> Event:
        error = {"message": fault.message, "type": fault.type, "code": fault.code}
        return Event(encode({"error": error}), name="error" if fault.named else "")

    @override
    def failed(self, fault: RunFailed) -> Event:
        return self.error(ErrorEvent(message=fault.message, type=fault.type))

    @override
    def strange(self) -> Event:
        payload: Json = {**self._heading(), "object": "chat.completion.chunk", "choices": []}
        return Event(encode(payload))

    @override
    def cancelled(self) -> Event:
        return self.error(ErrorEvent(message="cancelled", type="cancelled", code=499))

    def _full(self) -> Iterator[Event]:
        script, shape = self._script, self._shape
        deltas = pieces(script)
        for number, piece in enumerate(deltas):
            self._grow(piece.text)
            last = shape.ending is Ending.TEXT and number == len(deltas) - 1
            chunk = self._chunk(piece.text, None, first=number == 0, last=last)
            yield Event(encode(chunk | (self._extras() if last else {})), word=piece.word)
        if shape.ending is not Ending.TEXT:
            kind = "chat.completion.chunk" if shape.ending is Ending.REASON else "chat.completion.done"
            reason = None if shape.ending is Ending.DONE_UNREASONED else script.finish
            yield Event(encode(self._chunk("", reason, kind, last=True) | self._extras()), closing=True, terminal=True)

    def _concise(self) -> Iterator[Event]:
        if self._script.sources:
            yield from self._reasoning()
        for piece in pieces(self._script):
            self._grow(piece.text)
            choice = _choice(None, _message(""), _message(piece.text))
            payload: Json = {**self._heading(), "object": "chat.completion.chunk", "choices": [choice]}
            yield Event(encode(payload), word=piece.word)
        reason = None if self._shape.ending is Ending.DONE_UNREASONED else self._script.finish
        choice = _choice(reason, _message(self._text), _message(""))
        yield Event(
            encode(self._payload("chat.completion.done", choice, last=True) | self._extras()),
            closing=True,
            terminal=True,
        )

    def _reasoning(self) -> Iterator[Event]:
        queries = self._script.queries or (self._ask.question,)
        steps = [self._step(query) for query in queries]
        for step in steps:
            delta = _message("") | {"reasoning_steps": [step]}
            choice = _choice(None, _message(""), delta)
            yield Event(encode({**self._heading(), "object": "chat.reasoning", "choices": [choice]}))
        message = _message("") | {"reasoning_steps": steps}
        choice = _choice(None, message, _message(""))
        payload = self._payload("chat.reasoning.done", choice, last=True) | {"usage": self._usage(final=False)}
        yield Event(encode(payload))

    def _step(self, query: str) -> Json:
        search = {"search_keywords": [query], "search_results": self._results}
        return {"thought": "Searching the web...", "type": "web_search", "web_search": search}

    def _grow(self, text: str) -> None:
        self._text += text
        self._tokens += 1

    def _chunk(
        self, text: str, reason: str | None, kind: str = "chat.completion.chunk", *, first: bool = False, last: bool
    ) -> Json:
        choice = _choice(reason, _message(self._text) if self._shape.cumulative_message else None, _message(text))
        return self._payload(kind, choice, first=first, last=last)

    def _payload(self, kind: str, choice: Json, *, first: bool = False, last: bool) -> Json:
        payload: Json = {**self._heading(), "usage": self._usage(final=last)}
        if self._script.sources and _present(self._shape.citations, first=first, last=last):
            payload["citations"] = self._citations
        if self._script.sources and _present(self._shape.search_results, first=first, last=last):
            payload["search_results"] = self._results
        return payload | {"object": kind, "choices": [choice]}

    def _heading(self) -> Json:
        return {"id": self._ask.id, "model": self._ask.model, "created": self._ask.created}

    def _usage(self, *, final: bool) -> Json:
        """Cumulative in every chunk; costs are zero until the last one, as recorded."""
        prompt, completion = self._ask.prompt_tokens, self._tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "search_context_size": self._ask.search_context_size,
            "cost": self._cost() if final else {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0},
        }

    def _cost(self) -> Json:
        per_prompt, per_completion, request = PRICES[self._ask.model]
        prompt = round(self._ask.prompt_tokens * per_prompt / 1e6, 6)
        completion = round(self._tokens * per_completion / 1e6, 6)
        costs: Json = {"input_tokens_cost": prompt, "output_tokens_cost": completion, "request_cost": request}
        return costs | {"total_cost": round(prompt + completion + request, 6)}

    def _extras(self) -> Json:
        extras: Json = {}
        if self._ask.wants_related:
            extras["related_questions"] = list(self._script.related)
        if self._ask.wants_images:
            extras["images"] = [_image(url, self._script.sources) for url in self._script.images]
        return extras


def _present(presence: Presence, *, first: bool, last: bool) -> bool:
    match presence:
        case Presence.NEVER:
            return False
        case Presence.FIRST:
            return first
        case Presence.EVERY:
            return True
        case Presence.LAST:
            return last


def _choice(reason: str | None, message: Json | None, delta: Json) -> Json:
    choice: Json = {"index": 0, "finish_reason": reason, "delta": delta}
    return choice if message is None else choice | {"message": message}


def _message(text: str) -> Json:
    return {"role": "assistant", "content": text}


def _public(result: SearchResult) -> Json:
    return {
        "title": result.title,
        "url": result.url,
        "date": result.date or None,
        "last_updated": result.last_updated or None,
        "snippet": result.snippet,
        "source": "web",
    }


def _image(url: str, sources: tuple[SearchResult, ...]) -> Json:
    origin = sources[0].url if sources else url
    return {"image_url": url, "origin_url": origin, "title": "An image", "width": 640, "height": 480}
