"""Reads the folder of documents: which files there are, and their text. Nothing outside of the folder is ever read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
PLAIN = frozenset({".txt", ".text"})
MOST_FILES = 10_000
MOST_BYTES = 1_000_000  # of one file; the rest of a longer one is left out


@dataclass(frozen=True, slots=True)
class FoundFile:
    """This is a file of the folder: `name` is its path inside, with slashes; `stamp` changes when its content does."""

    name: str
    path: Path
    stamp: tuple[int, int, int]


class UnreadableDocument(Exception):
    """A file is no text, or cannot be read; the argument says why."""


def find_files(folder: Path) -> list[FoundFile]:
    """The documents of a folder and the folders below, in order of name; hidden ones and links that lead out are left out."""
    root = folder.resolve()
    found: list[FoundFile] = []
    for file in _walk(root, root):
        if len(found) == MOST_FILES:
            break
        found.append(file)
    return sorted(found, key=lambda file: file.name)


def read_document(path: Path) -> str:
    """The text of a file, at most its first million bytes; raise `UnreadableDocument` where there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableDocument(error.strerror or "cannot be read") from error
    return _decoded(raw)


def _walk(root: Path, folder: Path) -> Iterator[FoundFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, Path(entry.path))
        elif (file := _file(root, entry)) is not None:
            yield file


def _file(root: Path, entry: os.DirEntry[str]) -> FoundFile | None:
    path = Path(entry.path)
    if path.suffix.lower() not in MARKDOWN | PLAIN:
        return None
    try:
        if entry.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            return None
        stat = entry.stat()
        if not entry.is_file():
            return None
    except OSError:
        return None
    return FoundFile(path.relative_to(root).as_posix(), path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


def _decoded(raw: bytes) -> str:
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    if len(raw) > MOST_BYTES:
        raw = raw[: raw.rfind(b"\n", 0, MOST_BYTES) + 1 or MOST_BYTES]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument("is not UTF-8 text") from error
    if "\0" in text:
        raise UnreadableDocument("is not a text file")
    return text
