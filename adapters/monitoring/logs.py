"""Log lines from the facts of `bot.telemetry`, as text or as JSON, with every secret struck out.

Lines carry ids and figures, never questions, answers, tokens or keys.
"""

import dataclasses
import json
import logging
import sys
from collections.abc import Collection

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
        self._secrets = sorted((each for each in secrets if len(each) >= _SHORTEST_SECRET), key=len, reverse=True)

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = self._line(record)
        for secret in self._secrets:
            line = line.replace(secret, _STRUCK)
        return line

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
        return json.dumps(entry, ensure_ascii=False, default=str)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts: object = getattr(record, "facts", None)
    return {str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - set by LogObserver only


def configure_logging(level: str, style: str, secrets: Collection[str]) -> None:
    """Log to standard error from now on; libraries only from warnings up unless `level` is debug."""
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
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)


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
