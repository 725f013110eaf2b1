"""What Sonar takes and what it refuses: the body of a request in, an `Ask` out or `RequestRefused`. Pure.

Unknown parameters are ignored, as the real one does. Sources: the request schema of the official SDK,
https://docs.perplexity.ai/docs/sonar/prompt-guide and the refusals named in `replies`.
"""

import re
from collections.abc import Collection
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tests.emulators.perplexity.replies import ALTERNATION, RequestRefused, envelope, unknown_model, unprocessable
from tests.emulators.perplexity.sonar import PRICES
from tests.emulators.perplexity.wire import Ask

MODELS = tuple(PRICES)
MOST_DOMAINS = 20
_Date = Annotated[str, Meta(pattern=r"^\d{1,2}/\d{1,2}/\d{4}$")]
_Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]


class _Url(Struct):
    url: str


class _Text(Struct, tag_field="type", tag="text"):
    text: str


class _Image(Struct, tag_field="type", tag="image_url"):
    image_url: str | _Url


class _File(Struct, tag_field="type", tag="file_url"):
    file_url: str | _Url
    file_name: str | None = None


class _Pdf(Struct, tag_field="type", tag="pdf_url"):
    pdf_url: str | _Url


class _Video(Struct, tag_field="type", tag="video_url"):
    video_url: str | _Url


class _Message(Struct):
    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[_Text | _Image | _File | _Pdf | _Video] | None = None


class _Location(Struct):
    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class _WebSearch(Struct):
    search_context_size: Literal["low", "medium", "high"] | None = None
    search_type: Literal["fast", "pro", "auto"] | None = None
    user_location: _Location | None = None
    image_results_enhanced_relevance: bool | None = None


class _Request(Struct):
    model: str
    messages: Annotated[list[_Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_mode: Literal["full", "concise"] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=128_000)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    stop: str | list[str] | None = None
    search_mode: Literal["web", "academic", "sec"] | None = None
    search_domain_filter: list[str] | None = None
    search_recency_filter: Literal["hour", "day", "week", "month", "year"] | None = None
    search_after_date_filter: _Date | None = None
    search_before_date_filter: _Date | None = None
    last_updated_after_filter: _Date | None = None
    last_updated_before_filter: _Date | None = None
    search_language_filter: list[_Language] | None = None
    language_preference: _Language | None = None
    web_search_options: _WebSearch | None = None
    return_images: bool | None = None
    return_related_questions: bool | None = None
    disable_search: bool | None = None
    enable_search_classifier: bool | None = None
    reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = None


_decoder = msgspec.json.Decoder(_Request)


def read_sonar(body: bytes, _known: Collection[str] = ()) -> Ask:
    """What a body asks for; raise `RequestRefused` with the API's own words."""
    request = _decoded(body)
    if request.model not in MODELS:
        raise RequestRefused(unknown_model(request.model))
    _check_order(request.messages)
    check_domains(request.search_domain_filter or [])
    _check_dates(request)
    options = request.web_search_options or _WebSearch()
    return Ask(
        model=request.model,
        prompt=tuple((message.role, _text(message)) for message in request.messages),
        stream=bool(request.stream),
        concise=request.stream_mode == "concise",
        searches=not request.disable_search,
        max_tokens=request.max_tokens,
        wants_related=bool(request.return_related_questions),
        wants_images=bool(request.return_images),
        search_context_size=options.search_context_size or "low",
    )


def check_domains(domains: list[str]) -> None:
    """At most twenty domains without a scheme, each of at most 253 characters; both APIs have this rule."""
    wrong = [name for name in domains if "/" in name or not name.strip("-") or len(name.removeprefix("-")) > 253]
    if len(domains) > MOST_DOMAINS or wrong:
        message = f"search_domain_filter takes at most {MOST_DOMAINS} domains without a scheme."
        raise RequestRefused(envelope(400, "invalid_search_domain_filter", message, "search_domain_filter"))


def _decoded(body: bytes) -> _Request:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        location = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]`]+", path)]
        raise RequestRefused(unprocessable(location, message)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(unprocessable([], "JSON decode error")) from error


def _check_order(messages: list[_Message]) -> None:
    """System messages first, then user (or tool) and assistant in turn, a user (or tool) first and last."""
    roles = [message.role for message in messages]
    while roles and roles[0] == "system":
        roles.pop(0)
    turns = ["user" if role == "tool" else role for role in roles]
    if turns != ["user" if number % 2 == 0 else "assistant" for number in range(len(turns))]:
        raise RequestRefused(envelope(400, "invalid_message", ALTERNATION))
    if len(turns) % 2 == 0:
        raise RequestRefused(envelope(400, "invalid_message", "Last message must have role `user` or `tool`."))


def _check_dates(request: _Request) -> None:
    dates = request.search_after_date_filter, request.search_before_date_filter
    if request.search_recency_filter and any(dates):
        message = "search_recency_filter cannot be combined with date filters."
        raise RequestRefused(envelope(400, "invalid_request", message))


def _text(message: _Message) -> str:
    match message.content:
        case None:
            return ""
        case str(text):
            return text
        case parts:
            return "\n".join(part.text for part in parts if isinstance(part, _Text))
