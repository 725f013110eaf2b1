"""The platform's budgets. Pure: time is an argument. A lane is one budget; what is spent where is decided in `scheduler.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """This is one budget of a platform: at most `limit` writes within any `seconds`."""

    name: str
    limit: int
    seconds: float
