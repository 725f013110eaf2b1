"""Every sentence that people read: short, plain, with what to do next, and never anybody else's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    EngineBroken,
    EngineBusy,
    EngineCutOff,
    EngineFailed,
    EngineGarbled,
    EngineKeyRefused,
    EngineRefused,
    EngineSilent,
    EngineUnpaid,
    EngineUnreachable,
)
from bot.rendering.wording import (
    SEARCHING,
    conversation_is_full,
    engine_is_full,
    failure,
    more_read,
    not_cited,
    platform_is_slow,
    question_is_too_long,
    searching,
    stopping,
    waiting_for_engine,
)

DETAIL = "upstream said: <html> secret-detail"
FAILURES = {
    "could not reach": EngineUnreachable(DETAIL),
    "did not answer within 30 s": EngineSilent(30.0),
    "fell silent for 60 s": EngineSilent(60.0, started=True),
    "connection to the answer engine broke": EngineCutOff(DETAIL),
    "cannot read": EngineGarbled(DETAIL),
    "Try again in a minute": EngineBusy(),
    "Try again in 3 s": EngineBusy(2.2),
    "Try again in 1 s": EngineBusy(0.0),
    "did not accept its key": EngineKeyRefused(403),
    "no credit left": EngineUnpaid(),
    "Ask in a new thread": EngineRefused(413, DETAIL),
    "refused this question": EngineRefused(422, DETAIL),
    "failure on its side": EngineBroken(503, DETAIL),
    "engine failed": EngineFailed(),
}


@pytest.mark.parametrize(("words", "error"), FAILURES.items(), ids=list(FAILURES))
def test_every_failure_of_the_engine_has_one_short_line_that_says_what_to_do(words: str, error: EngineFailed) -> None:
    line = failure(error)
    assert words in line
    assert "\n" not in line
    assert len(line) < 120
    assert any(what in line.lower() for what in ("again", "ask", "operator"))
    assert "secret-detail" not in line


@given(st.lists(st.text()))
def test_what_is_searched_for_fits_into_a_status_and_stays_on_one_line(queries: list[str]) -> None:
    note = searching(tuple(queries))
    assert len(note) <= 50
    assert len(note.splitlines()) == 1


def test_what_is_searched_for_is_named() -> None:
    assert searching(("moons of Mars", "Phobos")) == "Searching: moons of Mars, Phobos"
    assert searching(("a long question " * 10,)).endswith("…")
    assert searching(()) == SEARCHING


def test_numbers_agree_with_their_nouns() -> None:
    assert waiting_for_engine(0) == "Waiting: your question is next"
    assert waiting_for_engine(1) == "Waiting: 1 question is before yours"
    assert waiting_for_engine(2) == "Waiting: 2 questions are before yours"
    assert conversation_is_full(1).startswith("1 question is waiting")
    assert conversation_is_full(6).startswith("6 questions are waiting")


def test_sentences_with_figures_have_them() -> None:
    assert "100 questions" in engine_is_full(100)
    assert "9,000 characters; I can take 8,000" in question_is_too_long(9000, 8000)
    assert platform_is_slow("slack").startswith("Slack limits how often")
    assert (not_cited(3), more_read(4)) == ("and 3 more not cited", "and 4 more")
    assert "restarted" in stopping()
