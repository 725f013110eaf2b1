"""Which earlier turns the engine gets: the newest that fit, whole, in order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.history import instructions, overhear, recall, tokens
from bot.model import PastTurn, Utterance

TURNS = [PastTurn(f"question {number}", "word " * 20) for number in range(5)]
EACH = tokens(TURNS[0].question) + tokens(TURNS[0].answer)


@pytest.mark.parametrize(("budget", "count"), [(0, 0), (EACH - 1, 0), (EACH, 1), (3 * EACH + 1, 3), (100 * EACH, 5)])
def test_the_newest_turns_that_fit_are_recalled_oldest_first(budget: int, count: int) -> None:
    assert recall(TURNS, budget) == tuple(TURNS[len(TURNS) - count :])


def test_a_turn_that_does_not_fit_hides_those_before_it() -> None:
    """A thread with a hole in it would be misunderstood."""
    turns = [PastTurn("short", "short"), PastTurn("long", "word " * 1000), PastTurn("last", "short")]
    assert recall(turns, 100) == (turns[-1],)


def test_the_newest_utterances_that_fit_are_overheard_oldest_first() -> None:
    said = [Utterance("somebody", f"sentence number {number}") for number in range(10)]
    each = tokens(said[0].text)
    assert overhear(said, 3 * each) == tuple(said[-3:])
    assert overhear(said, 0) == ()
    assert overhear(said, 1000) == tuple(said)


@given(st.text())
def test_every_text_takes_at_least_a_token_and_no_more_than_its_bytes(text: str) -> None:
    assert 1 <= tokens(text) <= len(text.encode("utf-8", "replace")) + 1


def test_the_instructions_have_the_date_and_then_the_words_of_the_operator() -> None:
    day = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    ours = instructions(day, "")
    assert "Monday, 2 March 2026" in ours
    assert instructions(day, "Be {kind}.") == f"{ours}\n\nBe {{kind}}."
