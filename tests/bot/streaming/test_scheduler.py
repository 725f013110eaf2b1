"""Which write comes next: priorities, fairness, what is kept back."""

import itertools

from bot.model import Lane, LaneNews
from bot.streaming.scheduler import Kind, Planner, Standing

EDITS = Lane("edits", 10, 60.0)
POSTS = Lane("posts", 4, 4.0)


def standing(
    kind: Kind | None, *, unseen: float = 10, since: float = 0.0, refreshed: float = float("-inf"), visible: bool = True
) -> Standing:
    made = Standing(kind=kind, lanes=(EDITS,) if visible else (POSTS,), edit_lanes=(EDITS,), owes_final=visible)
    if unseen:
        made.grew(int(unseen), since)
    made.since = since
    made.refreshed = refreshed
    return made


def planner(*line: Standing) -> Planner:
    return Planner(line=list(line))


def spend(plan: Planner, lane: Lane, count: int, now: float) -> None:
    for _ in range(count):
        plan.ledger(lane).sent()
        plan.ledger(lane).landed(now)


def test_a_final_goes_before_a_first_text_before_growth_before_a_link_before_anything_cosmetic() -> None:
    line = [standing(kind) for kind in (Kind.COSMETIC, Kind.LINK, Kind.GROWTH, Kind.FIRST, Kind.FINAL)]
    plan, order = planner(*line), list[Kind | None]()
    for _ in line:
        chosen = plan.choose(1.0)
        assert chosen is not None
        order.append(chosen.kind)
        plan.line.remove(chosen)
    assert order == [Kind.FINAL, Kind.FIRST, Kind.GROWTH, Kind.LINK, Kind.COSMETIC]


def test_among_growing_answers_the_readers_who_have_waited_most_go_first() -> None:
    little, much = standing(Kind.GROWTH, unseen=10), standing(Kind.GROWTH, unseen=90)
    assert planner(little, much).choose(1.0) is much


def test_nobody_is_refreshed_twice_while_another_waits() -> None:
    quick = standing(Kind.GROWTH, unseen=10_000, since=5.5, refreshed=5.0)
    slow = standing(Kind.GROWTH, unseen=1, since=2.0, refreshed=1.0)
    assert planner(quick, slow).choose(9.0) is slow


def test_a_message_with_a_request_in_flight_is_left_alone() -> None:
    only = standing(Kind.GROWTH)
    plan = planner(only)
    plan.sent(only, 0.0)
    assert plan.choose(1.0) is None


def test_tokens_for_the_finals_of_live_answers_are_not_spent_on_growth() -> None:
    growing, quiet = standing(Kind.GROWTH), standing(None)
    plan = planner(growing, quiet)
    spend(plan, EDITS, 8, 0.0)
    assert plan.choose(1.0) is None
    quiet.owes_final = False
    assert plan.choose(1.0) is growing


def test_a_final_may_take_the_last_token() -> None:
    last, other = standing(Kind.FINAL), standing(None)
    plan = planner(last, other)
    spend(plan, EDITS, 9, 0.0)
    assert plan.choose(1.0) is last


def test_growth_comes_close_together_at_first_and_spreads_out_as_the_window_fills() -> None:
    only = standing(Kind.GROWTH)
    plan, sent, now = planner(only), list[float](), 0.0
    while now < 20.0:
        only.grew(5, now)
        if plan.choose(now) is only:
            plan.sent(only, now)
            plan.landed(only, only.lanes, now)
            only.take(now)
            sent.append(now)
        now += 0.05
    gaps = [after - before for before, after in itertools.pairwise(sent)]
    assert sum(gaps[:5]) < sum(gaps[-5:])


def test_new_answers_hold_their_first_post_when_finals_need_half_of_the_edits() -> None:
    live = [standing(None) for _ in range(5)]
    new = standing(Kind.FIRST, visible=False)
    plan = planner(*live, new)
    assert plan.choose(1.0) is None
    new.full = True
    assert plan.choose(1.0) is new


def test_a_closed_lane_does_not_hold_up_another() -> None:
    here, there = standing(Kind.FINAL), standing(Kind.FIRST, visible=False)
    plan = planner(here, there)
    plan.throttled((EDITS,), 0.0, 30.0)
    there.full = True
    assert plan.choose(1.0) is there
    plan.line.remove(there)
    assert plan.choose(1.0) is None
    assert plan.wake(1.0) == 30.0


def test_a_global_lane_is_closed_only_by_a_global_throttle() -> None:
    everything = Lane("global", 50, 1.0, wide=True)
    plan = Planner()
    plan.throttled((EDITS, everything), 0.0, 5.0)
    assert plan.ledger(everything).free(1.0) == 50
    plan.throttled((EDITS, everything), 0.0, 5.0, everywhere=True)
    assert plan.ledger(everything).free(1.0) == 0


def test_characters_of_a_write_that_failed_wait_again_since_they_were_said() -> None:
    only = standing(Kind.GROWTH, unseen=10, since=2.0)
    before = only.waited(9.0)
    taken = only.take(9.0)
    assert only.unseen == 0
    only.give_back(taken)
    assert (only.waited(9.0), only.since) == (before, 2.0)


def test_accounts_of_lanes_that_nobody_draws_on_are_dropped() -> None:
    plan = Planner()
    spend(plan, Lane("once", 5, 2.0), 1, 0.0)
    spend(plan, EDITS, 1, 0.0)
    plan.forget_idle(10.0)
    assert list(plan._ledgers) == ["edits"]


def test_after_a_restart_a_long_window_counts_as_nearly_full_until_it_has_passed() -> None:
    plan = Planner(earlier=-20.0)
    assert plan.ledger(EDITS).free(0.0) == 1
    assert plan.ledger(EDITS).free(40.0) == 10
    assert plan.ledger(POSTS).free(0.0) == 4


def test_lanes_that_turn_out_to_be_one_bucket_share_one_account() -> None:
    plan, edit, post, other = Planner(), Lane("edit:1", 5, 5.0), Lane("post:1", 5, 5.0), Lane("edit:2", 5, 5.0)
    for lane in (edit, post, other):
        plan.ledger(lane).sent()
    plan.heard(0.1, LaneNews("edit:1", 5, 4, 5.0, bucket="b:1"))
    plan.heard(0.1, LaneNews("edit:2", 5, 4, 5.0, bucket="b:2"))
    plan.heard(0.2, LaneNews("post:1", 5, 3, 4.9, bucket="b:1"))
    for lane in (edit, post, other):
        plan.ledger(lane).landed(0.2)
    assert plan.ledger(edit) is plan.ledger(post)
    assert (plan.ledger(edit).free(0.3), plan.ledger(other).free(0.3)) == (3, 4)


def test_headers_of_a_lane_that_was_never_drawn_on_say_nothing() -> None:
    plan = Planner()
    plan.heard(0.0, LaneNews("edits", limit=1, remaining=0, reset_after=30.0))
    assert plan.ledger(EDITS).free(0.0) == EDITS.limit


def test_a_lane_that_has_just_served_finals_is_remembered_although_it_is_idle() -> None:
    short = Lane("short", 2, 1.0)
    only = Standing(kind=Kind.FINAL, lanes=(short,), edit_lanes=(short,), owes_final=True)
    plan = planner(only)
    plan.sent(only, 0.0)
    plan.landed(only, only.lanes, 0.0)
    only.kind, only.owes_final = None, False
    plan.forget_idle(10.0)
    assert plan.promised(short, 10.0) == 1
    plan.forget_idle(100.0)
    assert plan.promised(short, 100.0) == 0


def test_the_first_growth_of_a_lane_waits_for_nothing_and_a_wide_lane_sets_no_pace() -> None:
    everything = Lane("global", 50, 1.0, wide=True)
    first, second = standing(Kind.GROWTH), standing(Kind.GROWTH)
    for each in (first, second):
        each.lanes = (EDITS, everything)
    plan = planner(first, second)
    assert plan.choose(0.0) is not None
    plan.sent(first, 0.0)
    assert plan.choose(0.0) is None
    date = plan.wake(0.0)
    assert date is not None
    assert 0.0 < date < 5.0


def test_a_lane_without_a_token_to_spare_has_no_pace_but_the_return_of_one() -> None:
    growing, quiet = standing(Kind.GROWTH), standing(None)
    plan = planner(growing, quiet)
    plan.sent(growing, 0.0)
    plan.landed(growing, growing.lanes, 0.0)
    spend(plan, EDITS, 8, 0.0)
    assert plan.choose(20.0) is None
    assert plan.wake(20.0) == 20.0 + plan.policy.retry
    assert plan.pace(EDITS, 0, 20.0) == 20.0


def test_the_tokens_of_a_window_that_headers_told_of_are_spread_over_it() -> None:
    growing = standing(Kind.GROWTH)
    plan = planner(growing)
    plan.sent(growing, 0.0)
    plan.heard(0.0, LaneNews("edits", limit=5, remaining=4, reset_after=10.0))
    plan.landed(growing, growing.lanes, 0.0)
    assert plan.pace(EDITS, 4, 0.0) == 2.0
