"""Typed values out of JSON that others wrote: strictly where an answer needs them, leniently where it can do without. Pure."""

from typing import TypeVar

import msgspec

from bot.errors import EngineGarbled

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], data: bytes | msgspec.Raw) -> T:
    """Typed values out of untrusted JSON; raises `EngineGarbled`."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EngineGarbled(f"malformed: {_kind(error)}") from error


def glimpsed(decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw) -> T | None:
    """Typed values out of a part that the answer can do without; None if it is missing or of another shape."""
    try:
        return decoder.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _kind(error: Exception) -> str:
    """What was wrong, without any of the text in which it was wrong."""
    return "a field of another type" if isinstance(error, msgspec.ValidationError) else "not JSON"
