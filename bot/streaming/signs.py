"""The sign of life where nothing is written: a status or typing, renewed as long as it is needed, ended when it is not."""

from bot.model import Place
from bot.ports import Platform
from bot.streaming.scheduler import Kind, Standing

SHORTEST_INTERVAL = 3.0
"""A changed note waits this long after the last one, in seconds."""

FAILURES = 3
"""After this many failures in a row the platform is left alone."""


class Sign:
    """This is what readers see beside the message; `note` is what it should say now, "" for nothing."""

    def __init__(self, platform: Platform, place: Place, now: float, note: str) -> None:
        self.place = place
        self.note = note
        self.over = False  # the platform does not want it
        self.leaving = False  # its answer has ended: gone as soon as it has faded
        self.standing = Standing(kind=Kind.COSMETIC, lanes=platform.budget.status(place), since=now, born=now)
        self._lasts = platform.status_seconds
        self._shown = ""
        self._earliest = now
        self._fades = now
        self._answered = now
        self._failures = 0

    def says(self, note: str) -> None:
        """Say something else from now on, or nothing."""
        self.note = note
        self._offer()

    def posted(self, sent: float) -> None:
        """A message of ours has appeared, `sent` then: platforms end the status by themselves, but not one that came after it."""
        if not self.standing.busy and self._answered <= sent:
            self._shown = ""
        self.says("")

    def begin(self) -> str:
        """The note to show now."""
        self._shown = self.note
        return self.note

    def ended(self, now: float, *, failed: bool) -> None:
        """The request is back: show it again before it fades, or sooner if the note has changed meanwhile."""
        self._failures = self._failures + 1 if failed else 0
        self.over = self.over or self._failures >= FAILURES
        self._answered = now
        self._earliest, self._fades = now + SHORTEST_INTERVAL, now + self._lasts
        self._offer()

    def _offer(self) -> None:
        changed = self.note != self._shown
        self.standing.kind = Kind.COSMETIC if changed or self.note else None
        self.standing.not_before = self._earliest if changed else self._fades
