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
        self._pages: dict[int, int] = {}
        self._closing = False

    def landed(self, progress: Progress) -> None:
        """A write of this turn has landed."""
        self._due[progress.turn] = progress
        if len(progress.pages) != self._pages.get(progress.turn, 0):
            self._pages[progress.turn] = len(progress.pages)
            self._bell.ring()

    def ended(self, turn: int) -> None:
        """The turn is about to be stored as a whole."""
        self._due.pop(turn, None)
        self._pages.pop(turn, None)

    async def run(self) -> None:
        """Write until `close`."""
        while not self._closing:
            await self._bell.wait(self._clock.now() + INTERVAL_SECONDS if self._due else None)
            self._bell.hush()
            await self._flush()

    def close(self) -> None:
        """Let `run` return."""
        self._closing = True
        self._bell.ring()

    async def _flush(self) -> None:
        due, self._due = self._due, {}
        if not due:
            return
        try:
            await self._turns.checkpoint(due.values())
        except StoreUnavailable as error:
            self._observer.notice(StoreFailed("checkpoint", error.detail))
            self._due = due | self._due
            await self._clock.sleep(INTERVAL_SECONDS)
