"""Answers that are not answers: the bodies of Perplexity's refusals, as they were seen. Pure.

Sources: https://github.com/iamsrikanthnani/pluely/issues/71 (alternation), https://github.com/hex/llm-perplexity/issues/19
(model), https://github.com/perplexityai/api-discussion/issues/281 (401 as a page), and the error table of
https://github.com/perplexityai/api-platform-developers (Agent API). Where nobody has shown a body, ours has the known envelope.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from tests.emulators.perplexity.faults import AtTheDoor, HtmlPage, PlainJson, Status

ALTERNATION = (
    "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s)."
)
_MODELS_URL = "https://docs.perplexity.ai/getting-started/models"

# The types of the error envelope, and who answers with a page instead: the proxies in front of the API.
_TYPES = {
    400: "invalid_request",
    402: "insufficient_credits",
    403: "forbidden",
    404: "not_found",
    413: "payload_too_large",
    429: "request_rate_limit_exceeded",
    500: "internal_error",
    503: "service_unavailable",
}
_PAGES = {401: "openresty", 502: "cloudflare", 524: "cloudflare"}
_TITLES = {401: "Authorization Required", 524: "A timeout occurred"}


@dataclass(frozen=True, slots=True)
class Reply:
    """This is a complete HTTP answer without a stream."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])


class RequestRefused(Exception):
    """The API does not take this request."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.decode())
        self.reply = reply


def envelope(status: int, error_type: str, message: str, param: str = "") -> Reply:
    """The error envelope of both APIs."""
    error: dict[str, object] = {"message": message, "type": error_type, "code": status}
    return Reply(status, msgspec.json.encode({"error": error | ({"param": param} if param else {})}))


def page(status: int) -> Reply:
    """A web page from a proxy that stands before the API."""
    title = f"{status} {_title(status)}"
    server = _PAGES.get(status, "openresty")
    body = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center><hr>{server}</body></html>"
    return Reply(status, body.encode(), "text/html", {"Server": server})


def unprocessable(location: list[str | int], message: str) -> Reply:
    """A parameter of the wrong type or out of range, as FastAPI says it."""
    return Reply(
        422, msgspec.json.encode({"detail": [{"loc": ["body", *location], "msg": message, "type": "value_error"}]})
    )


def unknown_model(model: str) -> Reply:
    """A model that does not exist, or no longer."""
    message = f"Invalid model '{model}'. Permitted models can be found in the documentation at {_MODELS_URL}."
    return envelope(400, "invalid_model", message)


def too_many(limit: int, retry_after: float | None = None) -> Reply:
    """More requests than the account may have in flight."""
    reply = envelope(429, _TYPES[429], "Request rate limit exceeded, please try again later.")
    reply.headers.update({"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"})
    return _with_retry_after(reply, retry_after)


def reply_of(fault: AtTheDoor) -> Reply:
    """The HTTP answer that a fault stands for."""
    match fault:
        case HtmlPage(body):
            return Reply(200, body.encode(), "text/html")
        case PlainJson(body):
            return Reply(200, body.encode())
        case Status(status, retry_after, body):
            known = _known(status)
            reply = known if body is None else Reply(status, body.encode(), known.content_type, known.headers)
            return _with_retry_after(reply, retry_after)


def _known(status: int) -> Reply:
    if status in _PAGES:
        return page(status)
    if status == 422:
        return unprocessable(["messages"], "Field required")
    if status == 429:
        return too_many(1)
    return envelope(status, _TYPES.get(status, "error"), f"{_title(status)}.")


def _title(status: int) -> str:
    if status in _TITLES:
        return _TITLES[status]
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def _with_retry_after(reply: Reply, seconds: float | None) -> Reply:
    if seconds is not None:
        reply.headers["Retry-After"] = f"{seconds:g}"
    return reply
