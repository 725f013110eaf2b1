"""What a test lets go wrong with calls of the Web API: once, a number of times, or until further notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulators.slack.rules.rejection import Json


@dataclass(frozen=True, slots=True)
class Throttle:
    """Answer 429 with this `Retry-After` in seconds (without the header if None); nothing is done."""

    retry_after: int | None = 1


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Answer with a server error and a page that is not JSON; nothing is done."""

    status: int = 500
    body: str = "<html><body>Server Error</body></html>"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer 200 with `ok: false` and this error; nothing is done."""

    error: str


@dataclass(frozen=True, slots=True)
class DropBefore:
    """Lose the connection before anything is done."""


@dataclass(frozen=True, slots=True)
class DropAfter:
    """Do it, then lose the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Do it, then answer `seconds` late; or be late before doing it."""

    seconds: float
    before_effect: bool = False


Fault = Throttle | Breakdown | Refuse | DropBefore | DropAfter | Slow


@dataclass(slots=True)
class _Planned:
    method: str
    fault: Fault
    times: int | None
    where: Mapping[str, str]


@dataclass(slots=True)
class Faults:
    """These are the faults to come, in the order in which they were planned."""

    _planned: list[_Planned] = field(default_factory=list[_Planned])

    def plan(self, method: str, fault: Fault, *, times: int | None = 1, where: Mapping[str, str] | None = None) -> None:
        """Let the next `times` calls of a method fail (None: all of them), or only those with the arguments in `where`."""
        self._planned.append(_Planned(method, fault, times, where or {}))

    def clear(self, method: str | None = None) -> None:
        """Forget what is planned, for one method or for all."""
        self._planned = [planned for planned in self._planned if method not in {None, planned.method}]

    def take(self, method: str, arguments: Json) -> Fault | None:
        """The fault of this call, counted as used; None lets it through."""
        for planned in self._planned:
            if planned.method == method and _fits(planned.where, arguments):
                if planned.times is not None:
                    planned.times -= 1
                    self._planned = [left for left in self._planned if left.times != 0]
                return planned.fault
        return None


def _fits(where: Mapping[str, str], arguments: Json) -> bool:
    return all(arguments.get(name) == value for name, value in where.items())
