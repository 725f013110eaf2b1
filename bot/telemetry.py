"""What happened, as frozen facts, for logs and metrics. They carry ids and figures, never texts."""

from dataclasses import dataclass

from typing_extensions import override

from bot.model import TurnState, Usage
from bot.ports import Observer


@dataclass(frozen=True, slots=True)
class WriteEnded:
    """A request to a platform came back: `kind` of the scheduler, `outcome` is "landed" or the name of the error.

    Or "not found": an uncertain post was looked for and has to be repeated. `reason` is the platform's own code of a refusal.
    """

    platform: str
    kind: str
    outcome: str
    seconds: float
    characters: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WriteSkipped:
    """A refresh was not sent because it would have shown the same page."""

    platform: str


@dataclass(frozen=True, slots=True)
class LaneClosed:
    """A platform said 429: these lanes are closed for `retry_after` seconds."""

    platform: str
    lanes: tuple[str, ...]
    retry_after: float


@dataclass(frozen=True, slots=True)
class FirstTextShown:
    """The first words of an answer stand on the screen, `seconds` after the engine said them."""

    platform: str
    turn: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """A turn is over. `final_lag`: seconds from the engine's last word to the complete message on the screen."""

    platform: str
    turn: int
    state: TurnState
    failure: str
    seconds: float
    final_lag: float
    pages: int
    characters: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class QuestionTaken:
    """A question is ours and waits, behind `ahead` others of its conversation."""

    platform: str
    turn: int
    ahead: int


@dataclass(frozen=True, slots=True)
class QuestionKnown:
    """A question was delivered again and not taken again."""

    platform: str


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store did not take something; the answer goes on in the chat. `what` names the promise of the port."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A failure that nobody foresaw, with its traceback for the log."""

    where: str
    error: BaseException


class Silence(Observer):
    """The observer that takes no notes."""

    @override
    def notice(self, event: object) -> None:
        pass
