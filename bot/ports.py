"""Every role that the core needs somebody to play. Adapters and stores implement them; tests have fakes of the same names.

The promise of a method is written here and nowhere else.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import (
    AnswerEvent,
    ClaimedQuestion,
    Lane,
    LaneNews,
    MessageRef,
    Outcome,
    Page,
    PastTurn,
    Place,
    Progress,
    Prompt,
    Question,
    Utterance,
)
from bot.rendering.dialect import Dialect


class AnswerEngine(Protocol):
    """One that answers questions, with sources."""

    def answer(self, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
        """Say the answer event by event, ending with `Finished`; raise `EngineFailed` otherwise.

        Retries its own requests only before the first `TextGrew`. Closing the generator closes the connection.
        """
        ...


class Messenger(Protocol):
    """One chat platform, seen as a place to write in. Never retries and never waits for a budget: the scheduler does."""

    async def post(self, place: Place, page: Page) -> MessageRef:
        """Write a new message and return what is needed to edit it.

        Raises `Throttled`, `PlaceClosed`, `Refused`, `TokenRefused`, `Unreachable`.
        """
        ...

    async def edit(self, message: MessageRef, page: Page) -> None:
        """Replace the whole content of a message; raise `MessageGone` if it was deleted, else as `post`."""
        ...

    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        """Put a text file below a message, in its thread; raises as `post`, and `Refused` where only files are not allowed."""
        ...

    async def status(self, place: Place, note: str) -> None:
        """Show that an answer is on its way, with a short note where the platform can; "" ends it. Raises as `post`."""
        ...

    async def find(self, place: Place, page: Page) -> MessageRef | None:
        """Look whether our own post of this page, whose acknowledgement was lost, has landed. Raises as `post`."""
        ...


class Budget(Protocol):
    """The lanes that a platform's writes draw on: the adapter declares, the scheduler obeys. Pure."""

    def post(self, place: Place) -> tuple[Lane, ...]:
        """Every lane that a new message in this place draws on."""
        ...

    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        """Every lane that an edit of this message draws on now."""
        ...

    def status(self, place: Place) -> tuple[Lane, ...]:
        """Every lane that a status in this place draws on."""
        ...


class Surroundings(Protocol):
    """One that knows what people said before a question, where the platform lets us read it."""

    async def before(self, question: Question) -> Sequence[Utterance]:
        """What was said in the thread before, oldest first; empty if nothing or not readable. Raises `ChatFailed`."""
        ...


class QuestionStore(Protocol):
    """The memory of what was asked: each question is taken exactly once."""

    async def claim(self, question: Question) -> ClaimedQuestion | None:
        """Store claims and waiting turn in one commit; None if any of the claims was taken in the last 24 hours.

        The conversation of the result is that of the message that `replies_to` names, where it is one of ours.
        Raises `StoreUnavailable`.
        """
        ...


class TurnStore(Protocol):
    """The memory of what was answered. Every method raises `StoreUnavailable`."""

    async def recent(self, conversation: str, limit: int) -> Sequence[PastTurn]:
        """The last `limit` turns of this conversation that have an answer text, oldest first."""
        ...

    async def checkpoint(self, progress: Collection[Progress]) -> None:
        """Remember how far live turns have come; they count as streaming from then on. One transaction."""
        ...

    async def finish(self, outcome: Outcome) -> None:
        """Remember how a turn ended, with all that was shown."""
        ...

    async def last_change(self) -> datetime | None:
        """When the newest turns last changed, None if there is none: what an earlier process may have written since."""
        ...


class Observer(Protocol):
    """One that is told what happens, for logs and metrics. Never raises, never waits."""

    def notice(self, event: object) -> None:
        """Take note of one of the events of `bot.telemetry`."""
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """This is all that the core needs of one connected chat platform; a status fades after `status_seconds`."""

    name: str
    messenger: Messenger
    budget: Budget
    dialect: Dialect
    surroundings: Surroundings
    status_seconds: float = 90.0


Take = Callable[[Question], Awaitable[None]]
"""Raises `FootnoteError` where the question was not taken: do not acknowledge it."""

Gone = Callable[[MessageRef], None]
"""Somebody deleted this message."""

Heard = Callable[[LaneNews], None]
"""Rate-limit headers have come."""


class Chat(Protocol):
    """One connected chat platform: it can write from the start, and hears from `listen` on."""

    @property
    def platform(self) -> Platform:
        """What to write with."""
        ...

    async def listen(self, take: Take, gone: Gone, heard: Heard) -> None:
        """Start to hear questions, deletions and headers. Raises `ConfigurationInvalid` or `ChatFailed`."""
        ...

    def connected(self) -> bool:
        """Whether questions can reach us now."""
        ...

    async def stop_listening(self) -> None:
        """Take in nothing more, within seconds; writing goes on."""
        ...
