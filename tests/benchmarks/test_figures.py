"""Figures from edit logs, on logs small enough to count by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import (
    Answered,
    Order,
    Recording,
    Screen,
    Spread,
    figures,
    final_lag,
    first_text_delay,
    missing_sources,
    order_of,
    placeholder_delay,
    share,
    word_delay_within,
    word_delays,
    words_on,
)
from benchmarks.scenarios import Bound
from bot.rendering import wording

ONE, TWO = "https://source1.example/a/1", "https://source2.example/a/2"
FOOTER = f"\n\n*{wording.SOURCES}*  \n[1] [One]({ONE})  \n[2] [Two]({TWO})"


def answered(
    *messages: list[tuple[float, str]],
    said: tuple[float, ...] = (10.0, 11.0, 12.0),
    expected: int | None = None,
    asked: float = 9.0,
    signs: tuple[float, ...] = (),
    sources: tuple[str, ...] = (ONE, TWO),
    deleted: float | None = None,
) -> Answered:
    return Answered(
        prefix="a",
        asked=asked,
        expected=len(said) if expected is None else expected,
        said=said,
        messages=tuple(Screen(tuple(versions)) for versions in messages),
        sources=sources,
        signs=signs,
        deleted=deleted,
    )


def test_a_word_is_late_by_the_time_from_its_being_said_to_its_first_being_seen() -> None:
    answer = answered([(10.5, "a1"), (11.25, "a1 a2"), (13.0, "a1 a2 a3")])
    assert word_delays(answer) == [0.5, 0.25, 1.0]


def test_words_are_looked_for_on_every_page() -> None:
    answer = answered([(10.5, "a1"), (12.0, "a1 a2")], [(12.5, "a3" + FOOTER)])
    assert word_delays(answer) == [0.5, 1.0, 0.5]


def test_a_word_that_was_never_seen_is_lost_and_not_late() -> None:
    answer = answered([(10.5, "a1 a3")])
    assert (word_delays(answer), order_of(answer)) == ([0.5, -1.5], Order(lost=1, doubled=0, disordered=0))


def test_words_of_another_answer_do_not_count() -> None:
    answer = answered([(10.5, "b1 aa1 a1x xa1 [[1]](<https://source1.example/a/1>) a1")])
    assert word_delays(answer) == [0.5]


def test_the_first_sign_is_a_message_typing_or_a_status_after_the_question() -> None:
    assert placeholder_delay(answered([(10.5, "…")], signs=(8.0, 9.25, 9.5))) == 0.25
    assert placeholder_delay(answered([(9.125, "…")])) == 0.125
    assert placeholder_delay(answered()) is None


def test_the_first_text_counts_from_the_first_word_and_a_placeholder_is_no_text() -> None:
    assert first_text_delay(answered([(9.5, "Searching…"), (10.75, "a1 a2")])) == 0.75
    assert first_text_delay(answered([(9.5, "Searching…")])) is None


def test_an_answer_is_complete_when_every_word_and_the_whole_footer_are_there() -> None:
    versions = [(12.0, "a1 a2 a3"), (12.5, f"a1 a2 a3\n\n{wording.SOURCES} {ONE}"), (13.5, "a1 a2 a3" + FOOTER)]
    assert final_lag(answered(versions)) == 1.5
    assert final_lag(answered(versions[:2])) is None


def test_a_footer_on_a_page_of_its_own_completes_an_answer() -> None:
    assert final_lag(answered([(12.5, "a1 a2 a3")], [(13.0, FOOTER)])) == 1.0


def test_an_answer_that_was_whole_once_and_is_not_any_more_is_not_complete() -> None:
    whole = "a1 a2 a3" + FOOTER
    assert final_lag(answered([(12.5, whole), (13.0, "a1"), (14.0, whole)])) == 2.0
    assert final_lag(answered([(12.5, whole), (13.0, "a1")])) is None


def test_links_that_come_after_the_end_do_not_delay_it() -> None:
    first = [(11.5, "a1 a2 [1]"), (15.0, f"a1 a2 [[1]]({ONE})")]
    assert final_lag(answered(first, [(12.5, "a3" + FOOTER)])) == 0.5


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a1 a2 a3", Order(0, 0, 0)),
        ("a1 a3", Order(1, 0, 0)),
        ("a1 a2 a2 a3", Order(0, 1, 0)),
        ("a1 a2 a1 a2 a3", Order(0, 2, 0)),
        ("a2 a1 a3", Order(0, 0, 1)),
        ("", Order(3, 0, 0)),
    ],
)
def test_words_at_the_end_are_lost_doubled_or_disordered(text: str, order: Order) -> None:
    assert order_of(answered([(10.0, "a1"), (20.0, text)])) == order


def test_the_head_of_a_table_that_goes_on_over_a_page_is_repeated_by_right() -> None:
    head = "| a1 | a2 |\n| --- | --- |\n"
    pages = [f"{head}| a3 | a4 |", f"{head}| a5 | a6 |"]
    assert words_on(pages, "a") == [1, 2, 3, 4, 5, 6]
    assert words_on([pages[0], "| a1 | a2 |\n| a5 | a6 |"], "a") == [1, 2, 3, 4, 1, 2, 5, 6]


def test_a_source_counts_only_in_the_footer_and_only_as_a_whole() -> None:
    assert missing_sources(answered([(12.0, f"a1 a2 a3 [[1]]({ONE})")])) == [ONE, TWO]
    assert missing_sources(answered([(12.0, f"a1 a2 a3\n{wording.SOURCES}\n{ONE} {TWO}7")])) == [TWO]
    assert missing_sources(answered([(12.0, "a1 a2 a3" + FOOTER)])) == []


def test_of_a_deleted_answer_nothing_has_to_stand() -> None:
    found = figures(Recording(0.0, (answered([(10.5, "a1")], deleted=11.0),)))
    assert (found.lost, found.missing_sources, found.unfinished) == (0, 0, 0)


def test_the_figures_of_a_run_are_those_of_all_its_answers() -> None:
    quick = answered([(10.5, "a1"), (12.5, "a1 a2 a3" + FOOTER)])
    silent = answered()
    calls = {"post": 1, "edit": 3}
    found = figures(Recording(0.0, (quick, silent), calls, throttled=2), Bound(2, 50, 60.0), 2.0)
    assert found.word == Spread(mean=0.8333333333333334, p50=0.5, p95=1.5, most=1.5)
    assert (found.lost, found.unfinished, found.missing_sources, found.throttled) == (3, 1, 2, 2)
    assert found.writes == {"edit": 1.5, "post": 0.5}
    assert found.bound == pytest.approx(0.04)
    assert found.over_bound == pytest.approx(0.8333333333333334 / 0.04)


def test_a_part_of_a_run_is_the_words_that_were_said_in_it() -> None:
    answer = answered([(10.5, "a1"), (11.25, "a1 a2"), (13.0, "a1 a2 a3")])
    assert word_delay_within((answer,), 11.0, 12.0) == Spread(0.25, 0.25, 0.25, 0.25)
    assert word_delay_within((answer,), 20.0, 30.0) is None


def test_the_bound_is_that_of_answers_shorter_or_longer_than_a_window() -> None:
    assert Bound(10, 50, 60.0).of_edits(10.0) == pytest.approx(1.0)
    assert Bound(1, 5, 5.0).of_edits(10.0) == pytest.approx(0.5)
    assert Bound(10, 50, 60.0, steady=True).of_edits(10.0) == pytest.approx(6.0)
    assert Bound(10, 50, 60.0, posts=50).of_all(10.0) == pytest.approx(0.5)


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_share_of_values_does_not_exceed_the_quantile(values: list[float], part: float) -> None:
    ordered = sorted(values)
    found = share(ordered, part)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= part * len(ordered) - 1e-9
    assert sum(value < found for value in ordered) < part * len(ordered) + 1e-9
