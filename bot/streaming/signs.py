"""The sign of life before the first text: a status or typing, renewed as long as the platform shows it. No decisions of its own."""

from bot.model import Place
from bot.ports import Platform
from bot.streaming.scheduler import Kind, Standing

SHORTEST_INTERVAL = 3.0
"""A changed note waits this long after the last one, in seconds."""

FAILURES = 3
"""After this many failures in a row the platform is left alone."""


class Sign:
    """This is what the reader sees while nothing is written yet; `note` is what it should say."""

    def __init__(self, platform: Platform, place: Place, now: float, note: str) -> None:
        self.place = place
        self.note = note
        self.over = False
        self.standing = Standing(kind=Kind.COSMETIC, lanes=platform.budget.status(place), since=now, born=now)
        self._lasts = platform.status_seconds
        self._shown = ""
        self._failures = 0

    def says(self, note: str, now: float) -> None:
        """Say something else from now on."""
        if note != self.note:
            self.note = note
            self.standing.not_before = min(self.standing.not_before, max(now, self._earliest))

    def begin(self) -> str:
        """The note to show now."""
        self._shown = self.note
        return self.note

    def ended(self, now: float) -> None:
        """The request is back: show it again before it fades, or sooner if the note has changed meanwhile."""
        self._earliest = now + SHORTEST_INTERVAL
        self.standing.not_before = self._earliest if self.note != self._shown else now + self._lasts

    def failed(self) -> None:
        """The platform did not take it."""
        self._failures += 1
        if self._failures >= FAILURES:
            self.over = True

    _earliest: float = float("-inf")
