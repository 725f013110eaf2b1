"""What an operator reads in the log, and what nobody may ever read there."""

import json
import logging
from collections.abc import Callable, Generator

import pytest

from adapters.monitoring import LogObserver, configure_logging
from bot.model import Finished, Source, SourcesFound, TextGrew, TurnState, Usage
from bot.telemetry import (
    AnswerEnded,
    FirstTextShown,
    LaneClosed,
    QuestionKnown,
    QuestionTaken,
    StoreFailed,
    Unexpected,
    WriteEnded,
    WriteSkipped,
)
from tests.bot.newsroom import tell
from tests.fakes.engine import Beat

TOKEN = "xoxb-1234-very-secret"
AWKWARD = 'with "quotes", a \\ and a\nline end'
ENDED = AnswerEnded("slack", 7, TurnState.DELIVERED, "", 12.34567, 0.25, 2, 1800, Usage(100, 50, 0.01))
SOMEBODY = "somebody.elses.library"

Lines = Callable[[], list[str]]
Configure = Callable[..., Lines]


@pytest.fixture
def configure(capsys: pytest.CaptureFixture[str]) -> Generator[Configure]:
    """`configure(level, style, *secrets)` configures logging and returns what gives the lines written since."""
    names = [None, *logging.root.manager.loggerDict]
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    handlers = list(logging.root.handlers)

    def configured(level: str = "info", style: str = "text", *secrets: str) -> Lines:
        configure_logging(level, style, secrets)

        def written() -> list[str]:
            return capsys.readouterr().err.splitlines()

        return written

    yield configured
    logging.root.handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)
    for name in set(logging.root.manager.loggerDict) - set(names):
        logging.getLogger(name).setLevel(logging.NOTSET)


def fail(error: Exception) -> None:
    raise error


# what a line has ----------------------------------------------------------------------------------------------


def test_a_line_of_text_has_its_time_its_level_and_its_figures(configure: Configure) -> None:
    lines = configure()
    LogObserver().notice(ENDED)
    (line,) = lines()
    time, level, rest = line.split(" ", 2)
    assert time[10] == "T"
    assert level == "INFO"
    assert rest == (
        "footnote: answer ended platform=slack turn=7 state=delivered failure= seconds=12.346 final_lag=0.25 pages=2 "
        "characters=1800 usage_input_tokens=100 usage_output_tokens=50 usage_cost=0.01"
    )


def test_a_line_of_json_has_the_same_as_fields(configure: Configure) -> None:
    lines = configure("info", "json")
    LogObserver().notice(ENDED)
    (line,) = lines()
    entry = json.loads(line)
    assert entry["time"][10] == "T"
    assert (entry["level"], entry["logger"], entry["message"]) == ("info", "footnote", "answer ended")
    assert (entry["turn"], entry["state"], entry["seconds"], entry["usage_cost"]) == (7, "delivered", 12.346, 0.01)


def test_a_message_with_line_ends_stays_one_line_of_json(configure: Configure) -> None:
    lines = configure("info", "json")
    logging.getLogger(SOMEBODY).warning("one\ntwo: %s", "three\nfour")
    (line,) = lines()
    assert json.loads(line)["message"] == "one\ntwo: three\nfour"


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_failure_that_nobody_foresaw_leaves_its_traceback(configure: Configure, style: str) -> None:
    lines = configure("info", style)
    try:
        fail(ZeroDivisionError("by nobody"))
    except ZeroDivisionError as error:
        LogObserver().notice(Unexpected("answer", error))
    written = "\n".join(lines())
    assert "unexpected failure in answer" in written
    assert "ZeroDivisionError: by nobody" in written
    assert "test_logs.py" in written


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (ENDED, "INFO"),
        (AnswerEnded("slack", 7, TurnState.FAILED, "EngineBusy", 1.0, 0.1, 1, 10, Usage()), "WARNING"),
        (WriteEnded("slack", "growth", "landed", 0.1, 100), "DEBUG"),
        (WriteEnded("slack", "final", "Throttled", 0.1, 100), "WARNING"),
        (LaneClosed("slack", ("slack:edit:T1",), 30.0), "WARNING"),
        (StoreFailed("finish", "locked"), "WARNING"),
        (QuestionTaken("slack", 7, 0), "DEBUG"),
        (QuestionKnown("slack"), "DEBUG"),
        (FirstTextShown("slack", 7, 0.3), "DEBUG"),
        (WriteSkipped("slack"), "DEBUG"),
        ("no fact at all", "DEBUG"),
        (AnswerEnded, "DEBUG"),
    ],
)
def test_what_an_operator_has_to_look_at_is_a_warning(configure: Configure, event: object, level: str) -> None:
    lines = configure("debug")
    LogObserver().notice(event)
    (line,) = lines()
    assert line.split()[1] == level


def test_nothing_below_the_level_is_written(configure: Configure) -> None:
    lines = configure("warning")
    observer = LogObserver()
    observer.notice(ENDED)
    observer.notice(WriteSkipped("slack"))
    assert lines() == []


# libraries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", ["debug", "info", "warning", "error"]), ("info", ["warning", "error"]), ("error", ["error"])],
)
def test_chatty_libraries_speak_from_warnings_up_unless_one_debugs(
    configure: Configure, level: str, written: list[str]
) -> None:
    lines = configure(level)
    for name in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger("slack_bolt.App"), name)("said at %s", name)
    assert [line.rsplit(" ", 1)[1] for line in lines()] == written


@pytest.mark.parametrize(("level", "count"), [("debug", 1), ("info", 1), ("error", 0)])
def test_the_parser_of_every_answer_is_silent_even_then(configure: Configure, level: str, count: int) -> None:
    lines = configure(level)
    logging.getLogger("markdown_it.rules_block").debug("entering a block")
    logging.getLogger("markdown_it.rules_block").warning("this matters")
    assert len(lines()) == count


def test_configuring_again_replaces_what_was_before(configure: Configure) -> None:
    configure()
    lines = configure()
    logging.getLogger(SOMEBODY).warning("once")
    assert len(lines()) == 1


# secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("secret", [TOKEN, AWKWARD, "pässwörd-☃", "https://somebody:a-p%40ssword@db.example/x"])
def test_no_secret_is_written_whoever_logs_it(configure: Configure, style: str, secret: str) -> None:
    lines = configure("debug", style, secret)
    log = logging.getLogger(SOMEBODY)
    log.warning("the token is %s", secret)
    log.warning("the settings are %r", {"token": secret})
    log.warning("the body is %s", json.dumps({"token": secret}))
    log.info("the facts", extra={"facts": {"detail": f"refused {secret}", "both": (secret, 1)}})
    written = "\n".join(lines())
    for spelling in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3]):
        assert spelling not in written
    assert written.count("[secret]") >= 5


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_written_in_a_traceback_nor_in_those_before_it(configure: Configure, style: str) -> None:
    lines = configure("info", style, TOKEN)

    try:
        try:
            fail(ValueError(f"the key {TOKEN} is wrong"))
        except ValueError as error:
            raise ExceptionGroup(f"refused {TOKEN}", [RuntimeError(TOKEN)]) from error
    except ExceptionGroup as error:
        LogObserver().notice(Unexpected("answer", error))
        logging.getLogger(SOMEBODY).exception("it said %s", TOKEN)
    written = "\n".join(lines())
    assert TOKEN not in written
    assert written.count("[secret]") >= 7
    assert "the key [secret] is wrong" in written


def test_no_secret_is_written_as_part_of_an_address(configure: Configure) -> None:
    secret = "a/token+with?marks"
    lines = configure("info", "text", secret)
    log = logging.getLogger(SOMEBODY)
    log.warning("GET https://api.example/?token=a%2Ftoken%2Bwith%3Fmarks")
    log.warning("GET https://api.example/a/token%2Bwith%3Fmarks/x")
    assert all("marks" not in line and "[secret]" in line for line in lines())


def test_the_password_of_an_address_is_a_secret_of_its_own(configure: Configure) -> None:
    lines = configure("info", "text", "postgresql://footnote:pass%2Fword@db.example/footnote", "http://[not-an-address")
    logging.getLogger(SOMEBODY).warning("password authentication failed: pass/word, pass%%2Fword")
    logging.getLogger(SOMEBODY).warning("found http://[not-an-address in the settings")
    first, second = lines()
    assert first.endswith("failed: [secret], pass%%2Fword")
    assert second.endswith("found [secret] in the settings")


def test_of_two_secrets_of_which_one_begins_the_other_nothing_is_left(configure: Configure) -> None:
    lines = configure("info", "text", "abcdef", "abcdef-ghijkl")
    logging.getLogger(SOMEBODY).warning("abcdef-ghijkl abcdef")
    assert lines()[0].endswith(": [secret] [secret]")


def test_a_secret_so_short_that_it_stands_in_many_words_is_left(configure: Configure) -> None:
    lines = configure("info", "text", "on", "")
    logging.getLogger(SOMEBODY).warning("connection lost")
    assert lines()[0].endswith("connection lost")


# texts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_word_of_a_question_or_an_answer_is_written(configure: Configure, style: str) -> None:
    script: list[Beat] = [
        0.2,
        SourcesFound((Source("https://example.org/x", "Titulus"),)),
        TextGrew("Responsum [1]."),
        Finished(),
    ]
    world = tell(lambda world: world.ask("Interrogatio?"), script)
    lines = configure("debug", style)
    observer = LogObserver()
    for event in world.notes.events:
        observer.notice(event)
    written = "\n".join(lines())
    assert "answer ended" in written
    assert not any(word in written for word in ("Interrogatio", "Responsum", "Titulus", "example.org"))
