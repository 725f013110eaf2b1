"""Which write comes next over all lanes of a connection, and when. Pure: `now` is an argument; `delivery.py` carries it out.

Every live answer stands in line with at most one next write. The order of kinds is fixed (`Kind`); within growth the
readers who have waited most go first; tokens for the finals of live answers are kept back; what is left is spread out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from bot.model import Lane, LaneNews
from bot.streaming.lanes import Ledger


class Kind(IntEnum):
    """What a write is for; a lower one goes first."""

    FINAL = 0
    FIRST = 1
    GROWTH = 2
    LINK = 3
    COSMETIC = 4


@dataclass(frozen=True, slots=True)
class Policy:
    """These are the planner's judgements, in seconds where not said otherwise."""

    patience: float = 10.0
    """A final may wait this long: tokens that return within it need not be kept back."""

    lifetime: float = 10.0
    """How long an answer is expected to grow as long as nothing else is known."""

    shortest_horizon: float = 4.0
    ageing: float = 0.65
    """An answer that has grown for long is expected to go on for this share of its age, and never less than that."""

    room: float = 0.08
    """Share of a window that young answers leave for those who come next."""

    room_seconds: float = 30.0
    """After this long nothing is left for others: they are here, or they do not come."""

    closest: float = 0.45
    """One message is not refreshed more often than this: nobody reads faster."""

    short: float = 10.0
    """Windows up to this long are simply spent evenly: bursts in them gain nothing."""

    promise_window: float = 60.0
    promise_share: float = 0.5
    """New answers hold their first post while finals already need this share of the edits of a promise window."""

    rare: float = 5.0
    patient: float = 0.4
    """Where a message is refreshed less often than every `rare` seconds, a first post waits this part of that interval."""

    presumed: float = 0.9
    """Share of a long window that counts as spent by an earlier process when nobody knows better."""

    retry: float = 0.2
    """Look again after this long when something waits for a reason that has no date."""


@dataclass(slots=True)
class Standing:
    """This is the place of one message stream in the line; delivery keeps it true.

    `kind` None: nothing to write. `lanes` is what the next write draws on, the narrowest first. `since`: when the oldest
    thing it would show became known. `edit_lanes`: what an edit draws on; `owes_final`: something unfinished is visible, so
    that one more edit is certain. `full`: the next post is a whole page or the whole answer: holding it back gains nothing.
    """

    kind: Kind | None = None
    lanes: tuple[Lane, ...] = ()
    since: float = 0.0
    not_before: float = 0.0
    busy: bool = False
    full: bool = False
    turns: bool = False  # the next write closes a page or opens one: what follows waits for it
    edit_lanes: tuple[Lane, ...] = ()
    owes_final: bool = False
    born: float = 0.0
    refreshed: float = float("-inf")
    _unseen: float = 0.0
    _moment: float = 0.0

    def grew(self, size: int, now: float) -> None:
        """`size` more characters are waiting to be seen."""
        if not self._unseen:
            self.since = now
        self._unseen += size
        self._moment += size * now

    @property
    def beginning(self) -> bool:
        """A first text is on its way to the screen, so a final will be owed."""
        return self.busy and self.kind is Kind.FIRST and not self.full

    @property
    def unseen(self) -> float:
        """Characters that nobody has seen yet."""
        return self._unseen

    def waited(self, now: float) -> float:
        """Character-seconds that readers have waited."""
        return self._unseen * now - self._moment

    def take(self, now: float) -> tuple[float, float]:
        """Take the waiting characters along with a write; hand the result to `give_back` if the write fails."""
        taken = (self._unseen, self._moment)
        self._unseen = self._moment = 0.0
        self.refreshed = now
        return taken

    def give_back(self, taken: tuple[float, float]) -> None:
        """The write did not land: its characters wait again."""
        if taken[0]:
            self.since = min(self.since, taken[1] / taken[0]) if self._unseen else taken[1] / taken[0]
        self._unseen += taken[0]
        self._moment += taken[1]


@dataclass(slots=True)
class Planner:
    """This is the one who decides for a whole connection.

    `earlier` is when an earlier process may have written last, None if it cannot have: the windows of long lanes then count
    as nearly full until they have passed.
    """

    policy: Policy = field(default_factory=Policy)
    line: list[Standing] = field(default_factory=list[Standing])
    earlier: float | None = None
    _ledgers: dict[str, Ledger] = field(default_factory=dict[str, Ledger])
    _buckets: dict[str, Ledger] = field(default_factory=dict[str, Ledger])
    _last_growth: dict[str, float] = field(default_factory=dict[str, float])
    _finals: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def choose(self, now: float) -> Standing | None:
        """The write to send now, None if none may be sent."""
        ready = [each for each in self.line if each.kind is not None and not each.busy and each.not_before <= now]
        if not ready:
            return None
        view = _View(self, now)
        for kind in Kind:
            best = view.best(kind, [each for each in ready if each.kind is kind])
            if best is not None:
                return best
        return None

    def wake(self, now: float) -> float | None:
        """When to ask `choose` again if nothing else happens; None if nothing waits. Call after `choose` gave None."""
        waiting = [each for each in self.line if each.kind is not None and not each.busy]
        if not waiting:
            return None
        view = _View(self, now)
        dates = (view.date(each) for each in waiting)
        return min(date if date > now else now + self.policy.retry for date in dates)

    def sent(self, standing: Standing, now: float) -> None:
        """The chosen write has left."""
        standing.busy = True
        for lane in standing.lanes:
            self.ledger(lane).sent()
            if standing.kind is Kind.GROWTH:
                self._last_growth[lane.name] = now
            if standing.kind is Kind.FINAL and standing.owes_final:
                self._finals.setdefault(lane.name, []).append(now)

    def landed(self, standing: Standing, lanes: Iterable[Lane], now: float) -> None:
        """The call has returned, whatever its answer was."""
        standing.busy = False
        for lane in lanes:
            self.ledger(lane).landed(now)

    def throttled(self, lanes: Iterable[Lane], now: float, retry_after: float, *, everywhere: bool = False) -> None:
        """The platform refused a write on these lanes for `retry_after` seconds."""
        for lane in lanes:
            if everywhere or not lane.wide:
                self.ledger(lane).throttled(now, retry_after)

    def heard(self, now: float, news: LaneNews) -> None:
        """Rate-limit headers have come; news of a lane that was never drawn on says nothing."""
        ledger = self._ledgers.get(news.name)
        if ledger is None:
            return
        if news.bucket:
            ledger = self._one_bucket(news, ledger)
        ledger.heard(now, news)

    def _one_bucket(self, news: LaneNews, ledger: Ledger) -> Ledger:
        """The account of a bucket: lanes that the platform counts together get one between them."""
        shared = self._buckets.setdefault(news.bucket, ledger)
        if shared is not ledger:
            shared.absorb(ledger)
            self._ledgers[news.name] = shared
        return shared

    def ledger(self, lane: Lane) -> Ledger:
        """The account of a lane."""
        found = self._ledgers.get(lane.name)
        if found is None:
            found = self._ledgers[lane.name] = Ledger(lane)
            if self.earlier is not None and lane.seconds > self.policy.short:
                found.presume(self.earlier, int(lane.limit * self.policy.presumed))
        return found

    def forget_idle(self, now: float) -> None:
        """Drop the accounts of lanes that nobody draws on: every interaction has one of its own."""
        edge = now - self.policy.promise_window
        for name in [name for name, ledger in self._ledgers.items() if ledger.idle(now)]:
            if any(at > edge for at in self._finals.get(name, ())):
                continue
            del self._ledgers[name]
            self._last_growth.pop(name, None)
            self._finals.pop(name, None)
        used = {id(ledger) for ledger in self._ledgers.values()}
        self._buckets = {bucket: ledger for bucket, ledger in self._buckets.items() if id(ledger) in used}

    def promised(self, lane: Lane, now: float) -> int:
        """Finals that this lane owes to visible answers or has just served, within a promise window."""
        served = self._finals.get(lane.name)
        if served:
            edge = now - self.policy.promise_window
            served[:] = [at for at in served if at > edge]
        return self.owed(lane) + len(served or ())

    def owed(self, lane: Lane) -> int:
        """Finals that answers which are visible, or about to be, will still need of this lane."""
        return sum(1 for each in self.line if (each.owes_final or each.beginning) and lane in each.edit_lanes)

    def pace(self, lane: Lane, spare: int, now: float) -> float:
        """The earliest time for the next growth on a lane of which `spare` tokens may be spent."""
        last = self._last_growth.get(lane.name)
        if last is None or spare <= 0:
            return now
        ledger = self.ledger(lane)
        ends = ledger.window_ends(now)
        if ends is not None:
            return last + max(0.0, ends - last) / (spare + 1)
        return last + self.gap(lane, spare, now)

    def gap(self, lane: Lane, spare: int, now: float) -> float:
        """Seconds between growth on a lane of which `spare` tokens may be spent, as far as its windows are our own count."""
        ledger = self.ledger(lane)
        if lane.seconds <= self.policy.short:
            return lane.seconds / max(1, spare + ledger.returning(now, lane.seconds))
        age = self._age(now)
        policy = self.policy
        horizon = min(60.0, max(policy.lifetime - age, policy.shortest_horizon, policy.ageing * age))
        room = lane.limit * policy.room * max(0.0, 1 - age / policy.room_seconds)
        tokens = spare + ledger.returning(now, horizon) - room
        steady = lane.seconds / lane.limit
        return min(horizon / tokens, 2 * steady) if tokens > 0 else 2 * steady

    def _age(self, now: float) -> float:
        """How long the live answers have grown, on average."""
        ages = [now - each.born for each in self.line if each.owes_final]
        return sum(ages) / len(ages) if ages else 0.0


@dataclass(slots=True)
class _View:
    """One look at the line: what is kept back is counted once."""

    planner: Planner
    now: float
    _kept: dict[str, int] = field(default_factory=dict[str, int])

    def best(self, kind: Kind, ready: list[Standing]) -> Standing | None:
        match kind:
            case Kind.FINAL:
                found = (each for each in ready if self._free(each))
                return min(found, key=lambda each: each.since, default=None)
            case Kind.FIRST:
                found = (each for each in ready if self._free(each) and self._may_begin(each))
                return min(found, key=lambda each: each.since, default=None)
            case Kind.GROWTH:
                found = (
                    each for each in self._in_turn(ready) if self._spare(each) > 0 and self._paced(each) <= self.now
                )
                return max(found, key=lambda each: each.waited(self.now), default=None)
            case Kind.LINK:
                found = (each for each in ready if self._spare(each) > min(lane.limit for lane in each.lanes) // 4)
                return next(found, None)
            case Kind.COSMETIC:
                return next((each for each in ready if self._free(each)), None)

    def _free(self, standing: Standing) -> bool:
        return all(self.planner.ledger(lane).free(self.now) > 0 for lane in standing.lanes)

    def _spare(self, standing: Standing) -> int:
        """Tokens of the tightest lane that are neither spent nor kept back for finals."""
        return min(self.planner.ledger(lane).free(self.now) - self._kept_back(lane) for lane in standing.lanes)

    def _kept_back(self, lane: Lane) -> int:
        kept = self._kept.get(lane.name)
        if kept is None:
            short = lane.wide or lane.seconds <= self.planner.policy.short
            owed = 0 if short else self.planner.owed(lane)
            soon = self.planner.ledger(lane).returning(self.now, self.planner.policy.patience) if owed else 0
            kept = self._kept[lane.name] = max(0, owed - soon)
        return kept

    def _may_begin(self, standing: Standing) -> bool:
        """Whether a first text may be shown: showing it promises a final edit later."""
        if standing.full:
            return True
        if standing.owes_final:  # a placeholder stands already: the promise is given
            return self._spare(standing) > 0
        return all(self._may_promise(lane) and self._is_worth_it(lane, standing) for lane in standing.edit_lanes)

    def _is_worth_it(self, lane: Lane, standing: Standing) -> bool:
        """Where refreshes are rare, the first post waits a part of their interval, to carry more text."""
        planner, policy = self.planner, self.planner.policy
        live = planner.owed(lane) + 1
        interval = live * planner.gap(lane, planner.ledger(lane).free(self.now) - self._kept_back(lane), self.now)
        return interval < policy.rare or self.now - standing.since >= interval * policy.patient

    def _may_promise(self, lane: Lane) -> bool:
        """Whether one more final can be owed: it will find a token soon, and finals leave room for growth."""
        planner, policy = self.planner, self.planner.policy
        room = lane.limit * policy.promise_window / lane.seconds * policy.promise_share
        ledger = planner.ledger(lane)
        tokens = ledger.free(self.now) + ledger.returning(self.now, policy.patience)
        return planner.owed(lane) < tokens and planner.promised(lane, self.now) + 1 <= room

    def _paced(self, standing: Standing) -> float:
        """When the pace of its lanes allows this growth."""
        dates = [self.now if standing.turns else standing.refreshed + self.planner.policy.closest]
        for lane in standing.lanes:
            if not lane.wide:
                spare = self.planner.ledger(lane).free(self.now) - self._kept_back(lane)
                dates.append(self.planner.pace(lane, spare, self.now))
        return max(dates)

    def date(self, standing: Standing) -> float:
        """When this write may have its turn, as far as time alone decides."""
        opens = (self.planner.ledger(lane).opens(self.now) for lane in standing.lanes)
        paced = self._paced(standing) if standing.kind is Kind.GROWTH else self.now
        return max(standing.not_before, paced, *opens)

    def _in_turn(self, ready: list[Standing]) -> Iterator[Standing]:
        """Those whose refresh passes over nobody who waits since before their last one."""
        oldest: dict[str, list[float]] = {}
        for each in ready:
            oldest.setdefault(each.lanes[0].name, []).append(each.since)
        for each in ready:
            first = min(oldest[each.lanes[0].name])
            if each.refreshed <= first or each.since <= first:
                yield each
