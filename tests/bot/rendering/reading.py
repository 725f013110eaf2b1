"""Reads pages as a chat client would, with another parser than the one that wrote them, and complains about what it sees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.model import Source
from bot.rendering.dialect import Dialect
from bot.rendering.footer import Ending
from bot.rendering.links import web_address
from bot.rendering.pages import Pages

SLACK_PINGS = re.compile(r"<\\?[!@#]|@(?:everyone|here|channel)\b|&(?:lt|#60|#x3c);?[!@#]", re.IGNORECASE)
DISCORD_PINGS = re.compile(r"@(?:everyone|here)\b|<[@#][!&]?\d|<a?:\w+:\d|<t:\d|</\w+:\d|<id:", re.IGNORECASE)

_CLIENT = MarkdownIt("commonmark", {"html": False, "maxNesting": 200}).enable(["table", "strikethrough"])
_ADDRESS = re.compile(r"(?:https?|ftp|slack)://\S*|www\.\w\S*|mailto:\S+", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b\u2060]")
_WORD = re.compile(r"[^\W_]+")
_RAW = re.compile(r"\*\*|__|~~|`|\]\(|^\||\$\$|\\\(|\\\[|^#+ ")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a client makes of a page: all its text, that of it which is neither code nor a link, and where links lead."""

    texts: tuple[str, ...]
    plain: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The words that a reader sees."""
        return [word for text in self.texts for word in _WORD.findall(_INVISIBLE.sub("", text))]

    @property
    def stray_addresses(self) -> list[str]:
        """Addresses outside of code, which a client would link by itself."""
        return [found[0] for text in self.plain for found in _ADDRESS.finditer(text)]

    @property
    def stray_marks(self) -> list[str]:
        """Markdown that a reader would see raw."""
        return [text for text in self.plain if _RAW.search(text)]


def read(body: str) -> Reading:
    """Parse a page as CommonMark with tables."""
    texts: list[str] = []
    plain: list[str] = []
    links: list[str] = []
    depth = 0
    for token in _leaves(_CLIENT.parse(body)):
        match token.type:
            case "text":
                texts.append(token.content)
                plain += [] if depth else [token.content]
            case "code_inline" | "fence" | "code_block":
                texts.append(token.content)
            case "link_open" | "image":
                links.append(str(token.attrs.get("href") or token.attrs.get("src")))
                depth += token.nesting
            case "link_close":
                depth -= 1
            case _:
                pass
    return Reading(tuple(texts), tuple(plain), tuple(links))


def _leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children is not None:
            yield from _leaves(token.children)
        else:
            yield token


@dataclass
class Watch:
    """Somebody who looks at an answer again and again while it grows, and notes what is wrong.

    `tidy`: the answer has no marks that a reader should see, at no moment. `steady`: nothing in it means something else later.
    """

    dialect: Dialect
    pings: re.Pattern[str]
    sources: tuple[Source, ...] = ()
    tidy: bool = False
    steady: bool = True
    problems: list[str] = field(default_factory=list[str])
    _bodies: dict[int, str] = field(default_factory=dict[int, str])
    _words: dict[int, str] = field(default_factory=dict[int, str])
    _sealed: dict[int, str] = field(default_factory=dict[int, str])

    def grow(self, markdown: str, step: int = 1) -> Pages:
        """Let an answer grow by so many characters at a time, and look each time; the sources are known half-way."""
        pages = Pages(self.dialect)
        known = False
        for at in range(0, len(markdown), step):
            if at >= len(markdown) // 2 and not known:
                pages.sources_found(self.sources)
                known = True
                self._words.clear()  # addresses of sources may turn into links of their labels
                self._sealed.clear()
            pages.text_grew(markdown[at : at + step])
            self._look(pages, f"at {at + step}")
        pages.sources_found(self.sources)
        pages.finished(Ending(footer=False))
        self._bodies.clear()
        self._look(pages, "at the end")
        return pages

    def _look(self, pages: Pages, when: str) -> None:
        count = pages.count()
        for number in range(max(0, len(self._sealed) - 1), count):
            page = pages.page(number)
            complain = [*self._judge(page.body), *self._judge_summary(page.summary)]
            if self._bodies.get(number) != page.body:
                self._bodies[number] = page.body
                complain += self._judge_reading(number, page.body, sealed=pages.sealed(number))
            self.problems += [f"page {number} {when}: {each}" for each in complain]

    def _judge(self, body: str) -> Iterator[str]:
        if self.dialect.measure(body) > self.dialect.limit:
            yield f"{self.dialect.measure(body)} is over the limit"
        if not body.strip():
            yield "empty"
        if found := self.pings.search(body):
            yield f"pings by {found[0]!r}"
        if found := _FORBIDDEN.search(body):
            yield f"has the character {found[0]!r}"

    def _judge_summary(self, summary: str) -> Iterator[str]:
        if len(summary) > 150:
            yield "has a long summary"
        if self.pings.search(summary.replace("&", "&amp;")) or "://" in summary:
            yield f"has the summary {summary!r}"

    def _judge_reading(self, number: int, body: str, *, sealed: bool) -> Iterator[str]:
        reading = read(body)
        allowed = {web_address(source.url) for source in self.sources}
        yield from (f"links to {url}" for url in reading.links if url not in allowed)
        yield from (f"shows the address {url}" for url in reading.stray_addresses)
        if self.tidy:
            yield from (f"shows raw marks: {text!r}" for text in reading.stray_marks)
        words = "".join(reading.words)
        before = self._words.get(number, "")
        if self.steady and not words.startswith(before[: len(before) - 1]):
            yield f"moved what was shown: {before[-60:]!r} became {words[-60:]!r}"
        if number in self._sealed and self._sealed[number] != words:
            yield "changed its words after it was sealed"
        self._words[number] = words
        if sealed:
            self._sealed[number] = words
