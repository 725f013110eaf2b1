"""What the Agent API takes and what it refuses: the body of a request in, an `Ask` out or `RequestRefused`. Pure.

It is strict: any field that it does not know, at any depth, is a 400 that names the field. Sources:
https://github.com/perplexityai/api-platform-developers (request mapping) and the request schema of the official SDK.
"""

import re
from collections.abc import Collection, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tests.emulators.perplexity.replies import RequestRefused, envelope, unknown_model
from tests.emulators.perplexity.sonar_rules import check_domains
from tests.emulators.perplexity.wire import Ask

PRESETS = ("fast", "low", "medium", "high", "xhigh")
OTHER_PROVIDERS = ("anthropic", "google", "openai", "xai")
FEWEST_TOKENS = 16
_Date = Annotated[str, Meta(pattern=r"^\d{1,2}/\d{1,2}/\d{4}$")]


class _Part(Struct, forbid_unknown_fields=True):
    type: Literal["input_text", "output_text", "input_image", "input_file"]
    text: str | None = None
    image_url: str | None = None
    file_data: str | None = None
    filename: str | None = None


class _Message(Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[_Part]
    type: Literal["message"] = "message"


class _Location(Struct, forbid_unknown_fields=True):
    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class _Filters(Struct, forbid_unknown_fields=True):
    search_domain_filter: list[str] | None = None
    search_recency_filter: Literal["hour", "day", "week", "month", "year"] | None = None
    search_after_date_filter: _Date | None = None
    search_before_date_filter: _Date | None = None
    last_updated_after_filter: _Date | None = None
    last_updated_before_filter: _Date | None = None


class _WebSearch(Struct, forbid_unknown_fields=True, tag_field="type", tag="web_search"):
    filters: _Filters | None = None
    max_results: Annotated[int, Meta(ge=1, le=50)] | None = None
    max_tokens: int | None = None
    max_tokens_per_page: int | None = None
    search_context_size: Literal["low", "medium", "high"] | None = None
    search_type: Literal["web", "fast"] | None = None
    user_location: _Location | None = None


class _FetchUrl(Struct, forbid_unknown_fields=True, tag_field="type", tag="fetch_url"):
    max_urls: Annotated[int, Meta(ge=1, le=10)] | None = None


class _Function(Struct, forbid_unknown_fields=True, tag_field="type", tag="function"):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class _Choice(Struct, forbid_unknown_fields=True):
    type: str | None = None
    name: str | None = None


class _Reasoning(Struct, forbid_unknown_fields=True):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None


class _StreamOptions(Struct, forbid_unknown_fields=True):
    include_usage: bool | None = None


class _Request(Struct, forbid_unknown_fields=True):
    input: str | list[_Message]
    instructions: str | None = None
    model: str | None = None
    models: Annotated[list[str], Meta(min_length=1, max_length=5)] | None = None
    preset: str | None = None
    effort: str | None = None
    tools: list[_WebSearch | _FetchUrl | _Function] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_steps: Annotated[int, Meta(ge=1, le=100)] | None = None
    max_tool_calls: Annotated[int, Meta(ge=0)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    language_preference: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    background: bool | None = None
    reasoning: _Reasoning | None = None
    response_format: dict[str, object] | None = None
    parallel_tool_calls: bool | None = None
    metadata: dict[str, str] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    service_tier: Literal["auto", "default", "flex", "priority", "fast"] | None = None
    prompt_cache_key: str | None = None


_decoder = msgspec.json.Decoder(_Request)


def read_agent(body: bytes, known: Collection[str] = ()) -> Ask:
    """What a body asks for; raise `RequestRefused` with the API's own words. `known` are the ids of earlier responses."""
    request = _decoded(body)
    model = _model(request)
    for tool in _searching(request):
        check_domains((tool.filters or _Filters()).search_domain_filter or [])
    _check(request, model, known)
    tokens = request.max_output_tokens
    return Ask(
        model=model,
        prompt=_prompt(request),
        stream=bool(request.stream),
        searches=_may_search(request),
        max_tokens=None if tokens is None else max(FEWEST_TOKENS, tokens),
    )


def _decoded(body: bytes) -> _Request:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        unknown = re.search(r"unknown field `([^`]*)`", str(error))
        path = re.search(r"at `\$\.?([^`]*)`", str(error))
        message = f'json: unknown field "{unknown[1]}"' if unknown else str(error)
        raise _refusal(f"invalid request body: {message}", (unknown or path or [""] * 2)[1]) from error


def _model(request: _Request) -> str:
    """The model or preset that answers; `models` goes before `model`, a named effort before a preset."""
    named = [*(request.models or []), *([request.model] if request.model else [])]
    for name in named:
        provider, _, model = name.partition("/")
        if name != "perplexity/sonar" and (provider not in OTHER_PROVIDERS or not model):
            raise RequestRefused(unknown_model(name))
    preset = request.effort or request.preset
    if preset is not None and preset not in PRESETS:
        raise _refusal(f"unknown preset '{preset}'", "preset")
    if not named and preset is None:
        raise _refusal("one of model, models and preset is required", "model")
    return named[0] if named else str(preset)


def _check(request: _Request, model: str, known: Collection[str]) -> None:
    if model.startswith("anthropic/") and request.max_output_tokens is None:
        raise _refusal("max_output_tokens is required when using Anthropic models", "max_output_tokens")
    if request.background:
        raise _refusal("background runs are not emulated", "background")
    if request.previous_response_id is not None and request.previous_response_id not in known:
        raise RequestRefused(envelope(404, "not_found", "previous response not found", "previous_response_id"))
    for tool in _searching(request):
        filters = tool.filters or _Filters()
        dates = filters.search_after_date_filter, filters.search_before_date_filter
        if filters.search_recency_filter and any(dates):
            raise _refusal("search_recency_filter cannot be combined with date filters", "search_recency_filter")


def _may_search(request: _Request) -> bool:
    """Nothing is searched unless a tool or a preset allows it: the answer has no sources then."""
    allowed = bool(_searching(request)) or (request.effort or request.preset) is not None
    return allowed and request.tool_choice != "none" and request.max_tool_calls != 0


def _searching(request: _Request) -> Sequence[_WebSearch]:
    return [tool for tool in request.tools or [] if isinstance(tool, _WebSearch)]


def _prompt(request: _Request) -> tuple[tuple[str, str], ...]:
    first = [("system", request.instructions)] if request.instructions else []
    if isinstance(request.input, str):
        return (*first, ("user", request.input))
    return (*first, *((message.role, _text(message)) for message in request.input))


def _text(message: _Message) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part.text for part in message.content if part.text)


def _refusal(message: str, param: str) -> RequestRefused:
    return RequestRefused(envelope(400, "invalid_request", message, param))
