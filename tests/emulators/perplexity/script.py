"""What one emulated answer says and how fast: numbered words, markers, sources. Pure; the wire formats spell it.

The words are numbered (`w1`, `w2`, ...), so that "word i is visible" can be read off whatever a reader sees: `word_numbers`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, cycle, islice
from typing import Literal

from tests.emulators.perplexity.faults import Fault

_PIECE = re.compile(r"\[\d+\]|\.(?=\[\d+\])|\s*(?:(?!\.?\[\d+\])\S)+|\s+")
_MARKER = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """This is one page that the engine claims to have read; `date` and `last_updated` are ISO dates, "" for none."""

    url: str
    title: str
    snippet: str = ""
    date: str = ""
    last_updated: str = "2026-09-25"


def search_results(number: int) -> tuple[SearchResult, ...]:
    """That many different sources, with snippets as wild as real ones: tables, fences, line breaks."""
    return tuple(
        SearchResult(
            url=f"https://source{n}.example/pages/{n}",
            title=f"Source {n}: a page about it",
            snippet=f"|Number|{n}|\n...\n**Page {n}** says so.\n```\nrun {n}\n```",
            date="" if n % 3 == 0 else f"2026-0{n % 9 + 1}-15",
        )
        for n in range(1, number + 1)
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """This is what one delta carries: `word` counts from 1, 0 for markers, marks and white space."""

    text: str
    word: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """This is one answer, written in advance.

    `words` numbered words at `words_per_second` (0: as fast as possible) after `first_word_delay` seconds, a marker every
    `marker_every` words (0: none), `markers_together` at a time. `long` adds headings, lists, code and tables. `text`
    replaces the numbered words; `deltas` replaces them and says where they are cut. `thinking` comes first, as a
    `<think>` block. `related` and `images` go only to those who ask for them. `queries` defaults to the question.
    `fault` is how this answer breaks.
    """

    words: int = 60
    words_per_second: float = 30.0
    first_word_delay: float = 0.8
    marker_every: int = 10
    markers_together: int = 1
    sources: tuple[SearchResult, ...] = search_results(5)
    long: bool = False
    text: str = ""
    deltas: tuple[str, ...] = ()
    thinking: str = ""
    queries: tuple[str, ...] = ()
    related: tuple[str, ...] = ("What else is known?", "Since when?", "Who says so?")
    images: tuple[str, ...] = ("https://source1.example/image.png",)
    finish: Literal["stop", "length"] = "stop"
    fault: Fault | None = None
    prefix: str = "w"

    @property
    def answer(self) -> str:
        """The whole answer in Markdown, without what was thought."""
        return "".join(self.deltas) or self.text or _numbered_text(self)

    @property
    def content(self) -> str:
        """All the text that goes over the wire."""
        return "".join(piece.text for piece in pieces(self))

    @property
    def word_count(self) -> int:
        """How many words the answer has."""
        return max((piece.word for piece in pieces(self)), default=0)

    def due(self, word: int) -> float:
        """Seconds from the request to the moment when this word is said."""
        pace = (word - 1) / self.words_per_second if self.words_per_second else 0.0
        return self.first_word_delay + pace

    def limited(self, tokens: int) -> "Script":
        """The same answer, broken off where its tokens are used up."""
        kept = pieces(self)[:tokens]
        if len(kept) == len(pieces(self)):
            return self
        return replace(self, thinking="", deltas=tuple(piece.text for piece in kept), finish="length")

    def unsearched(self) -> "Script":
        """The same answer, given without looking anything up."""
        return replace(self, sources=(), marker_every=0)


def word_numbers(text: str, prefix: str = "w") -> list[int]:
    """The numbers of all numbered words in any text, in the order of the text."""
    return [int(number) for number in re.findall(rf"\b{prefix}(\d+)\b", text)]


@lru_cache(maxsize=256)
def pieces(script: Script) -> tuple[Piece, ...]:
    """The answer cut into deltas: a marker is one piece, a word is never cut, a tag of thinking is."""
    return (*_thought(script.thinking), *_counted(script.deltas or _PIECE.findall(script.answer), script.prefix))


def _thought(thinking: str) -> Iterator[Piece]:
    if thinking:
        for text in ("<th", "ink>\n", *_PIECE.findall(thinking), "\n</", "think>", "\n\n"):
            yield Piece(text)


def _counted(texts: Iterable[str], prefix: str) -> Iterator[Piece]:
    """Number the pieces that are words: the numbered ones, or any with a letter or digit where none is numbered."""
    texts = list(texts)
    numbered = re.compile(rf"\b{prefix}\d+\b")
    is_numbered = any(numbered.search(text) for text in texts)
    number = count(1)
    for text in texts:
        is_word = numbered.search(text) if is_numbered else re.search(r"\w", _MARKER.sub("", text))
        yield Piece(text, next(number) if is_word else 0)


# Numbered text ----------------------------------------------------------------------------------------------


class _Writer:
    """This is somebody who writes numbered words into paragraphs, lists, code and tables until they run out."""

    def __init__(self, script: Script) -> None:
        self._words = (f"{script.prefix}{number}" for number in range(1, script.words + 1))
        self._markers = cycle(f"[{n}]" for n in range(1, len(script.sources) + 1))
        self._together = script.markers_together if script.marker_every else 0
        self._sentence_length = script.marker_every or 10

    def paragraph(self) -> str:
        return " ".join(islice(iter(self._sentence, ""), 5))

    def heading(self) -> str:
        return self._prefixed("## ", self._take(3))

    def listing(self) -> str:
        return "\n".join(self._prefixed("- ", self._take(6)) for _ in range(3)).rstrip()

    def code(self) -> str:
        lines = "\n".join(" = ".join(self._take(4)) for _ in range(4)).rstrip()
        return f"```python\n{lines}\n```" if lines else ""

    def table(self) -> str:
        rows = [row for row in (self._take(3) for _ in range(4)) if row]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines[:1], "| --- | --- | --- |", *lines[1:]]) if lines else ""

    def _sentence(self) -> str:
        words = self._take(self._sentence_length)
        return f"{' '.join(words)}.{''.join(islice(self._markers, self._together))}" if words else ""

    def _take(self, number: int) -> list[str]:
        return list(islice(self._words, number))

    @staticmethod
    def _prefixed(mark: str, words: list[str]) -> str:
        return f"{mark}{' '.join(words)}" if words else ""


def _numbered_text(script: Script) -> str:
    writer = _Writer(script)
    shapes = [writer.paragraph]
    if script.long:
        shapes = [writer.heading, writer.paragraph, writer.listing, writer.code, writer.paragraph, writer.table]
    blocks = (shape() for shape in cycle(shapes))
    return "\n\n".join(iter(lambda: next(blocks), ""))
