"""Budgets: never exceeded, never wasted, learned from the platform."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Lane, LaneNews
from bot.streaming.lanes import RECOVERY_WINDOWS, Ledger

EDITS = Lane("edits", 5, 10.0)


def spend(ledger: Ledger, *times: float) -> None:
    for now in times:
        ledger.sent()
        ledger.landed(now)


def test_a_fresh_lane_offers_its_whole_limit() -> None:
    assert Ledger(EDITS).free(0.0) == 5


def test_a_write_in_flight_holds_its_token() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    assert ledger.free(100.0) == 4


def test_a_token_returns_one_window_after_the_answer_came() -> None:
    ledger = Ledger(EDITS)
    spend(ledger, 3.0)
    assert (ledger.free(12.9), ledger.free(13.0)) == (4, 5)


def test_an_empty_lane_says_when_it_opens() -> None:
    ledger = Ledger(EDITS)
    spend(ledger, 1.0, 2.0, 2.5, 3.0, 4.0)
    assert ledger.free(5.0) == 0
    assert ledger.opens(5.0) == 11.0
    assert ledger.returning(5.0, 7.0) == 2


def test_a_throttled_lane_is_closed_for_exactly_that_time() -> None:
    ledger = Ledger(EDITS)
    ledger.throttled(5.0, 30.0)
    assert ledger.free(34.9) == 0
    assert ledger.opens(10.0) == 35.0
    assert ledger.free(35.0) > 0


def test_after_a_throttle_the_rate_is_smaller_and_recovers_slowly() -> None:
    ledger = Ledger(EDITS)
    ledger.throttled(0.0, 1.0)
    assert ledger.free(1.0) == 3
    assert ledger.free(1.0 + EDITS.seconds * RECOVERY_WINDOWS) == 5


def test_headers_replace_our_own_count() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=3, remaining=2, reset_after=4.0))
    assert ledger.free(1.0) == 2
    assert ledger.free(5.0) == 3


def test_a_call_that_returns_late_is_not_counted_in_the_next_window() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=5, remaining=0, reset_after=4.0))
    ledger.landed(5.0)
    assert ledger.free(5.0) == 5


def test_the_older_header_may_come_last() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=5, remaining=3, reset_after=9.0))
    ledger.heard(1.1, LaneNews("edits", limit=5, remaining=4, reset_after=9.0))
    assert ledger.free(1.1) == 3


def test_a_write_without_headers_counts_beside_those_that_have_them() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.sent()
    ledger.landed(1.0)  # its answer was lost, and nobody knows whether it was counted before the other one or after
    ledger.heard(1.0, LaneNews("edits", limit=5, remaining=4, reset_after=9.0))
    ledger.landed(1.0)
    assert ledger.free(1.0) == 3


def test_a_slow_answer_of_an_old_window_does_not_open_a_new_one() -> None:
    ledger = Ledger(EDITS)
    for _ in range(6):
        ledger.sent()
    for remaining in (4, 3, 2, 1, 0):
        ledger.heard(11.0, LaneNews("edits", limit=5, remaining=remaining, reset_after=1.0))
    ledger.heard(11.5, LaneNews("edits", limit=5, remaining=4, reset_after=9.9))
    assert ledger.free(11.5) == 0


def test_a_429_for_another_reason_does_not_empty_our_books() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=5, remaining=0, reset_after=9.0))
    ledger.landed(1.0)
    ledger.throttled(1.0, 0.5)
    assert (ledger.free(2.0), ledger.free(10.0)) == (0, 3)


def test_a_limit_that_was_learned_is_not_forgotten() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=2, remaining=1, reset_after=9.0))
    ledger.landed(1.0)
    assert not ledger.idle(1000.0)


def test_a_429_in_headers_closes_the_lane() -> None:
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=5, remaining=0, reset_after=4.0, refused=True))
    ledger.landed(1.0)
    assert (ledger.free(4.9), ledger.free(5.0)) == (0, 3)


def test_writes_of_an_earlier_process_are_presumed() -> None:
    ledger = Ledger(EDITS)
    ledger.presume(0.0, 4)
    assert (ledger.free(0.0), ledger.free(10.0)) == (1, 5)


@given(
    limit=st.integers(1, 8),
    seconds=st.floats(0.5, 20.0),
    steps=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 0.5), st.floats(0.0, 0.5)), max_size=60),
)
def test_no_window_of_the_platform_ever_holds_more_than_the_limit(
    limit: int, seconds: float, steps: list[tuple[float, float, float]]
) -> None:
    """Arrivals lie anywhere between sending and the answer; whatever window one looks at, the limit holds."""
    ledger, now, arrivals = Ledger(Lane("lane", limit, seconds)), 0.0, list[float]()
    for pause, there, back in steps:
        now += pause
        if ledger.free(now) > 0:
            ledger.sent()
            arrivals.append(now + there)
            now += there + back
            ledger.landed(now)
    for start in arrivals:
        assert sum(1 for at in arrivals if start <= at < start + seconds - 1e-9) <= limit


def told(remaining: int, *, ends: float = 5.0, limit: int = 5) -> Ledger:
    """An account whose window the platform has told us about at 1.0."""
    ledger = Ledger(EDITS)
    ledger.sent()
    ledger.heard(1.0, LaneNews("edits", limit=limit, remaining=remaining, reset_after=ends - 1.0))
    ledger.landed(1.0)
    return ledger


def test_a_window_that_headers_told_of_returns_its_tokens_all_at_once() -> None:
    ledger = told(0)
    assert [ledger.returning(1.0, within) for within in (3.9, 4.0, 13.9, 14.0)] == [0, 5, 5, 10]
    assert ledger.returning(7.0, 9.9) == 0


def test_an_empty_window_opens_when_it_ends() -> None:
    ledger = told(0)
    assert (ledger.opens(2.0), ledger.window_ends(2.0)) == (5.0, 5.0)
    assert (ledger.opens(5.0), ledger.window_ends(5.0)) == (5.0, None)


def test_a_lane_whose_tokens_are_all_in_flight_opens_at_a_guess() -> None:
    ledger, window = Ledger(EDITS), told(5)
    for _ in range(5):
        ledger.sent()
        window.sent()
    assert ledger.opens(3.0) == window.opens(6.0) - 3.0 == 13.0


def test_a_write_that_no_header_told_of_is_taken_from_the_open_window() -> None:
    ledger = told(3)
    ledger.sent()
    ledger.landed(2.0)
    assert ledger.free(2.0) == 2
    assert ledger.free(5.0) == 5


def test_accounts_that_turn_out_to_be_one_keep_what_both_have_counted() -> None:
    one, other, third = told(3, ends=6.0), told(4, ends=6.0), Ledger(EDITS)
    other.throttled(2.0, 1.0)
    one.absorb(other)
    assert one.free(2.5) == 0
    assert one.free(3.0) == 3
    third.absorb(one)
    assert (third.free(3.0), third.window_ends(3.0)) == (3, 6.0)
