"""Settings from a mapping of strings. Pure: reads no environment and no file; the composition root hands both in.

Every settings class of an adapter is filled through a `Reader`, which collects all problems instead of stopping at the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from bot.errors import ConfigurationInvalid

T = TypeVar("T")

_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"0", "off", "false", "no"})


@dataclass(slots=True)
class Reader:
    """This is a view of the settings that remembers what was wrong with them.

    `read_file` reads the file that a `NAME_FILE` setting names, raising OSError. Problems never contain a value that may be secret.
    """

    env: Mapping[str, str]
    read_file: Callable[[str], str]
    problems: list[str] = field(default_factory=list[str])
    secrets: list[str] = field(default_factory=list[str])

    def text(self, name: str, default: str = "") -> str:
        """The setting as written, without surrounding blanks."""
        return self.env.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        """A secret from `NAME`, or from the file that `NAME_FILE` names; "" if neither is set. Both is a problem.

        It is remembered in `secrets`, so that logs can strike it out.
        """
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.problems.append(f"{name} and {name}_FILE are both set: remove one of them.")
        if path and not value:
            value = self._content(name, path)
        if value:
            self.secrets.append(value)
        return value

    def _content(self, name: str, path: str) -> str:
        try:
            content = self.read_file(path).strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{name}_FILE names {path}, which cannot be read.")
            return ""
        if not content:
            self.problems.append(f"{name}_FILE names {path}, which is empty.")
        return content

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """One of `options`, whatever its case."""
        value = self.text(name, default).lower()
        if value in options:
            return value
        self.problems.append(f"{name} is {value!r}: use one of {', '.join(options)}.")
        return default

    def switch(self, name: str, *, default: bool) -> bool:
        """On or off."""
        value = self.text(name).lower()
        if not value:
            return default
        if value in _YES or value in _NO:
            return value in _YES
        self.problems.append(f"{name} is {value!r}: use on or off.")
        return default

    def integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number from `lowest` to `highest`."""
        return self._number(name, default, lowest, highest, int, "a whole number")

    def seconds(self, name: str, default: float, lowest: float = 0.1, highest: float = 86400.0) -> float:
        """A duration in seconds."""
        return self._number(name, default, lowest, highest, float, "a number of seconds")

    def number(self, name: str, default: float, lowest: float, highest: float) -> float:
        """A number from `lowest` to `highest`."""
        return self._number(name, default, lowest, highest, float, "a number")

    def listing(self, name: str) -> tuple[str, ...]:
        """Values separated by commas or blanks."""
        return tuple(self.text(name).replace(",", " ").split())

    def url(self, name: str, default: str) -> str:
        """An http or https address without a trailing slash."""
        value = self.text(name, default)
        try:
            parts = urlsplit(value)  # it and `port` raise ValueError
            fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fine = False
        if not fine:
            self.problems.append(f"{name} is not an http:// or https:// address.")
            return default
        return value.rstrip("/")

    def _number(self, name: str, default: T, lowest: float, highest: float, parse: Callable[[str], T], what: str) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            parsed = parse(value)
            if lowest <= float(str(parsed)) <= highest:
                return parsed
        except ValueError:
            pass
        self.problems.append(f"{name} is {value!r}: use {what} from {lowest:g} to {highest:g}.")
        return default

    def finish(self) -> None:
        """Raise `ConfigurationInvalid` with every problem found so far, if there is any."""
        if self.problems:
            raise ConfigurationInvalid(tuple(self.problems))


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """These are the settings that belong to no adapter."""

    engine: str
    engine_concurrency: int
    answer_streaming: bool
    system_prompt: str
    history_tokens: int
    question_characters: int
    max_pages: int
    queue_per_conversation: int
    queue_for_engine: int
    drain_seconds: float
    http_host: str
    http_port: int
    log_level: str
    log_format: str


def read_core(reader: Reader) -> CoreSettings:
    """Fill the core settings; problems stay in `reader`. The engine is `perplexity` where there is a key, else `documents`."""
    default_engine = (
        "perplexity" if reader.text("PERPLEXITY_API_KEY") or reader.text("PERPLEXITY_API_KEY_FILE") else "documents"
    )
    return CoreSettings(
        engine=reader.choice("ENGINE", ("perplexity", "documents"), default_engine),
        engine_concurrency=reader.integer("ENGINE_CONCURRENCY", 4, 1, 1000),
        answer_streaming=reader.switch("ANSWER_STREAMING", default=True),
        system_prompt=reader.text("SYSTEM_PROMPT"),
        history_tokens=reader.integer("HISTORY_TOKENS", 6000, 0, 100_000),
        question_characters=reader.integer("QUESTION_CHARACTERS", 8000, 10, 100_000),
        max_pages=reader.integer("MAX_PAGES", 12, 1, 100),
        queue_per_conversation=reader.integer("QUEUE_PER_CONVERSATION", 5, 0, 1000),
        queue_for_engine=reader.integer("QUEUE_FOR_ENGINE", 100, 0, 100_000),
        drain_seconds=reader.seconds("DRAIN_SECONDS", 8.0, 0.0, 600.0),
        http_host=reader.text("HTTP_HOST", "127.0.0.1"),
        http_port=reader.integer("HTTP_PORT", 8080, 0, 65535),
        log_level=reader.choice("LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
        log_format=reader.choice("LOG_FORMAT", ("text", "json"), "text"),
    )
