"""How Slack says no. Pure."""

from dataclasses import dataclass
from typing import Any

from typing_extensions import override

Json = dict[str, Any]


@dataclass(eq=False)
class Rejected(Exception):
    """Slack answers `ok: false` with this `error`; `messages` are its hints for developers, `extra` more fields of the body."""

    error: str
    messages: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    @override
    def __str__(self) -> str:
        return " ".join((self.error, *self.messages))

    def body(self) -> Json:
        """The JSON body of the answer. The status is 200: https://docs.slack.dev/apis/web-api/#responses."""
        body: Json = {"ok": False, "error": self.error, **dict(self.extra)}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


def missing_scope(needed: str, provided: frozenset[str]) -> Rejected:
    """The refusal of a token that may not do this."""
    return Rejected("missing_scope", extra=(("needed", needed), ("provided", ",".join(sorted(provided)))))
