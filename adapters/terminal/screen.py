"""What stands in the terminal: the growing answer, then what it rests on."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.markdown import Markdown
from rich.segment import Segment
from rich.text import Text

from bot.errors import EngineCutOff
from bot.model import (
    AnswerEvent,
    Finished,
    FinishReason,
    RelatedFound,
    Searching,
    Source,
    SourcesFound,
    TextGrew,
    UsageReported,
)
from bot.rendering import wording
from bot.rendering.draft import Draft
from bot.rendering.sanitation import one_line


class Screen:
    """This is one answer as somebody at a terminal sees it."""

    def __init__(self) -> None:
        self._draft = Draft()
        self._sources: tuple[Source, ...] = ()
        self._note = wording.SEARCHING
        self._reason: FinishReason | None = None
        self._over = False

    def take(self, event: AnswerEvent) -> None:
        """Fold an event in."""
        match event:
            case TextGrew(text):
                self._draft.grew(text)
                self._note = wording.WRITING
            case SourcesFound(sources):
                self._sources = sources or self._sources
            case Searching(queries):
                self._note = wording.searching(queries)
            case Finished(reason):
                self._reason = reason
            case RelatedFound() | UsageReported():
                pass

    def end(self) -> None:
        """Nothing more will come."""
        self._draft.finish()
        self._note = wording.CUT_AT_LIMIT if self._reason is FinishReason.LENGTH and self._said else ""
        self._over = True

    def news(self) -> str:
        """The text that has come since the last call."""
        return self._draft.news()

    @property
    def complaint(self) -> str:
        """What is wrong with the answer as such, "" for nothing."""
        if self._reason is None:
            return wording.failure(EngineCutOff())
        return "" if self._said else wording.NOTHING_SAID

    @property
    def _said(self) -> bool:
        return bool(self._draft.text.strip())

    def footer(self) -> list[str]:
        """What stands under an answer: that it was cut, and its sources, one line each."""
        if not self._said:
            return []
        return [*([self._note, ""] if self._note else []), *(self._source_lines() or [wording.NO_SOURCES])]

    def _source_lines(self) -> list[str]:
        lines = [
            f"[{number}] {'  '.join(dict.fromkeys(filter(None, (one_line(each.title), one_line(each.url)))))}"
            for number, each in enumerate(self._sources, 1)
        ]
        return [line for line in lines if not line.endswith("] ")]

    # in a terminal ------------------------------------------------------------------------------------------

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(Group(*self._parts()), options, pad=False)
        if not self._over:
            lines = lines[-max(1, console.height - 1) :]
        for line in lines:
            yield from line
            yield Segment.line()

    def _parts(self) -> Iterator[Markdown | Text]:
        text = self._draft.text
        if text:
            yield Markdown(text, hyperlinks=False)
        if not self._over:
            yield Text(self._note, style="italic")
        elif lines := self.footer():
            yield Text("\n" + "\n".join(lines), style="dim")
