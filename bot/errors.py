"""Everything that can go wrong, as one tree. Errors carry what the receiver needs; sentences for people are in `rendering.wording`.

Adapters raise nothing else: each translates the errors of its SDK in one place, always with `from`. They are compared by
identity and not frozen, because the interpreter writes tracebacks into them.
"""

from dataclasses import dataclass

from typing_extensions import override


class FootnoteError(Exception):
    """The root of every failure that Footnote knows by name."""

    @override
    def __str__(self) -> str:
        return repr(self)


@dataclass(eq=False)
class ConfigurationInvalid(FootnoteError):
    """The settings cannot be used; `problems` lists all of them, one sentence each, without any secret value."""

    problems: tuple[str, ...]


@dataclass(eq=False)
class PlatformAbsent(FootnoteError):
    """A platform could not be connected at the start; `retry_after` in seconds where it asked to be left alone."""

    platform: str
    retry_after: float = 0.0


class TakingNoQuestions(FootnoteError):
    """The process is stopping: leave the question to whoever hears it next."""


# Failures of an answer engine -------------------------------------------------------------------------------


class EngineFailed(FootnoteError):
    """The engine did not finish its answer. What it has said so far stays valid and is kept."""


@dataclass(eq=False)
class EngineUnreachable(EngineFailed):
    """No connection: refused, unknown host, TLS trouble, or no connection in time."""

    detail: str = ""


@dataclass(eq=False)
class EngineSilent(EngineFailed):
    """Connected, but nothing came for `seconds`: before the first event, or between two events when `started`."""

    seconds: float
    started: bool = False


@dataclass(eq=False)
class EngineCutOff(EngineFailed):
    """The stream ended before its terminal mark: a lost connection, a truncated event, or an end without a reason."""

    detail: str = ""


@dataclass(eq=False)
class EngineGarbled(EngineFailed):
    """The engine sent something that is not its protocol: HTML, plain JSON, or a malformed event."""

    detail: str = ""


@dataclass(eq=False)
class EngineBusy(EngineFailed):
    """Too many requests (HTTP 429); `retry_after` in seconds where the engine said so."""

    retry_after: float | None = None


@dataclass(eq=False)
class EngineKeyRefused(EngineFailed):
    """The key is missing, wrong, revoked or may not do this (HTTP 401, 403)."""

    status: int = 401


@dataclass(eq=False)
class EngineUnpaid(EngineFailed):
    """The account has no credit left (HTTP 402)."""


@dataclass(eq=False)
class EngineRefused(EngineFailed):
    """The engine rejected the request itself (HTTP 400, 404, 413, 422, or an error event); `reason` is its short type."""

    status: int = 400
    reason: str = ""


@dataclass(eq=False)
class EngineBroken(EngineFailed):
    """The engine failed on its side (HTTP 5xx, an in-band error event, `status: failed`).

    `status` is 200 where only the stream said so; `retry_after` in seconds where the engine said so.
    """

    status: int = 500
    reason: str = ""
    retry_after: float | None = None


# Failures of a chat platform --------------------------------------------------------------------------------


class ChatFailed(FootnoteError):
    """A chat platform did not do what it was asked."""


@dataclass(eq=False)
class Throttled(ChatFailed):
    """Over the platform's budget; certainly not done; safe to repeat after `retry_after` seconds.

    `everywhere` says that the platform closed all of its lanes, not only those of this kind of write.
    """

    retry_after: float
    everywhere: bool = False


@dataclass(eq=False)
class MessageGone(ChatFailed):
    """The message was deleted: stop writing to it."""


@dataclass(eq=False)
class Refused(ChatFailed):
    """The platform will not take this write, however often it is repeated; `reason` is the platform's own code."""

    reason: str


@dataclass(eq=False)
class PlaceClosed(ChatFailed):
    """Nothing can be written in this place any more: archived, removed from the channel, no permission."""

    reason: str


@dataclass(eq=False)
class TokenRefused(ChatFailed):
    """The platform does not accept our token: revoked, expired, or of another app."""

    reason: str


@dataclass(eq=False)
class Unreachable(ChatFailed):
    """The platform did not answer properly; an edit is safe to repeat.

    `uncertain` says that the request was sent, so a *post* may have landed: look before repeating it.
    """

    uncertain: bool = False


# Failures of storage ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class StoreUnavailable(FootnoteError):
    """The database did not take or give what was asked."""

    detail: str = ""


@dataclass(eq=False)
class StoreTooNew(FootnoteError):
    """The database was migrated by a newer version of Footnote; start that version or restore a backup."""

    found: str
    known: str
