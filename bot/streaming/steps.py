"""One answer's pages as writes: the next one, the one that is being made, and what stands on the screen. Pure values."""

from dataclasses import dataclass

from bot.model import MessageRef, Page
from bot.streaming.scheduler import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """This is one write: page `number` as a new message, or as the new content of `message`."""

    number: int
    message: MessageRef | None
    kind: Kind


@dataclass(slots=True)
class Shown:
    """What stands on the screen. `complete`: sealed or final, so its words are settled; `linked`: its one linking edit is spent."""

    message: MessageRef
    body: str
    complete: bool = False
    placeholder: bool = False
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """A step with the page as it was rendered for it; `taken` are the characters that it shows, `sent` when it left."""

    step: Step
    page: Page
    complete: bool
    placeholder: bool
    taken: tuple[float, float]
    sent: float
