"""What Perplexity says when it does not answer, in our terms: HTTP statuses, error bodies, errors inside a stream. Pure.

Bodies are read defensively (JSON of several shapes, pages of proxies, nothing at all) and only their short type gets
into an error: never their text, which may repeat what was sent. The envelope:
https://github.com/perplexityai/api-platform-developers (skills/migrate-sonar-to-agent-api, error handling).
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec
from msgspec import Raw, Struct

from adapters.perplexity.untrusted import glimpsed
from bot.errors import EngineBroken, EngineBusy, EngineFailed, EngineKeyRefused, EngineRefused, EngineUnpaid

# Rejections of the moment, not of the request: worth another try.
TRANSIENT = frozenset({408, 409, 424, 425})

# A type is a word such as `invalid_model`. Without digits and capitals, so that it can never be a key.
_TYPE = re.compile(r"[a-z]+(?:[_.][a-z]+)*")
_LONGEST_TYPE = 60
_ERROR_STATUS = re.compile(r"[45][0-9]{2}")

# What a type says about the status that it would have had; the first match decides.
_STATUS_BY_TYPE = (
    (re.compile(r"rate_limit|too_many"), 429),
    (re.compile(r"insufficient|credit|payment|billing|quota"), 402),
    (re.compile(r"forbidden|permission"), 403),
    (re.compile(r"unauthori|authenticat|api_key"), 401),
    (re.compile(r"not_found"), 404),
    (re.compile(r"too_large"), 413),
    (re.compile(r"invalid|unprocessable|unsupported"), 400),
    (re.compile(r"bad_gateway"), 502),
    (re.compile(r"unavailable|overloaded"), 503),
    (re.compile(r"timeout"), 504),
    (re.compile(r"internal|server_error"), 500),
)


class _Body(Struct):
    """Every place where one of the known error bodies has what we look for; their types are anybody's guess."""

    type: object = None
    code: object = None
    error: Raw = Raw(b"")
    detail: Raw = Raw(b"")


_body = msgspec.json.Decoder(_Body)
_details = msgspec.json.Decoder(list[_Body])


def refusal(status: int, body: bytes, retry_after: float | None = None) -> EngineFailed:
    """What an HTTP answer means that is none: `retry_after` is what `seconds_to_wait` makes of its header."""
    return _failure(status, _reason(_read(body)), retry_after)


def failure_said(data: bytes) -> EngineFailed:
    """What an error means that came where an answer was expected, under HTTP 200."""
    told = _read(data)
    reason = _reason(told)
    return _failure(_status(told) or _status_by(reason), reason, None)


def run_ended(status: str, error: bytes) -> EngineFailed:
    """What it means that a run ended with this status (`failed`, `cancelled`) and this error object, if any."""
    failure = failure_said(error)
    if isinstance(failure, EngineBroken) and not failure.reason:
        return EngineBroken(failure.status, _short(status))
    return failure


def seconds_to_wait(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or an HTTP date (RFC 9110, 10.2.3); None for neither."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _until(header, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _failure(status: int, reason: str, retry_after: float | None) -> EngineFailed:
    match status:
        case 401 | 403 | 429 if _status_by(reason) == 402:  # noqa: PLR2004 - HTTP's number for "payment required"
            return EngineUnpaid()
        case 401 | 403:
            return EngineKeyRefused(status)
        case 402:
            return EngineUnpaid()
        case 429:
            return EngineBusy(retry_after)
        case _ if 300 <= status < 500 and status not in TRANSIENT:  # noqa: PLR2004 - the bounds of HTTP's classes
            return EngineRefused(status, reason)
        case _:
            return EngineBroken(status, reason, retry_after)


def _read(data: bytes | Raw) -> _Body:
    """The innermost error object of a body; an empty one where there is none."""
    body = glimpsed(_body, data)
    if body is None:
        return _Body()
    details = glimpsed(_details, body.detail)
    return glimpsed(_body, body.error) or (details[0] if details else body)


def _reason(body: _Body) -> str:
    return _short(body.type) or _short(body.code)


def _short(value: object) -> str:
    fits = isinstance(value, str) and len(value) <= _LONGEST_TYPE and _TYPE.fullmatch(value)
    return str(value) if fits and value != "error" else ""


def _status(body: _Body) -> int | None:
    code = str(body.code)
    return int(code) if _ERROR_STATUS.fullmatch(code) else None


def _status_by(reason: str) -> int:
    """The status that goes with a type; 200, as HTTP said, where it tells nothing."""
    return next((status for pattern, status in _STATUS_BY_TYPE if pattern.search(reason)), 200)
