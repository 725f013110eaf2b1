"""When a status is shown, renewed, changed and ended. Pure: no loop, `now` is an argument."""

import pytest

from bot.clock import SystemClock
from bot.streaming.scheduler import Kind
from bot.streaming.signs import FAILURES, SHORTEST_INTERVAL, Sign
from tests.fakes.messenger import PLACE, FakeBudget, FakeMessenger, fake_platform

LASTS = 90.0


@pytest.fixture
def sign() -> Sign:
    budget = FakeBudget()
    return Sign(fake_platform(FakeMessenger(SystemClock(), budget), budget), PLACE, 100.0, "Searching")


def show(sign: Sign, now: float, *, failed: bool = False) -> str:
    sign.standing.busy = True
    note = sign.begin()
    sign.standing.busy = False
    sign.ended(now, failed=failed)
    return note


def due(sign: Sign) -> float | None:
    return sign.standing.not_before if sign.standing.kind is Kind.COSMETIC else None


def test_it_is_wanted_at_once(sign: Sign) -> None:
    assert due(sign) == 0.0
    assert show(sign, 100.0) == "Searching"


def test_it_is_renewed_when_it_fades(sign: Sign) -> None:
    show(sign, 100.0)
    assert due(sign) == 100.0 + LASTS


def test_another_note_waits_a_moment_and_no_longer(sign: Sign) -> None:
    show(sign, 100.0)
    sign.says("Searching: moons")
    sign.says("Waiting")
    assert due(sign) == 100.0 + SHORTEST_INTERVAL
    assert show(sign, 104.0) == "Waiting"


def test_a_note_that_changes_while_the_request_is_on_its_way_is_shown_after_it(sign: Sign) -> None:
    sign.standing.busy = True
    sign.begin()
    sign.says("Waiting")
    sign.standing.busy = False
    sign.ended(101.0, failed=False)
    assert due(sign) == 101.0 + SHORTEST_INTERVAL


def test_a_note_that_is_not_needed_any_more_is_taken_away(sign: Sign) -> None:
    show(sign, 100.0)
    sign.says("")
    assert due(sign) is not None
    assert show(sign, 104.0) == ""
    assert due(sign) is None


def test_a_message_ends_it_without_a_request(sign: Sign) -> None:
    show(sign, 100.0)
    sign.posted(101.0)
    assert due(sign) is None


def test_one_that_may_arrive_after_the_message_is_taken_away_by_a_request(sign: Sign) -> None:
    sign.standing.busy = True
    sign.begin()
    sign.posted(100.0)
    sign.standing.busy = False
    sign.ended(101.0, failed=False)
    assert due(sign) is not None
    assert show(sign, 104.0) == ""
    assert due(sign) is None


def test_one_that_came_after_a_message_whose_post_was_found_late_is_taken_away_too(sign: Sign) -> None:
    show(sign, 100.0)
    sign.posted(90.0)
    assert due(sign) is not None
    assert show(sign, 104.0) == ""
    assert due(sign) is None


def test_after_failures_in_a_row_the_platform_is_left_alone(sign: Sign) -> None:
    for _ in range(FAILURES - 1):
        show(sign, 100.0, failed=True)
    show(sign, 100.0)
    for _ in range(FAILURES - 1):
        show(sign, 100.0, failed=True)
    assert not sign.over
    show(sign, 100.0, failed=True)
    assert sign.over
