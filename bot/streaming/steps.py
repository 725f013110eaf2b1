"""One answer's pages as writes: the next one, the one that is being made, what stands on the screen, how it ended. Pure values."""

from dataclasses import dataclass
from enum import Enum

from bot.model import MessageRef, Page
from bot.streaming.scheduler import Kind


@dataclass(frozen=True, slots=True)
class Delivered:
    """Everything landed."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The message was deleted: nothing more was written."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The final text could not be shown."""

    error: Exception


Result = Delivered | Stopped | Undelivered


@dataclass(frozen=True, slots=True)
class Step:
    """This is one write: page `number` as a new message, or as the new content of `message`; or the `file` below that."""

    number: int
    message: MessageRef | None
    kind: Kind
    file: bool = False


@dataclass(slots=True)
class Shown:
    """What stands on the screen. `complete`: sealed or final, so its words are settled; `linked`: its one linking edit is spent.

    `final`: with what stands under the last page.
    """

    message: MessageRef
    body: str
    complete: bool = False
    placeholder: bool = False
    linked: bool = False
    final: bool = False


class Rest(Enum):
    """How far the file is that holds what no page shows."""

    OWED = "not attached, if there is one"
    UNSURE = "its acknowledgement was lost once: it is attached again"
    REFUSED = "not taken: the last page still has to say so"
    SETTLED = "nothing is left to do"


@dataclass(frozen=True, slots=True)
class Write:
    """A step with the page as it was rendered for it; `taken` are the characters that it shows, `sent` when it left."""

    step: Step
    page: Page
    complete: bool
    placeholder: bool
    taken: tuple[float, float]
    sent: float
