"""What stands under a finished answer: a mark if it did not end well, the sources it cites, related questions. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.model import Source
from bot.rendering import wording
from bot.rendering.blocks import Block, Paragraph
from bot.rendering.dialect import Dialect, Linkable
from bot.rendering.links import same_page
from bot.rendering.sanitation import one_line

TITLE_LENGTHS = (80, 40, 0)
"""How long titles may be; where the footer does not fit, the next."""

READ_SOURCES = 5
"""So many sources are listed where none is cited."""


@dataclass(frozen=True, slots=True)
class Ending:
    """This is how an answer ended: `mark` is one plain sentence ("" for well), `footer` whether sources are listed."""

    mark: str = ""
    related: tuple[str, ...] = ()
    footer: bool = True


@dataclass(frozen=True, slots=True)
class Footer:
    """This is the end of an answer: text to attach to its last page, or pages (body and summary) of its own."""

    attached: str = ""
    pages: tuple[tuple[str, str], ...] = ()

    @classmethod
    def under(
        cls,
        last: str | None,
        dialect: Dialect,
        ending: Ending,
        sources: tuple[Source, ...],
        cited: Collection[int],
    ) -> "Footer":
        """Lay out the footer under the last page, which is not touched; None where the answer has no text at all."""
        if last is None:
            return _alone(dialect, ending, sources)
        versions = [_lines(dialect, ending, sources, cited, length) for length in TITLE_LENGTHS]
        if not versions[0]:
            return cls()
        for lines in versions:
            attached = _GAP + _BREAK.join(lines)
            if dialect.measure(last + attached) <= dialect.limit:
                return cls(attached)
        return cls(pages=_packed(dialect, versions[0]))


_GAP = "\n\n"
_BREAK = "  \n"  # two spaces: a line break in every Markdown


def _alone(dialect: Dialect, ending: Ending, sources: tuple[Source, ...]) -> Footer:
    """An answer without a word: its mark takes the place of the text."""
    mark = ending.mark or wording.NOTHING_SAID
    body = dialect.spell(Block(Paragraph(mark)), Linkable())
    rest = _lines(dialect, Ending(related=ending.related, footer=ending.footer and bool(sources)), sources, (), 0)
    packed = _packed(dialect, rest)
    if packed and dialect.measure(whole := body + _GAP + packed[0][0]) <= dialect.limit:
        return Footer(pages=((whole, mark), *packed[1:]))
    return Footer(pages=((body, mark), *packed))


def _packed(dialect: Dialect, lines: list[str]) -> tuple[tuple[str, str], ...]:
    """The lines on as few pages as possible."""
    pages: list[str] = []
    for line in lines:
        if pages and dialect.measure(longer := pages[-1] + _BREAK + line) <= dialect.limit:
            pages[-1] = longer
        else:
            pages.append(line)
    return tuple((page, wording.SOURCES) for page in pages)


def _lines(
    dialect: Dialect, ending: Ending, sources: tuple[Source, ...], cited: Collection[int], length: int
) -> list[str]:
    return [*_mark(dialect, ending), *_sources(dialect, ending, sources, cited, length), *_related(dialect, ending)]


def _mark(dialect: Dialect, ending: Ending) -> list[str]:
    return [dialect.small(ending.mark)] if ending.mark else []


def _related(dialect: Dialect, ending: Ending) -> list[str]:
    if not ending.related:
        return []
    return [dialect.small(wording.RELATED), *(dialect.small(f"• {one_line(each)}") for each in ending.related)]


def _sources(
    dialect: Dialect, ending: Ending, sources: tuple[Source, ...], cited: Collection[int], length: int
) -> list[str]:
    if not ending.footer:
        return []
    if not sources:
        return [dialect.small(wording.NO_SOURCES)]
    named = _grouped(sources, [number for number in sorted(cited) if 1 <= number <= len(sources)])
    if not named:
        return _read(dialect, sources, length)
    others = len(_grouped(sources, range(1, len(sources) + 1))) - len(named)
    lines = [dialect.footnote("".join(f"[{n}]" for n in numbers), source, length) for source, numbers in named]
    more = [dialect.small(wording.not_cited(others))] if others else []
    return [dialect.small(wording.SOURCES), *lines, *more]


def _read(dialect: Dialect, sources: tuple[Source, ...], length: int) -> list[str]:
    """Sources that were read but not cited: said so."""
    every = _grouped(sources, range(1, len(sources) + 1))
    lines = [dialect.footnote("•", source, length) for source, _ in every[:READ_SOURCES]]
    rest = len(every) - len(lines)
    more = [dialect.small(wording.more_read(rest))] if rest else []
    return [dialect.small(wording.READ), *lines, *more]


def _grouped(sources: tuple[Source, ...], numbers: Collection[int]) -> list[tuple[Source, list[int]]]:
    """The sources of these numbers, each page once, with all its numbers."""
    groups: dict[str, tuple[Source, list[int]]] = {}
    for number in numbers:
        source = sources[number - 1]
        groups.setdefault(same_page(source.url), (source, []))[1].append(number)
    return list(groups.values())
