"""Ask from the command line: the answer grows in the terminal, its sources below.

With output that is not a terminal, the plain Markdown is printed as it comes. What the engine says never reaches a terminal
raw: no control character, no escape sequence, no thought. What stands on the screen is in `screen.py`.
"""

import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from rich.console import Console
from rich.live import Live

from adapters.terminal.screen import Screen
from bot import history
from bot.clock import Clock
from bot.errors import EngineFailed
from bot.model import AnswerEvent, Prompt
from bot.ports import AnswerEngine
from bot.rendering import wording

__all__ = ["EXIT_FAILED", "EXIT_NO_QUESTION", "EXIT_OK", "ask"]

EXIT_OK, EXIT_FAILED, EXIT_NO_QUESTION = 0, 1, 2
REFRESHES_PER_SECOND = 12


async def ask(engine: AnswerEngine, question: str, operator: str, clock: Clock) -> int:
    """Answer one question on standard output; 0 for an answer, 1 for a failure, 2 for an empty question.

    An answer that was cut at the engine's length limit says so and counts as an answer.
    """
    if not question.strip():
        _complain(wording.NOTHING_ASKED)
        return EXIT_NO_QUESTION
    prompt = Prompt(question.strip(), instructions=history.instructions(clock.today(), operator))
    try:
        async with aclosing(engine.answer(prompt)) as events:
            complaint = await (_show(events) if sys.stdout.isatty() else _print(events))
    except BrokenPipeError:
        _let_go_of_output()
        return EXIT_FAILED
    if complaint:
        _complain(complaint)
    return EXIT_FAILED if complaint else EXIT_OK


async def _show(events: AsyncGenerator[AnswerEvent]) -> str:
    """Let the answer grow in the terminal; return what went wrong, "" for nothing."""
    screen = Screen()
    # What does not fit is left out by the screen itself: lines that have scrolled away could not be drawn again.
    with Live(screen, console=Console(), refresh_per_second=REFRESHES_PER_SECOND, vertical_overflow="visible"):
        failure = await _read(events, screen)
        screen.end()
    return failure or screen.complaint


async def _print(events: AsyncGenerator[AnswerEvent]) -> str:
    """Print the answer as it comes; return what went wrong, "" for nothing."""
    screen, out = Screen(), sys.stdout

    def grew() -> None:
        out.write(screen.news())
        out.flush()

    failure = await _read(events, screen, grew)
    screen.end()
    lines = screen.footer()
    out.write(screen.news() + ("\n\n" + "\n".join(lines) + "\n" if lines else ""))
    out.flush()
    return failure or screen.complaint


async def _read(events: AsyncGenerator[AnswerEvent], screen: Screen, grew: Callable[[], None] = lambda: None) -> str:
    """Read the engine to its end; its failure comes back as a sentence."""
    try:
        async for event in events:
            screen.take(event)
            grew()
    except EngineFailed as error:
        return wording.failure(error)
    return ""


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201 - a command line prints


def _let_go_of_output() -> None:
    """Nobody reads any more (`| head`): give the interpreter something that it can flush at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
