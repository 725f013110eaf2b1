"""Whatever happens to a connection, its promises hold: a whole world is moved at random, in virtual time.

What this has found lies as examples in `test_found.py`. `--hypothesis-profile=thorough` looks longer and elsewhere each time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from bot.clock import Clock
from bot.errors import PlaceClosed, Refused, Throttled, TokenRefused, Unreachable
from bot.model import Lane
from tests.bot.streaming.promises import broken_promises
from tests.bot.streaming.world import Script, World
from tests.fakes.limits import DiscordLimits, Limits, SlackLimits
from tests.fakes.server import Fault, Sort

SECONDS = st.sampled_from([0.05, 0.05, 0.0, 0.3, 1.0, 3.0, 10.0, 60.0])

SCRIPTS = st.builds(
    Script,
    words=st.sampled_from([60, 0, 1, 5, 20, 150]),
    rate=st.sampled_from([30.0, 1.0, 10.0, 200.0]),
    first=st.sampled_from([0.8, 0.0, 5.0]),
    piece=st.sampled_from([7, 3, 40, 400]),
    paragraph=st.sampled_from([0, 10, 30]),
    thinks=st.sampled_from([0.0, 0.0, 15.0]),
    pause=st.sampled_from([0.0, 20.0, 200.0]),
    sources=st.sampled_from(["last", "first", "never"]),
    cites=st.booleans(),
    mark=st.sampled_from(["", "Broken off."]),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """How somebody asks; a command only where there are any."""

    script: Script
    channel: str
    whole: bool
    deadline: float | None
    token_seconds: float | None

    def put(self, world: World) -> None:
        """Ask."""
        token_seconds = self.token_seconds if isinstance(world.limits, DiscordLimits) else None
        deadline = 3.0 if token_seconds is not None else self.deadline
        world.ask(self.script, self.channel, deadline=deadline, whole=self.whole, token_seconds=token_seconds)


ASKS = st.builds(
    Ask,
    script=SCRIPTS,
    channel=st.sampled_from(["general", "random"]),
    whole=st.sampled_from([False, False, False, False, True]),
    deadline=st.sampled_from([None, None, None, 3.0]),
    token_seconds=st.sampled_from([None, None, 0.5, 5.0, 20.0, 840.0]),
)

SORTS = st.sampled_from(["post", "edit", "edit", "attach", "find", "status"])


def throttled(seconds: float, everywhere: bool) -> Fault:
    return Fault(Throttled(seconds, everywhere=everywhere), counted=False)


def lost(counted: bool) -> Fault:
    return Fault(Unreachable(uncertain=True), counted=counted)


PASSING = st.one_of(
    st.builds(throttled, st.sampled_from([0.0, 0.5, 7.0, 30.0, 100.0]), st.booleans()),
    st.builds(lost, st.booleans()),
    st.builds(lambda: Fault(Unreachable(uncertain=True), after=True)),
    st.builds(lambda: Fault(Unreachable(uncertain=False), counted=False)),
)

LASTING = st.one_of(
    st.builds(lambda: Fault(Refused("no"))),
    st.builds(lambda: Fault(PlaceClosed("closed"))),
    st.builds(lambda: Fault(TokenRefused("revoked"))),
    st.builds(lambda: Fault(RuntimeError("a surprise"))),
)


def like_slack(limit: int, seconds: float) -> Callable[[Clock], Limits]:
    return lambda _: SlackLimits(Lane("edits", limit, seconds))


def like_discord(limit: int) -> Callable[[Clock], Limits]:
    return lambda clock: DiscordLimits(clock, limit)


LIMITS = st.one_of(
    st.builds(like_slack, st.sampled_from([50, 10, 5, 2]), st.sampled_from([60.0, 20.0, 5.0])),
    st.builds(like_discord, st.sampled_from([5, 2, 1])),
)


class Connection(RuleBasedStateMachine):
    """Questions come, engines talk, requests fail, people delete messages, time passes."""

    world: World
    harsh: bool
    stops: bool

    @initialize(
        limits=LIMITS,
        page=st.sampled_from([12_000, 400, 200]),
        most=st.sampled_from([None, None, 1, 2]),
        library_waits=st.booleans(),
        asks=st.lists(ASKS, min_size=1, max_size=5),
        harsh=st.booleans(),
        stops=st.sampled_from([False] * 7 + [True]),
    )
    def connect(
        self,
        limits: Callable[[Clock], Limits],
        page: int,
        most: int | None,
        library_waits: bool,
        asks: list[Ask],
        harsh: bool,
        stops: bool,
    ) -> None:
        self.world = World(limits, page=page, most=most, library_waits=library_waits, watch=5.0)
        self.harsh, self.stops = harsh, stops
        for each in asks:
            each.put(self.world)

    @rule(ask=ASKS)
    def ask(self, ask: Ask) -> None:
        ask.put(self.world)

    @rule(seconds=st.sampled_from([0.01, 0.2, 1.0, 5.0, 30.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.passes(seconds)

    @rule(sort=SORTS, fault=PASSING, skipped=st.integers(0, 3))
    def go_wrong(self, sort: Sort, fault: Fault, skipped: int) -> None:
        self.world.server.goes_wrong(sort, fault, skipped)

    @precondition(lambda self: self.harsh)
    @rule(sort=SORTS, fault=LASTING, skipped=st.integers(0, 3))
    def fail(self, sort: Sort, fault: Fault, skipped: int) -> None:
        self.world.server.goes_wrong(sort, fault, skipped)

    @rule(there=SECONDS, back=SECONDS)
    def travel(self, there: float, back: float) -> None:
        self.world.server.there, self.world.server.back = there, back

    @precondition(lambda self: bool(self.world.tokens))
    @rule(data=st.data())
    def kill_token(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.world.tokens)).killed = True

    @precondition(lambda self: bool(self.world.server.messages))
    @rule(data=st.data(), tells=st.booleans())
    def delete(self, data: st.DataObject, tells: bool) -> None:
        self.world.deletes(data.draw(st.sampled_from(self.world.server.messages)), tells=tells)

    @precondition(lambda self: self.stops and self.world.closed_at is None)
    @rule(patience=st.sampled_from([900.0, 30.0, 0.0]))
    def stop(self, patience: float) -> None:
        self.world.closes(patience)

    @invariant()
    def nothing_is_wrong(self) -> None:
        hold(self.world.wrongs)

    @override
    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.ends()
            hold(broken_promises(self.world))


def hold(wrongs: list[str]) -> None:
    """Fail with what went wrong first."""
    if wrongs:
        raise AssertionError(wrongs[0])


TestConnection = Connection.TestCase
TestConnection.settings = settings(deadline=None)
