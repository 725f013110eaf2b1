"""The budgets: never exceeded within a window, and honest about when to come back."""

from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.discord.rules.limits import CALLBACK, EDIT, POST, Limits, channel_draws, interaction_draws
from tests.emulators.discord.rules.windows import Buckets, Draw, FixedWindow, Limit

LIMITS = st.builds(Limit, st.integers(1, 6), st.floats(0.01, 60.0))
PAUSES = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=80)


def moments(pauses: list[float]) -> list[float]:
    now, found = 1000.0, list[float]()
    for pause in pauses:
        now += pause
        found.append(now)
    return found


@given(LIMITS, PAUSES)
def test_no_window_ever_admits_more_than_its_limit(limit: Limit, pauses: list[float]) -> None:
    buckets = Buckets()
    draw = Draw("edit", "1", limit)
    admitted = [now for now in moments(pauses) if buckets.admit([draw], now).refused_by is None]

    start, used = admitted[0], 0
    for now in admitted:
        if now >= start + limit.seconds:
            start, used = now, 0
        used += 1
        assert used <= limit.count


@given(LIMITS, PAUSES)
def test_whoever_waits_as_told_is_admitted_and_not_a_moment_too_late(limit: Limit, pauses: list[float]) -> None:
    buckets = Buckets()
    draw = Draw("edit", "1", limit)
    for now in moments(pauses):
        admission = buckets.admit([draw], now)
        if admission.refused_by is None:
            continue
        window = buckets.windows["edit", "1"]
        assert window.remaining(now + admission.retry_after) == limit.count
        assert now + admission.retry_after <= window.ends + 0.002
        assert window.remaining(now) == 0


@given(LIMITS, PAUSES)
def test_the_headers_tell_what_is_left(limit: Limit, pauses: list[float]) -> None:
    buckets = Buckets()
    draw = Draw("edit", "1", limit)
    for now in moments(pauses):
        shown = buckets.admit([draw], now).shown
        assert shown is not None
        assert 0 <= shown.remaining < limit.count
        assert 0 < shown.reset_after <= limit.seconds + 0.002


def test_a_request_refused_by_one_budget_is_counted_in_none() -> None:
    buckets = Buckets()
    narrow, wide = Draw("narrow", "1", Limit(1, 10.0)), Draw("wide", "1", Limit(5, 10.0))
    for _ in range(4):
        buckets.admit([wide, narrow], 0.0)

    assert buckets.windows["wide", "1"].remaining(0.0) == 4


def test_the_longest_wait_of_all_full_budgets_is_told() -> None:
    buckets = Buckets()
    short, long = Draw("short", "1", Limit(1, 1.0)), Draw("long", "1", Limit(1, 9.0), scope="shared")
    buckets.admit([short, long], 0.0)
    admission = buckets.admit([short, long], 0.5)

    assert admission.refused_by == long
    assert admission.retry_after == 8.5


def test_a_window_begins_with_its_first_request() -> None:
    window = FixedWindow(Limit(2, 5.0))
    assert (window.remaining(3.0), window.reset_after(3.0)) == (2, 0.0)
    window.spend(3.0)
    assert (window.remaining(7.9), window.reset_after(7.0)) == (1, 1.0)
    assert window.remaining(8.0) == 2


def test_posts_and_edits_of_a_channel_are_counted_apart_unless_they_share_a_bucket() -> None:
    def names(limits: Limits, route: str) -> list[str]:
        return [draw.name for draw in channel_draws(limits, route, "7", old=False) if draw.shown]

    assert names(Limits(), EDIT) != names(Limits(), POST)
    assert names(Limits(one_bucket=True), EDIT) == names(Limits(one_bucket=True), POST)


def test_a_callback_is_free_and_interactions_never_draw_on_the_bot() -> None:
    assert interaction_draws(Limits(), CALLBACK, "token", "7") == []
    route = "PATCH /webhooks/{application}/{token}/messages/{message}"
    assert [draw.name for draw in interaction_draws(Limits(), route, "token", "7")] == ["interaction"]


def test_the_hidden_cap_of_a_channel_counts_writes_only_and_is_shared() -> None:
    limits = Limits(interactions_per_channel=Limit(30, 60.0))
    writes = interaction_draws(limits, "POST /webhooks/{application}/{token}", "token", "7")
    reads = interaction_draws(limits, "GET /webhooks/{application}/{token}/messages/{message}", "token", "7")

    assert [(draw.scope, draw.shown) for draw in writes] == [("user", True), ("shared", False)]
    assert len(reads) == 1
