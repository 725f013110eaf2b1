"""Carries growing answers to one platform's messenger. The only asyncio of this folder; all decisions are in `scheduler.py`.

One request in flight per message, never cancelled; the newest text wins; the final text lands, or the failure is returned.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from bot.clock import Clock
from bot.errors import (
    ChatFailed,
    MessageGone,
    PlaceClosed,
    Refused,
    TakingNoQuestions,
    Throttled,
    TokenRefused,
    Unreachable,
)
from bot.model import LaneNews, MessageRef, Place
from bot.ports import Observer, Platform
from bot.rendering import file, wording
from bot.rendering.pages import Pages
from bot.streaming.bell import Bell
from bot.streaming.live import Live
from bot.streaming.scheduler import Kind, Planner, Standing
from bot.streaming.signs import Sign
from bot.telemetry import FirstTextShown, LaneClosed, Unexpected, WriteEnded, WriteSkipped

GIVE_UP_SECONDS = 900.0
"""A final that a platform does not answer for this long counts as failed."""

LONGEST_BACKOFF = 8.0

SLOW_SECONDS = 10.0
"""Readers who wait this long because of the platform are told why."""

REMEMBERED_DELETIONS = 100
"""A message may be deleted before we are told its id: libraries hand answers over late, lost posts are found later."""


class Delivery:
    """This is the one loop of a connection: it asks the planner, sends, and tells the planner what came of it."""

    def __init__(self, platform: Platform, clock: Clock, observer: Observer, planner: Planner | None = None) -> None:
        self.platform = platform
        self._clock = clock
        self._observer = observer
        self._planner = planner or Planner()
        self._bell = Bell(clock)
        self._owners: dict[int, Live | Sign] = {}
        self._closes_at: float | None = None
        self._gone = deque[str](maxlen=REMEMBERED_DELETIONS)

    def open(
        self,
        place: Place,
        pages: Pages,
        *,
        turn: int = 0,
        deadline: float | None = None,
        whole: bool = False,
        landed: Callable[[Live], None] = lambda _: None,
    ) -> Live:
        """Start to deliver an answer that will grow. `whole`: nothing is shown before it is finished.

        `deadline`: seconds within which something must be posted. `landed` is called after every write that landed.
        """
        live = Live(
            self.platform,
            place,
            pages,
            self._clock,
            self._bell,
            turn=turn,
            deadline=deadline,
            whole=whole,
            landed=landed,
        )
        for owner, standing in ((live, live.standing), (live.sign, live.sign.standing)):
            self._owners[id(standing)] = owner
            self._planner.line.append(standing)
        live.offer()
        if self._closes_at is not None:
            live.give_up(TakingNoQuestions())
        return live

    def heard(self, news: LaneNews) -> None:
        """Rate-limit headers have come."""
        if news.refused:
            self._observer.notice(LaneClosed(self.platform.name, (news.name,), news.reset_after))
        self._planner.heard(self._clock.now(), news)
        self._bell.ring()

    def gone(self, message: MessageRef) -> None:
        """A message was deleted by somebody: if it belongs to a live answer, that answer stops."""
        self._gone.append(message.id)
        for owner in list(self._owners.values()):
            if isinstance(owner, Live) and owner.wrote(message):
                owner.stop()
        self._bell.ring()

    async def run(self) -> None:
        """Carry out writes until `close`. Requests in flight come to their end, whatever happens; every answer has a result."""
        async with asyncio.TaskGroup() as requests:
            await self._dispatch_until_closed(requests)
        self._abandon(list(self._owners.values()))

    def close(self, patience: float = GIVE_UP_SECONDS) -> None:
        """Let `run` return once every finished answer has landed, but after `patience` seconds at the latest.

        What is not finished by now never will be: it stays on the screen as far as it came.
        """
        self._closes_at = self._clock.now() + patience
        self._abandon(each for each in self._owners.values() if isinstance(each, Live) and each.ended_at is None)
        self._bell.ring()

    async def _dispatch_until_closed(self, requests: asyncio.TaskGroup) -> None:
        while True:
            self._bell.hush()
            self._retire()
            now = self._clock.now()
            if self._closes_at is not None and (not self._owners or now >= self._closes_at):
                return
            while (standing := self._planner.choose(now)) is not None:
                self._dispatch(standing, now, requests)
            dates = (self._planner.wake(now), self._explain(now), self._closes_at)
            await self._bell.wait(min((date for date in dates if date is not None), default=None))

    def _abandon(self, owners: Iterable[Live | Sign]) -> None:
        for owner in owners:
            if isinstance(owner, Live):
                owner.give_up(TakingNoQuestions())

    def _dispatch(self, standing: Standing, now: float, requests: asyncio.TaskGroup) -> None:
        owner = self._owners[id(standing)]
        if isinstance(owner, Sign):
            self._planner.sent(standing, now)
            requests.create_task(self._show(owner))
        elif owner.prepare(now):
            self._planner.sent(standing, now)
            requests.create_task(self._carry(owner))
        else:
            self._observer.notice(WriteSkipped(self.platform.name))
            if owner.over:
                self._bell.ring()  # nothing else would wake the loop to let it go

    async def _show(self, sign: Sign) -> None:
        """Carry out a status. It is a courtesy: a failure of it is nobody's trouble."""
        lanes, failed = sign.standing.lanes, True
        try:
            await self.platform.messenger.status(sign.place, sign.begin())
            failed = False
        except Throttled as error:
            self._planner.throttled(lanes, self._clock.now(), error.retry_after, everywhere=error.everywhere)
        except ChatFailed:
            pass
        except Exception as error:  # noqa: BLE001 - a surprise in a courtesy must not end the loop of all
            self._observer.notice(Unexpected("status", error))
        finally:
            now = self._clock.now()
            self._planner.landed(sign.standing, lanes, now)
            sign.ended(now, failed=failed)
            self._bell.ring()

    async def _carry(self, live: Live) -> None:
        """Carry out the write that `live` has prepared, and take in what came of it."""
        lanes, kind, started = live.standing.lanes, live.standing.kind, self._clock.now()
        outcome, reason = "landed", ""
        try:
            message = await self._write(live)
            if message is None:
                outcome = "not found"
            else:
                live.wrote_page(message)
                if message.id in self._gone:
                    live.stop()
        except ChatFailed as error:
            outcome = type(error).__name__
            reason = error.reason if isinstance(error, Refused | PlaceClosed | TokenRefused) else ""
            self._failed(live, error)
        except Exception as error:  # noqa: BLE001 - one answer's surprise must not end the loop of all: it crosses as a value
            outcome = "unexpected"
            live.give_up(error)
        finally:
            now = self._clock.now()
            self._planner.landed(live.standing, lanes, now)
            self._report(live, kind, outcome, reason, started, now)
            live.offer()
            self._bell.ring()

    async def _write(self, live: Live) -> MessageRef | None:
        """Post, edit or attach. After an uncertain post only look whether it has landed; None: it has not.

        Then the answer stands in line again: by now it may have been stopped, or the post may draw on other lanes.
        """
        messenger = self.platform.messenger
        if live.unsure is not None:
            found = await messenger.find(live.place, live.unsure)
            live.found(landed=found is not None)
            return found
        message, page = live.next_write
        if message is None:
            return await messenger.post(live.place, page)
        if live.attaches:
            await messenger.attach(message, file.NAME, page.body)
        else:
            await messenger.edit(message, page)
        return message

    def _failed(self, live: Live, error: ChatFailed) -> None:
        now = self._clock.now()
        match error:
            case Throttled():
                lanes = live.standing.lanes
                self._planner.throttled(lanes, now, error.retry_after, everywhere=error.everywhere)
                names = tuple(lane.name for lane in lanes)
                self._observer.notice(LaneClosed(self.platform.name, names, error.retry_after))
                live.try_again(0.0)
            case MessageGone():
                live.stop()
            case Unreachable() if live.ended_at is None or now - live.ended_at < GIVE_UP_SECONDS:
                live.try_again(min(LONGEST_BACKOFF, 0.5 * 2**live.failures), uncertain=error.uncertain)
            case _ if live.without_file():
                pass
            case Refused() if live.refused():
                pass
            case _:
                live.give_up(error)

    def _explain(self, now: float) -> float | None:
        """Tell readers who wait for the platform why; return when the next of them must be told."""
        dates = list[float]()
        for owner in self._owners.values():
            if not isinstance(owner, Live) or (since := owner.waiting_since) is None:
                continue
            if now - since >= SLOW_SECONDS:
                owner.sign.says(wording.platform_is_slow(self.platform.name))
            else:
                dates.append(since + SLOW_SECONDS)
        return min(dates, default=None)

    def _retire(self) -> None:
        """Forget those who have nothing left to say; their requests in flight are over."""
        for key, owner in list(self._owners.items()):
            if isinstance(owner, Live):
                if owner.over and not owner.standing.busy:
                    self._forget(key, owner.standing)
                    owner.sign.says("")
                    owner.sign.leaving = True
            elif not owner.standing.busy and (owner.over or (owner.leaving and owner.standing.kind is None)):
                self._forget(key, owner.standing)

    def _forget(self, key: int, standing: Standing) -> None:
        del self._owners[key]
        self._planner.line.remove(standing)
        self._planner.forget_idle(self._clock.now())

    def _report(self, live: Live, kind: Kind | None, outcome: str, reason: str, started: float, now: float) -> None:
        name = kind.name.lower() if kind is not None else ""
        self._observer.notice(WriteEnded(self.platform.name, name, outcome, now - started, live.characters, reason))
        if live.first_shown_after is not None and not live.first_reported:
            live.first_reported = True
            self._observer.notice(FirstTextShown(self.platform.name, live.turn, live.first_shown_after))
