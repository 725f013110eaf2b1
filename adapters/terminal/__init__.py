"""Ask from the command line: the answer grows in the terminal, its sources below.

With output that is not a terminal, the plain Markdown is printed as it comes.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

from rich.console import Console, Group
from rich.live import Live
from rich.markdown import Markdown
from rich.text import Text

from bot import history
from bot.clock import Clock
from bot.errors import EngineFailed
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
    UsageReported,
)
from bot.ports import AnswerEngine
from bot.rendering import wording

EXIT_OK, EXIT_FAILED, EXIT_NO_QUESTION = 0, 1, 2


class _Screen:
    """What stands in the terminal: the growing answer, then what it rests on."""

    def __init__(self) -> None:
        self.text = ""
        self.sources: tuple[Source, ...] = ()
        self.note = wording.SEARCHING
        self.finished = False

    def take(self, event: AnswerEvent) -> str:
        """Fold an event in; return the text that it added."""
        match event:
            case TextGrew(text):
                self.text += text
                return text
            case SourcesFound(sources):
                self.sources = sources
            case Searching(queries):
                self.note = wording.searching(queries)
            case Finished(reason):
                self.finished = True
                self.note = wording.CUT_AT_LIMIT if reason is FinishReason.LENGTH else ""
            case RelatedFound() | UsageReported():
                pass
        return ""

    def lines(self) -> list[str]:
        """The sources, one line each, as plain text."""
        if not self.sources:
            return [wording.NO_SOURCES] if self.text else []
        return [f"[{number}] {each.title or each.url}  {each.url}" for number, each in enumerate(self.sources, 1)]

    def __rich__(self) -> Group:
        parts: list[Markdown | Text] = [Markdown(self.text, hyperlinks=False)] if self.text else []
        if self.note:
            parts.append(Text(self.note, style="italic"))
        if self.finished and self.text:
            parts.append(Text("\n" + "\n".join(self.lines()), style="dim"))
        return Group(*parts)


async def ask(engine: AnswerEngine, question: str, operator: str, clock: Clock) -> int:
    """Answer one question on standard output; 0 for a complete answer, 1 for a failure, 2 for an empty question."""
    if not question.strip():
        print(wording.NOTHING_ASKED, file=sys.stderr)  # noqa: T201 - a command line prints
        return EXIT_NO_QUESTION
    prompt = Prompt(question.strip(), instructions=history.instructions(clock.today(), operator))
    try:
        async with aclosing(engine.answer(prompt)) as events:
            return await (_show(events) if sys.stdout.isatty() else _print(events))
    except EngineFailed as error:
        print(f"\n{wording.failure(error)}", file=sys.stderr)  # noqa: T201 - a command line prints
        return EXIT_FAILED


async def _show(events: AsyncGenerator[AnswerEvent]) -> int:
    screen = _Screen()
    with Live(screen, console=Console(), refresh_per_second=12, vertical_overflow="visible"):
        async for event in events:
            screen.take(event)
    return EXIT_OK if screen.finished else EXIT_FAILED


async def _print(events: AsyncGenerator[AnswerEvent]) -> int:
    screen, out = _Screen(), sys.stdout
    async for event in events:
        out.write(screen.take(event))
        out.flush()
    out.write("\n\n" + "\n".join(screen.lines()) + "\n")
    return EXIT_OK if screen.finished else EXIT_FAILED
