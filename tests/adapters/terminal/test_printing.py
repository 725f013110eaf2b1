"""What comes out where the output is no terminal: plain Markdown, one answer, an exit code."""

import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.terminal import EXIT_FAILED, EXIT_NO_QUESTION, EXIT_OK, ask
from bot.clock import SystemClock
from bot.errors import EngineBusy, EngineCutOff
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    Prompt,
    RelatedFound,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    Usage,
    UsageReported,
)
from tests.adapters.terminal.asking import HOSTILE, SOURCES
from tests.fakes.engine import Beat, FakeEngine

ROOT = Path(__file__).parents[3]
FOOTER = "\n\n[1] Page A  https://example.org/a\n[2] Page B  https://example.org/b\n"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    return capsys


async def answer(*script: Beat, question: str = "How many?") -> int:
    clock = SystemClock()
    return await ask(FakeEngine(clock, [list(script)]), question, "", clock)


async def test_the_text_is_printed_as_it_is_with_its_sources_below(said: pytest.CaptureFixture[str]) -> None:
    code = await answer(Searching(("moons",)), TextGrew("**Two** "), SOURCES, TextGrew("moons [1]."), Finished())
    out, err = said.readouterr()
    assert (code, out, err) == (EXIT_OK, "**Two** moons [1]." + FOOTER, "")


class Looking(FakeEngine):
    """An engine that looks at what was printed before it goes on."""

    output: pytest.CaptureFixture[str]
    seen: list[str]

    @override
    async def answer(self, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
        async for event in super().answer(prompt):
            yield event
            self.seen.append(self.output.readouterr().out)


async def test_it_is_printed_as_it_comes(said: pytest.CaptureFixture[str]) -> None:
    clock = SystemClock()
    engine = Looking(clock, [[TextGrew("one "), TextGrew("two "), SOURCES, TextGrew("three"), Finished()]])
    engine.output, engine.seen = said, []
    await ask(engine, "How many?", "", clock)
    assert engine.seen == ["one ", "two ", "", "three", ""]
    assert said.readouterr().out == FOOTER


async def test_an_answer_without_sources_says_so(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(TextGrew("Two."), Finished()) == EXIT_OK
    assert said.readouterr().out == "Two.\n\nNo sources were found for this answer.\n"


async def test_an_answer_cut_at_its_limit_says_so_and_counts_as_one(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(SOURCES, TextGrew("A long story"), Finished(FinishReason.LENGTH)) == EXIT_OK
    assert said.readouterr().out == (
        "A long story\n\nThe answer stopped at its length limit. Ask me to go on.\n" + FOOTER[1:]
    )


async def test_what_was_said_before_the_engine_failed_is_kept(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(SOURCES, TextGrew("Half of it"), EngineCutOff()) == EXIT_FAILED
    out, err = said.readouterr()
    assert out == "Half of it" + FOOTER
    assert err == "The connection to the answer engine broke, so the answer ends here. Ask again.\n"


async def test_a_failure_before_any_text_is_one_line(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(SOURCES, EngineBusy(3.0)) == EXIT_FAILED
    assert said.readouterr() == ("", "The answer engine has too many questions now. Try again in 3 s.\n")


async def test_an_engine_that_says_nothing_is_a_failure(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(SOURCES, TextGrew(" \n"), Finished(FinishReason.LENGTH)) == EXIT_FAILED
    out, err = said.readouterr()
    assert (out.strip(), err) == ("", "The engine finished without an answer. Try to ask in other words.\n")


async def test_an_engine_that_stops_without_an_end_is_a_failure(said: pytest.CaptureFixture[str]) -> None:
    assert await answer(TextGrew("Half of it")) == EXIT_FAILED
    assert "connection to the answer engine broke" in said.readouterr().err


@pytest.mark.parametrize("question", ["", "  \n"])
async def test_an_empty_question_is_not_asked(said: pytest.CaptureFixture[str], question: str) -> None:
    assert await answer(question=question) == EXIT_NO_QUESTION
    assert said.readouterr() == ("", "Nothing was asked: write the question after the command.\n")


async def test_no_control_character_of_the_engine_is_printed(said: pytest.CaptureFixture[str]) -> None:
    sources = SourcesFound((Source("https://example.org/\x1b[2J", "A \x1b]0;owned\x07 title\nof two lines"),))
    await answer(*[TextGrew(character) for character in HOSTILE], sources, Finished())
    out, _ = said.readouterr()
    assert all(character.isprintable() or character == "\n" for character in out)
    assert "\u202e" not in out
    assert out.splitlines()[-1] == "[1] A ]0;owned title of two lines  https://example.org/[2J"


async def test_a_thought_is_not_printed(said: pytest.CaptureFixture[str]) -> None:
    script = [TextGrew("<thi"), TextGrew("nk>let me see</th"), TextGrew("ink>\n\nTwo."), SOURCES, Finished()]
    await answer(*script)
    assert said.readouterr().out == "Two." + FOOTER


async def test_sources_keep_their_numbers_and_say_nothing_twice(said: pytest.CaptureFixture[str]) -> None:
    sources = (Source("https://example.org/a"), Source(""), Source("", "A book"), Source("https://example.org/d", "D"))
    events = (SourcesFound(sources), SourcesFound(()), RelatedFound(("And now?",)), UsageReported(Usage(1, 2)))
    await answer(TextGrew("Two."), *events, Finished())
    assert said.readouterr().out.splitlines()[2:] == [
        "[1] https://example.org/a",
        "[3] A book",
        "[4] D  https://example.org/d",
    ]


def test_one_who_reads_only_the_first_line_is_no_failure_with_a_traceback() -> None:
    command = f"{sys.executable} -m tests.adapters.terminal.asking endless | head -c 10"
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("word word ", "")
