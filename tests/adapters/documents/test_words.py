"""Which words of a question are looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.words import asked_words, words_of


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("How do I connect Slack?", ["connect", "Slack"]),
        ("What is DISCORD_GUILD_IDS?", ["DISCORD_GUILD_IDS"]),
        ('NEAR("a b") AND * - "unclosed', ["NEAR", "unclosed"]),
        ("Slack slack SLACK", ["Slack"]),
        ("what is it?", []),
        ("hi!", []),
        ("", []),
        ("Wie verbinde ich Slack?", ["verbinde", "Slack"]),
        ("Café", ["Café"]),
    ],
)
def test_only_words_that_say_something_are_looked_for(question: str, written: list[str]) -> None:
    assert [word.written for word in asked_words(question)] == written


def test_accents_case_and_width_make_no_difference() -> None:
    assert words_of("Ｃafé CAFÉ cafe\u0301") == ["cafe", "cafe", "cafe"]


def test_a_setting_is_found_whole_and_in_its_parts() -> None:
    assert words_of("HTTP_PORT") == ["http_port", "http", "port"]


def test_scripts_without_spaces_are_read_in_pairs() -> None:
    assert words_of("設定方法") == ["設定", "定方", "方法"]
    assert words_of("猫") == ["猫"]


def test_a_kana_mark_and_an_indic_vowel_belong_to_their_word() -> None:
    assert words_of("がぎ") == ["がぎ"]
    assert words_of("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


def test_a_long_question_is_bounded() -> None:
    assert sum(len(word.forms) for word in asked_words(" ".join(f"word{n}" for n in range(1000)))) == 24


@given(st.text())
def test_any_text_is_read_as_words_without_blanks_or_quotes(text: str) -> None:
    for word in words_of(text):
        assert word
        assert '"' not in word
        assert not any(character.isspace() for character in word)
