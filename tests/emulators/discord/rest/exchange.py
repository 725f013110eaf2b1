"""A request as its action sees it, and the answer it gives."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from tests.emulators.discord.rules.refusals import INVALID_FORM, INVALID_JSON, RefusedError, invalid_form
from tests.emulators.discord.world.world import World

T = TypeVar("T")

_PATH = re.compile(r"\$\.?(?P<path>[\w.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Upload:
    """This is a file of a multipart request, `files[index]`."""

    index: int
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """This is what a client asked for; `body` is JSON, or the `payload_json` of a multipart request."""

    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""
    uploads: tuple[Upload, ...] = ()

    def id(self, name: str) -> int:
        """A snowflake of the path; refuses what is none (50035)."""
        text = self.parameters[name]
        if not text.isdigit():
            raise invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return int(text)

    def decode(self, kind: type[T]) -> T:
        """The body as a struct; refuses what is no JSON (50109) or not of that shape (50035)."""
        try:
            return msgspec.json.decode(self.body or b"{}", type=kind)
        except msgspec.ValidationError as error:
            found = _PATH.search(str(error))
            errors = {"_errors": [{"code": "BASE_TYPE_BAD_TYPE", "message": str(error)}]}
            raise RefusedError(INVALID_FORM, {found["path"]: errors} if found else errors) from error
        except msgspec.DecodeError as error:
            raise RefusedError(INVALID_JSON) from error

    def json(self) -> Any:
        """The body as plain values for the record, None if there is none or it is not JSON."""
        try:
            return msgspec.json.decode(self.body) if self.body else None
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """This is a response: `body` becomes JSON unless it is None (no body), or bytes (sent as they are, `kind` says what)."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    kind: str = "application/json"
    via: bool = True


NO_CONTENT = Answer(204)

Action = Callable[[World, Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """This is one endpoint; `authorized` says that it wants the bot's token."""

    method: str
    path: str
    action: Action
    authorized: bool = True

    @property
    def name(self) -> str:
        """How limits, faults and the record of calls name it."""
        return f"{self.method} {self.path}"
