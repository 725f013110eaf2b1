"""Remembers how far live answers have come, so that a restart can mend what people see. Ends of turns: see `answering.py`."""

from bot.clock import Clock
from bot.errors import StoreUnavailable
from bot.model import Progress
from bot.ports import Observer, TurnStore
from bot.streaming.bell import Bell
from bot.telemetry import StoreFailed

INTERVAL_SECONDS = 1.0


class Checkpoints:
    """This is the writer of progress: new messages at once, grown texts once a second, all live answers in one transaction."""

    def __init__(self, turns: TurnStore, clock: Clock, observer: Observer) -> None:
        self._turns = turns
        self._clock = clock
        self._observer = observer
        self._bell = Bell(clock)
        self._due: dict[int, Progress] = {}
        self._due_at: float | None = None
        self._written_at = float("-inf")
        self._pages: dict[int, int] = {}
        self._closing = False

    def landed(self, progress: Progress) -> None:
        """A write of this turn has landed."""
        now, turn = self._clock.now(), progress.turn
        is_new_message = len(progress.pages) != self._pages.get(turn, 0)
        self._due[turn] = progress
        self._pages[turn] = len(progress.pages)
        self._offer(now if is_new_message else self._written_at + INTERVAL_SECONDS)

    def ended(self, turn: int) -> None:
        """The turn is about to be stored as a whole."""
        self._due.pop(turn, None)
        self._pages.pop(turn, None)

    async def run(self) -> None:
        """Write until `close`."""
        while not self._closing:
            await self._bell.wait(self._due_at)
            self._bell.hush()
            if self._due_at is not None and self._due_at <= self._clock.now():
                await self._flush()
        await self._flush()

    def close(self) -> None:
        """Let `run` write what is due, and return."""
        self._closing = True
        self._bell.ring()

    def _offer(self, date: float) -> None:
        """Write at this time, if not before."""
        if self._due_at is None or date < self._due_at:
            self._due_at = date
            self._bell.ring()

    async def _flush(self) -> None:
        due, self._due, self._due_at = self._due, {}, None
        if not due:
            return
        self._written_at = self._clock.now()
        try:
            await self._turns.checkpoint(due.values())
        except StoreUnavailable as error:
            self._observer.notice(StoreFailed("checkpoint", error.detail))
            alive = {turn: progress for turn, progress in due.items() if turn in self._pages}
            self._due = alive | self._due
            self._offer(self._clock.now() + INTERVAL_SECONDS)
