"""Settings as people write them: what they mean, and what is said about those that mean nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Reader, read_core
from bot.errors import ConfigurationInvalid


def reader(**env: str) -> Reader:
    return Reader(env, read_file)


def read_file(path: str) -> str:
    match path:
        case "/run/secrets/token":
            return "  from-the-file\n"
        case "/run/secrets/picture":
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        case _:
            raise FileNotFoundError(path)


def test_a_text_is_taken_without_blanks_and_an_empty_one_is_the_default() -> None:
    read = reader(NAME="  as written \n", EMPTY="  ")
    assert read.text("NAME") == "as written"
    assert (read.text("EMPTY", "default"), read.text("ABSENT", "default")) == ("default", "default")


def test_a_secret_comes_from_its_setting_or_from_its_file_and_is_remembered() -> None:
    read = reader(ONE="in-the-setting", TWO_FILE="/run/secrets/token")
    assert (read.secret("ONE"), read.secret("TWO"), read.secret("THREE")) == ("in-the-setting", "from-the-file", "")
    assert read.secrets == ["in-the-setting", "from-the-file"]
    read.finish()


def test_a_secret_that_is_set_twice_is_a_problem_that_does_not_tell_it() -> None:
    read = reader(ONE="in-the-setting", ONE_FILE="/run/secrets/token")
    assert read.secret("ONE") == "in-the-setting"
    assert read.problems == ["ONE and ONE_FILE are both set: remove one of them."]


@pytest.mark.parametrize("path", ["/run/secrets/nothing", "/run/secrets/picture"])
def test_a_secret_whose_file_cannot_be_read_is_a_problem_that_names_the_file(path: str) -> None:
    read = reader(ONE_FILE=path)
    assert read.secret("ONE") == ""
    assert read.problems == [f"ONE_FILE names {path}, which cannot be read."]
    assert read.secrets == []


def test_a_choice_is_taken_whatever_its_case() -> None:
    read = reader(LEVEL="DEBUG", STYLE="yaml")
    assert read.choice("LEVEL", ("debug", "info"), "info") == "debug"
    assert read.choice("ABSENT", ("debug", "info"), "info") == "info"
    assert read.choice("STYLE", ("text", "json"), "text") == "text"
    assert read.problems == ["STYLE is 'yaml': use one of text, json."]


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("on", True),
        ("True", True),
        ("YES", True),
        ("1", True),
        ("off", False),
        ("false", False),
        ("No", False),
        ("0", False),
    ],
)
def test_a_switch_is_on_or_off_in_many_words(value: str, meaning: bool) -> None:
    assert reader(SWITCH=value).switch("SWITCH", default=not meaning) is meaning


def test_a_switch_that_is_neither_keeps_its_default_and_is_a_problem() -> None:
    read = reader(SWITCH="maybe")
    assert read.switch("SWITCH", default=True) is True
    assert read.switch("ABSENT", default=False) is False
    assert read.problems == ["SWITCH is 'maybe': use on or off."]


@pytest.mark.parametrize("value", ["0", "11", "3.5", "many", "nan", "inf", "-1"])
def test_a_number_outside_its_range_keeps_its_default_and_is_a_problem(value: str) -> None:
    read = reader(COUNT=value)
    assert read.integer("COUNT", 4, 1, 10) == 4
    assert read.problems == [f"COUNT is {value!r}: use a whole number from 1 to 10."]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "0", "soon"])
def test_a_duration_is_a_finite_number_of_seconds(value: str) -> None:
    read = reader(WAIT=value)
    assert read.seconds("WAIT", 5.0) == 5.0
    assert read.problems == [f"WAIT is {value!r}: use a number of seconds from 0.1 to 86400."]


def test_numbers_are_read_as_they_are_written() -> None:
    read = reader(COUNT=" 7 ", WAIT="2.5", SHARE="0.2")
    assert (read.integer("COUNT", 4, 1, 10), read.seconds("WAIT", 5.0), read.number("SHARE", 1, 0, 2)) == (7, 2.5, 0.2)
    assert (read.integer("ABSENT", 4, 1, 10), read.problems) == (4, [])


@pytest.mark.parametrize("value", ["a,b c", " a , b,,c ", "a b\tc"])
def test_a_listing_is_separated_by_commas_or_blanks(value: str) -> None:
    assert reader(NAMES=value).listing("NAMES") == ("a", "b", "c")


def test_an_address_loses_its_last_slash() -> None:
    read = reader(ADDRESS="http://localhost:8080/api/")
    assert read.url("ADDRESS", "https://example.org") == "http://localhost:8080/api"
    assert read.url("ABSENT", "https://example.org") == "https://example.org"
    assert read.problems == []


@pytest.mark.parametrize(
    "value",
    [
        "localhost:8080",
        "ftp://example.org",
        "https://",
        "http://[::1",
        "http://example.org:port",
        "http://example.org:99999",
    ],
)
def test_what_is_no_address_keeps_its_default_and_is_a_problem_that_does_not_tell_it(value: str) -> None:
    read = reader(ADDRESS=value)
    assert read.url("ADDRESS", "https://example.org") == "https://example.org"
    assert read.problems == ["ADDRESS is not an http:// or https:// address."]


def test_all_problems_are_reported_at_once() -> None:
    read = reader(SWITCH="maybe", COUNT="many")
    read.switch("SWITCH", default=True)
    read.integer("COUNT", 4, 1, 10)
    with pytest.raises(ConfigurationInvalid) as invalid:
        read.finish()
    assert len(invalid.value.problems) == 2


def test_an_empty_environment_is_enough() -> None:
    read = reader()
    core = read_core(read)
    read.finish()
    assert (core.engine, core.engine_concurrency, core.answer_streaming) == ("documents", 4, True)
    assert (core.max_pages, core.question_characters) == (12, 8000)
    assert (core.http_host, core.http_port, core.log_level, core.log_format) == ("127.0.0.1", 8080, "info", "text")


@pytest.mark.parametrize("name", ["PERPLEXITY_API_KEY", "PERPLEXITY_API_KEY_FILE"])
def test_the_engine_is_perplexity_where_there_is_a_key(name: str) -> None:
    assert read_core(reader(**{name: "/run/secrets/token"})).engine == "perplexity"
    assert read_core(reader(**{name: "/run/secrets/token", "ENGINE": "documents"})).engine == "documents"


def test_every_core_setting_that_means_nothing_is_named() -> None:
    names = (
        "ENGINE",
        "ENGINE_CONCURRENCY",
        "ANSWER_STREAMING",
        "HISTORY_TOKENS",
        "QUESTION_CHARACTERS",
        "MAX_PAGES",
        "QUEUE_PER_CONVERSATION",
        "QUEUE_FOR_ENGINE",
        "DRAIN_SECONDS",
        "HTTP_PORT",
        "LOG_LEVEL",
        "LOG_FORMAT",
    )
    read = reader(**dict.fromkeys(names, "?"))
    read_core(read)
    assert [problem.split()[0] for problem in read.problems] == list(names)


READINGS: list[Callable[[Reader], object]] = [
    lambda read: read.secret("NAME"),
    lambda read: read.choice("NAME", ("one", "two"), "one"),
    lambda read: read.switch("NAME", default=True),
    lambda read: read.integer("NAME", 4, 1, 10),
    lambda read: read.seconds("NAME", 5.0),
    lambda read: read.number("NAME", 1.0, 0.0, 2.0),
    lambda read: read.listing("NAME"),
    lambda read: read.url("NAME", "https://example.org"),
]


@given(value=st.text(), read=st.sampled_from(READINGS))
def test_no_value_whatever_it_is_ends_in_anything_but_a_value_or_a_problem(
    value: str, read: Callable[[Reader], object]
) -> None:
    given_reader = reader(NAME=value)
    read(given_reader)
    assert len(given_reader.problems) <= 1
