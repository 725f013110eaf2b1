"""Slack's budgets as lanes."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.budget import SlackBudget
from bot.model import MessageRef, Place

ONE = Place("slack", "T1", "C1", thread="1.1")
SAME_CHANNEL = Place("slack", "T1", "C1", thread="2.1")
OTHER_CHANNEL = Place("slack", "T1", "C2", thread="3.1")
OTHER_WORKSPACE = Place("slack", "T2", "C3", thread="4.1")
BUDGET = SlackBudget()


def test_all_edits_of_a_workspace_share_one_lane_of_fifty_a_minute() -> None:
    lanes = {BUDGET.edit(MessageRef(place, "1.2")) for place in (ONE, SAME_CHANNEL, OTHER_CHANNEL)}
    assert [(lane.limit, lane.seconds) for (lane,) in lanes] == [(50, 60.0)]


def test_workspaces_do_not_share() -> None:
    assert not set(BUDGET.edit(MessageRef(ONE, "1.2"))) & set(BUDGET.edit(MessageRef(OTHER_WORKSPACE, "1.2")))
    assert not set(BUDGET.post(ONE)) & set(BUDGET.post(OTHER_WORKSPACE))


def test_a_post_draws_on_its_channel_and_on_the_workspace() -> None:
    assert BUDGET.post(ONE) == BUDGET.post(SAME_CHANNEL)
    shared = set(BUDGET.post(ONE)) & set(BUDGET.post(OTHER_CHANNEL))
    assert [(lane.limit, lane.seconds) for lane in shared] == [(300, 60.0)]


def test_a_status_takes_nothing_from_posts_or_edits() -> None:
    assert not set(BUDGET.status(ONE)) & {*BUDGET.post(ONE), *BUDGET.edit(MessageRef(ONE, "1.2"))}


@given(st.lists(st.floats(0.0, 10.0), max_size=60))
def test_who_keeps_the_lane_of_a_channel_never_asks_more_than_one_a_second_with_a_burst_of_four(
    gaps: list[float],
) -> None:
    lane = BUDGET.post(ONE)[0]
    sent: list[float] = []
    now, tokens, filled_at = 0.0, 4.0, 0.0
    for gap in gaps:
        now += gap
        if sum(now - at < lane.seconds for at in sent) >= lane.limit:
            continue
        tokens = min(4.0, tokens + now - filled_at) - 1.0
        filled_at = now
        sent.append(now)
        assert tokens > -1e-6
