"""What a test lets go wrong: planned per route, for the next n requests or until it is taken back."""

from dataclasses import dataclass, field

from tests.emulators.discord.rules.refusals import Reason
from tests.emulators.discord.rules.windows import Scope

ANY = "*"


@dataclass(frozen=True, slots=True)
class Throttle:
    """A 429 that no bucket announced. Without `via` or `body` it looks like a ban by Cloudflare."""

    retry_after: float = 1.0
    scope: Scope = "user"
    body: bool = True
    via: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """A 5xx; `after_effect` says that the request was carried out all the same."""

    status: int = 500
    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """A connection that is lost without an answer; `after_effect` says that the request was carried out before."""

    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """Seconds that pass before and after the effect, in addition to the usual latency."""

    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refuse:
    """Any refusal of Discord."""

    reason: Reason


Fault = Throttle | Broken | CutOff | Slow | Refuse


@dataclass(slots=True)
class Planned:
    """This is a fault that waits for its requests; `times` is None if it stays."""

    route: str
    fault: Fault
    times: int | None


@dataclass(slots=True)
class Faults:
    """These are all planned faults, the oldest first."""

    planned: list[Planned] = field(default_factory=list[Planned])

    def plan(self, route: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` requests to a route such as "POST /channels/{channel}/messages" go wrong; `ANY` is every route."""
        self.planned.append(Planned(route, fault, times))

    def clear(self) -> None:
        """Let everything be well again."""
        self.planned.clear()

    def take(self, route: str) -> Fault | None:
        """The fault of a request to this route, used up by it."""
        for one in self.planned:
            if one.route in {route, ANY}:
                if one.times is not None:
                    one.times -= 1
                    if one.times <= 0:
                        self.planned.remove(one)
                return one.fault
        return None
