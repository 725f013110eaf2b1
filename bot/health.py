"""What "ready" means. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readiness:
    """This is the state of every part that answers depend on, by name."""

    parts: Mapping[str, bool]

    @property
    def ready(self) -> bool:
        """Whether there is at least one part and all of them work."""
        return bool(self.parts) and all(self.parts.values())


def look(probes: Mapping[str, Callable[[], bool]]) -> Readiness:
    """Ask every part now."""
    return Readiness({name: probe() for name, probe in probes.items()})
