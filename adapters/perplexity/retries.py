"""Whether a request that failed is worth another try, and after how long. Pure: chance is an argument.

Only for requests of which nothing has been shown: a second answer after half of a first one would double the text.
"""

from dataclasses import dataclass

from adapters.perplexity.faults import TRANSIENT
from bot.errors import (
    EngineBroken,
    EngineBusy,
    EngineCutOff,
    EngineFailed,
    EngineSilent,
    EngineUnreachable,
)

_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True)
class Retries:
    """This is how often and how patiently a request is repeated; all but `most` in seconds.

    The wait doubles from `first` up to `longest`, and half of it is left to chance. Whoever is asked to wait longer than
    `patience` is told so at once instead.
    """

    most: int = 3
    first: float = 0.5
    longest: float = 8.0
    patience: float = 60.0

    def wait(self, failure: EngineFailed, tried: int, chance: float) -> float | None:
        """Seconds until the next try after `tried` repetitions, None for no other try; `chance` is from 0 to 1."""
        asked = _asked_to_wait(failure)
        if tried >= self.most or not _may_pass(failure) or asked > self.patience:
            return None
        pause = min(self.first * 2**tried, self.longest)
        return max(asked, pause / 2) + chance * pause / 2


def _may_pass(failure: EngineFailed) -> bool:
    """Whether the same request may succeed a little later."""
    match failure:
        case EngineUnreachable() | EngineCutOff() | EngineBusy():
            return True
        case EngineSilent(started=started):
            return not started
        case EngineBroken(status=status):
            return status in TRANSIENT or status in _SERVER_ERRORS
        case _:
            return False


def _asked_to_wait(failure: EngineFailed) -> float:
    match failure:
        case EngineBusy(retry_after=seconds) | EngineBroken(retry_after=seconds):
            return seconds or 0.0
        case _:
            return 0.0
