"""A scripted answer reads as written: every word once, in order, whatever its shape. Pure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.perplexity.script import Script, pieces, search_results, word_numbers


@given(words=st.integers(0, 400), every=st.integers(0, 20), together=st.integers(1, 3), long=st.booleans())
def test_every_numbered_word_is_there_once_and_in_order(words: int, every: int, together: int, long: bool) -> None:
    script = Script(words=words, marker_every=every, markers_together=together, long=long)
    assert word_numbers(script.answer) == list(range(1, words + 1))
    assert [piece.word for piece in pieces(script) if piece.word] == list(range(1, words + 1))
    assert script.word_count == words


@given(text=st.text(alphabet="ab [].12\n|`<>", max_size=60))
def test_any_text_is_cut_without_losing_a_character(text: str) -> None:
    assert "".join(piece.text for piece in pieces(Script(words=0, text=text))) == text


@given(text=st.lists(st.sampled_from(["word", " ", ".", "[1]", "[12]", "\n"]), max_size=20).map("".join))
def test_a_marker_is_always_a_piece_of_its_own(text: str) -> None:
    cut = [piece.text for piece in pieces(Script(words=0, text=text))]
    assert [text for text in cut if "[" in text] == re.findall(r"\[\d+\]", text)


def test_a_piece_never_cuts_a_numbered_word_in_two() -> None:
    assert all(len(word_numbers(piece.text)) <= 1 for piece in pieces(Script(words=300, long=True)))


def test_markers_come_every_so_many_words_and_go_round_the_sources() -> None:
    script = Script(words=12, marker_every=4, markers_together=2, sources=search_results(3))
    assert re.findall(r"\[\d+\]", script.answer) == ["[1]", "[2]", "[3]", "[1]", "[2]", "[3]"]
    assert script.answer.startswith("w1 w2 w3 w4.[1][2] w5")


def test_without_sources_there_are_no_markers() -> None:
    assert "[" not in Script(words=50, sources=()).answer
    assert "[" not in Script(words=50).unsearched().answer


@pytest.mark.parametrize("form", ["## w1", "- w", "```python\n", "| --- |", "[1]"])
def test_a_long_answer_has_every_form(form: str) -> None:
    assert form in Script(words=300, long=True).answer


def test_words_are_due_one_after_another_once_the_first_one_is() -> None:
    script = Script(words_per_second=10, first_word_delay=2)
    assert [script.due(word) for word in (1, 2, 11)] == pytest.approx([2.0, 2.1, 3.0])
    assert Script(words_per_second=0, first_word_delay=0.5).due(900) == 0.5


def test_deltas_are_cut_exactly_as_given() -> None:
    deltas = ("<thi", "nk>hm</thi", "nk>", "See [", "1", "].")
    assert tuple(piece.text for piece in pieces(Script(deltas=deltas))) == deltas


def test_a_text_without_numbered_words_counts_its_own_words() -> None:
    assert [piece.word for piece in pieces(Script(text="Paris is it.[1]"))] == [1, 2, 3, 0, 0]


def test_thinking_comes_first_and_its_tags_are_cut_in_two() -> None:
    script = Script(words=2, marker_every=0, thinking="Is it so? Maybe.")
    assert script.content == "<think>\nIs it so? Maybe.\n</think>\n\nw1 w2."
    assert script.answer == "w1 w2."
    assert "<think>" not in [piece.text for piece in pieces(script)]


def test_a_limit_breaks_the_answer_off_and_says_so() -> None:
    limited = Script(words=50, marker_every=0).limited(7)
    assert word_numbers(limited.content) == [1, 2, 3, 4, 5, 6, 7]
    assert limited.finish == "length"
    assert Script(words=5).limited(900).finish == "stop"


def test_sources_differ_from_one_another() -> None:
    assert len({source.url for source in search_results(30)}) == 30
    assert {source.date == "" for source in search_results(30)} == {True, False}
