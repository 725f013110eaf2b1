"""The short-lived ids that come with an interaction and open a view. Pure; time is an argument."""

from dataclasses import dataclass, field
from itertools import count

from tests.emulators.slack.rules.rejection import Rejected


@dataclass(slots=True)
class Triggers:
    """These are all trigger ids; each opens one view within `lifetime` seconds.

    https://docs.slack.dev/interactivity/handling-user-interaction/.
    """

    lifetime: float = 3.0
    _issued: dict[str, float] = field(default_factory=dict[str, float])
    _used: set[str] = field(default_factory=set[str])
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def issue(self, now: float) -> str:
        """A new one."""
        trigger_id = f"{next(self._numbers)}.emulated"
        self._issued[trigger_id] = now
        return trigger_id

    def use(self, trigger_id: str, now: float) -> None:
        """Use it up; raises `Rejected`."""
        if trigger_id not in self._issued:
            raise Rejected("invalid_trigger_id")
        if trigger_id in self._used:
            raise Rejected("exchanged_trigger_id")
        if now >= self._issued[trigger_id] + self.lifetime:
            raise Rejected("expired_trigger_id")
        self._used.add(trigger_id)
