"""Log lines from the facts of `bot.telemetry`, as text or as JSON, with every secret struck out.

Lines carry ids and figures, never questions, answers, tokens or keys.
"""

import dataclasses
import json
import logging
import sys
from collections.abc import Collection, Iterator
from urllib.parse import quote, unquote, urlsplit

from typing_extensions import override

from bot.ports import Observer
from bot.telemetry import AnswerEnded, LaneClosed, StoreFailed, Unexpected, WriteEnded

_QUIET = ("aiohttp.access", "slack_bolt", "slack_sdk", "discord", "alembic", "aiosqlite", "asyncio")
_SILENT = ("markdown_it",)  # a line for every rule that looks at every block
_STRUCK = "[secret]"
_SHORTEST_SECRET = 6


class _Redacting(logging.Formatter):
    """A formatter that strikes every secret out of the finished line, tracebacks included."""

    def __init__(self, pattern: str | None, secrets: Collection[str]) -> None:
        super().__init__(pattern, datefmt="%Y-%m-%dT%H:%M:%S%z")
        spellings = {each for secret in secrets for each in _spellings(secret) if len(each) >= _SHORTEST_SECRET}
        self._secrets = sorted(spellings, key=len, reverse=True)

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self.struck(self._line(record))

    def struck(self, text: str) -> str:
        """The text without any secret."""
        for secret in self._secrets:
            text = text.replace(secret, _STRUCK)
        return text

    def _line(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        line = super().format(record)
        return f"{line} {' '.join(f'{name}={value}' for name, value in facts.items())}" if facts else line


class _Json(_Redacting):
    @override
    def _line(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        struck = {name: self.struck(value) if isinstance(value, str) else value for name, value in entry.items()}
        return json.dumps(struck, ensure_ascii=False, default=str)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may stand in a line: plain, quoted in an address, a literal or JSON; the password of an address alone."""
    yield from (secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1])
    try:
        password = urlsplit(secret).password or ""
    except ValueError:
        return
    yield from (password, unquote(password))


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts: object = getattr(record, "facts", None)
    return {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - set by LogObserver only


def configure_logging(level: str, style: str, secrets: Collection[str]) -> None:
    """Log to standard error from now on; chatty libraries only from warnings up unless `level` is debug."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = (
        _Json(None, secrets)
        if style == "json"
        else _Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s", secrets)
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else max(root.level, logging.WARNING))
    for name in _SILENT:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


class LogObserver(Observer):
    """The observer that writes one log line for each fact."""

    def __init__(self) -> None:
        self._log = logging.getLogger("footnote")

    @override
    def notice(self, event: object) -> None:
        if isinstance(event, Unexpected):
            self._log.error("unexpected failure in %s", event.where, exc_info=event.error)
            return
        level = _level(event)
        if self._log.isEnabledFor(level):
            facts = dataclasses.asdict(event) if dataclasses.is_dataclass(event) and not isinstance(event, type) else {}
            self._log.log(level, _sentence(type(event).__name__), extra={"facts": _flat(facts)})


def _level(event: object) -> int:
    match event:
        case StoreFailed() | LaneClosed():
            return logging.WARNING
        case WriteEnded(outcome="landed"):
            return logging.DEBUG
        case AnswerEnded(failure=""):
            return logging.INFO
        case WriteEnded() | AnswerEnded():
            return logging.WARNING
        case _:
            return logging.DEBUG


def _sentence(name: str) -> str:
    """`AnswerEnded` -> `answer ended`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _flat(facts: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in facts.items():
        if isinstance(value, dict):
            flat |= _flat({str(key): each for key, each in value.items()}, f"{name}_")  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - from asdict
        else:
            flat[prefix + name] = round(value, 3) if isinstance(value, float) else value
    return flat
