"""The full-text index: SQLite FTS5 in memory, filled from a folder and kept up to date with it.

Blocking; the engine calls it in a thread. Safe to call from several threads: one call at a time has the index.
"""

import contextlib
import math
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.documents.folder import PLAIN, FoundFile, UnreadableDocument, find_files, read_document
from adapters.documents.passages import DocumentPage, read_markdown, read_text
from adapters.documents.words import asked_words, words_of

_SCHEMA = """
    CREATE TABLE page (id INTEGER PRIMARY KEY, name TEXT UNIQUE, title TEXT, url TEXT);
    CREATE TABLE passage (
        id INTEGER PRIMARY KEY, page INTEGER REFERENCES page, headings TEXT, heading_words INTEGER, markdown TEXT
    );
    CREATE INDEX passage_page ON passage (page);
    CREATE VIRTUAL TABLE word USING fts5(
        path, heading, body,
        tokenize = "porter unicode61 remove_diacritics 0 categories 'L* N* M* Co' tokenchars '_'"
    );
"""
_PATH, _HEADING, _BODY = 2.0, 5.0, 1.0  # how much more a word says in a title or heading than in the text
_SAME = 2.0  # how much more a passage is worth whose heading is the question
_BEGINNING = 1.3  # how much more the beginning of a page is worth
_MOST_ROWS = 400  # of one word; those below in its ranking do not decide anything
_CANDIDATES = 60
_SHORTEST_PREFIX = 4
_LEVELS = "\x1f"


@dataclass(frozen=True, slots=True)
class Hit:
    """This is a passage that was found: where it is, what it says, and its rank (more is better).

    `fit` is the share of the question's words that it has, from 0 to 1.
    """

    name: str
    title: str
    url: str
    headings: tuple[str, ...]
    markdown: str
    score: float
    fit: float


@dataclass(frozen=True, slots=True)
class Changes:
    """This is what a look at the folder brought: pages known now, read anew, gone, and files skipped with the reason."""

    pages: int
    read: int
    gone: int
    skipped: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Tally:
    """This is what the words of a question have found in one passage, each by its weight."""

    relevance: float = 0.0
    covered: float = 0.0
    headed: float = 0.0
    heading_words: int = 0


class DocumentIndex:
    """This is the searchable content of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._stamps: dict[str, tuple[int, int, int]] = {}
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the memory back; nothing can be found afterwards."""
        with self._lock:
            self._database.close()

    def refresh(self) -> Changes | None:
        """Look at the folder and read what has changed; None if nothing has."""
        with self._lock:
            found = {file.name: file for file in find_files(self._folder)}
            fresh = [file for file in found.values() if self._stamps.get(file.name) != file.stamp]
            gone = [name for name in self._stamps if name not in found]
            if not fresh and not gone:
                return None
            skipped = self._take_over(fresh, gone)
            self._stamps = {name: file.stamp for name, file in found.items()}
            (pages,) = self._database.execute("SELECT count(*) FROM page").fetchone()
            return Changes(pages, len(fresh) - len(skipped), len(gone), tuple(skipped))

    def search(self, words: Mapping[str, float], limit: int) -> list[Hit]:
        """The passages that fit best; each word has a weight, and passages with more of the words come first."""
        with self._lock:
            tallies: defaultdict[int, _Tally] = defaultdict(_Tally)
            for word, weight in words.items():
                for passage, relevance in self._relevance(word):
                    tallies[passage].relevance += weight * relevance
                    tallies[passage].covered += weight
                for passage in self._headed(word):
                    tallies[passage].headed += weight
                    tallies[passage].heading_words += 1
            whole = sum(words.values()) or 1.0
            likely = sorted(tallies, key=lambda passage: -tallies[passage].relevance * tallies[passage].covered)
            hits = [self._hit(passage, tallies[passage], whole) for passage in likely[:_CANDIDATES]]
            return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def knows(self, words: Sequence[str]) -> bool:
        """Whether any page has any of the words."""
        with self._lock:
            return any(self._relevance(word) for word in words)

    def titles(self, limit: int) -> tuple[str, ...]:
        """The titles of the first pages."""
        with self._lock:
            rows = self._database.execute("SELECT title FROM page ORDER BY name LIMIT ?", (limit,))
            return tuple(title for (title,) in rows)

    def _take_over(self, fresh: Sequence[FoundFile], gone: Sequence[str]) -> list[tuple[str, str]]:
        skipped: list[tuple[str, str]] = []
        pages: list[tuple[str, DocumentPage]] = []
        for file in fresh:
            try:
                pages.append((file.name, _read(file)))
            except UnreadableDocument as error:
                skipped.append((file.name, str(error)))
        with self._transaction():
            for name in [*gone, *(file.name for file in fresh)]:
                self._remove(name)
            for name, page in pages:
                self._add(name, page)
        return skipped

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _remove(self, name: str) -> None:
        row = self._database.execute("SELECT id FROM page WHERE name = ?", (name,)).fetchone()
        if row is not None:
            self._database.execute("DELETE FROM word WHERE rowid IN (SELECT id FROM passage WHERE page = ?)", row)
            self._database.execute("DELETE FROM passage WHERE page = ?", row)
            self._database.execute("DELETE FROM page WHERE id = ?", row)

    def _add(self, name: str, page: DocumentPage) -> None:
        cursor = self._database.execute(
            "INSERT INTO page (name, title, url) VALUES (?, ?, ?)", (name, page.title, page.url)
        )
        for position, passage in enumerate(page.passages):
            *path, heading = (page.title, *passage.headings)
            if position == 0:
                heading = " ".join((*path, heading))  # who asks for a page by its title is shown how it begins
            passage_id = self._database.execute(
                "INSERT INTO passage (page, headings, heading_words, markdown) VALUES (?, ?, ?, ?)",
                (cursor.lastrowid, _LEVELS.join(passage.headings), _count(heading), passage.markdown),
            ).lastrowid
            self._database.execute(
                "INSERT INTO word (rowid, path, heading, body) VALUES (?, ?, ?, ?)",
                (passage_id, *map(_spread, (" ".join(path), heading, passage.markdown))),
            )

    def _relevance(self, word: str) -> list[tuple[int, float]]:
        return self._matches(self._query(word))

    def _headed(self, word: str) -> list[int]:
        query = f"heading : {self._query(word)}"
        rows = self._database.execute("SELECT rowid FROM word WHERE word MATCH ? LIMIT ?", (query, _MOST_ROWS))
        return [passage for (passage,) in rows]

    def _query(self, word: str) -> str:
        # Words are quoted, so nothing in a question is search syntax. The end of a word is free only where the word as
        # it stands is on no page.
        exact = f'"{word}"'
        short = len(word) < _SHORTEST_PREFIX and word.isascii()
        return exact if short or self._count(exact) else f"{exact}*"

    def _count(self, query: str) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM word WHERE word MATCH ?", (query,)).fetchone()
        return count

    def _matches(self, query: str) -> list[tuple[int, float]]:
        count = self._count(query)
        if not count:
            return []
        (total,) = self._database.execute("SELECT count(*) FROM passage").fetchone()
        rows = self._database.execute(
            "SELECT rowid, -bm25(word, ?, ?, ?) FROM word WHERE word MATCH ? ORDER BY 2 DESC LIMIT ?",
            (_PATH, _HEADING, _BODY, query, _MOST_ROWS),
        )
        rarity = _rarity(count, total)
        return [(passage, found * rarity) for passage, found in rows]

    def _hit(self, passage: int, tally: _Tally, whole: float) -> Hit:
        name, title, url, headings, heading_words, markdown = self._database.execute(
            "SELECT name, title, url, headings, heading_words, markdown FROM passage JOIN page ON page.id = page "
            "WHERE passage.id = ?",
            (passage,),
        ).fetchone()
        path = tuple(headings.split(_LEVELS)) if headings else ()
        fit = tally.covered / whole
        same = _agreement(tally.headed / whole, tally.heading_words / max(heading_words, 1))
        score = tally.relevance * fit * (1.0 + _SAME * same) * (1.0 if path else _BEGINNING)
        return Hit(name, title, url, path, markdown, score, fit)


def _agreement(of_question: float, of_heading: float) -> float:
    """How much two texts say the same, from the shares of their words that both have: the harmonic mean."""
    both = of_question + of_heading
    return 2.0 * of_question * min(of_heading, 1.0) / both if both else 0.0


def _count(text: str) -> int:
    return sum(len(word.forms) for word in asked_words(text))


def _rarity(count: int, total: int) -> float:
    """What turns SQLite's measure of how rare a word is into one that stays useful in a small folder.

    FTS5 counts a word that half of the passages have as worth nothing, https://www.sqlite.org/fts5.html#the_bm25_function .
    """
    theirs = max(math.log((total - count + 0.5) / (count + 0.5)), 1e-6)
    return math.log(1.0 + (total - count + 0.5) / (count + 0.5)) / theirs


def _spread(text: str) -> str:
    return " ".join(words_of(text))


def _read(file: FoundFile) -> DocumentPage:
    name = file.path.stem.replace("_", " ").replace("-", " ").strip()
    text = read_document(file.path)
    return read_text(text, name) if file.path.suffix.lower() in PLAIN else read_markdown(text, name)
