"""Cuts a page of Markdown or plain text into passages that can be quoted, each with its path of headings. Pure.

A passage never mixes sections, never cuts a paragraph inside a word and never leaves a code block open. Where a section is
longer than a passage, it is cut between blocks, then between list items, table rows, lines and sentences.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.documents.quoting import fenced, literal, plain, quotable

USUAL = 900  # characters: as much as a reader takes in at a glance
LONGEST_CODE = 2600  # a listing that is cut in two is of no use, so code may be longer than prose
_PARSER = MarkdownIt("commonmark").enable("table").disable("inline")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^(?P<name>[A-Za-z_]+):[ \t]*(?P<value>.*?)[ \t]*$", re.MULTILINE)
_BREAKS = re.compile(r"(?<=[.!?:;])\s+|(?<=[。！？；])|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """This is a piece of a page: `headings` lead to it from the title down, `markdown` can be embedded anywhere."""

    headings: tuple[str, ...]
    markdown: str


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """This is one file as search sees it; `url` is what its front matter says, "" for nothing."""

    title: str
    url: str
    passages: tuple[Passage, ...]


def read_markdown(text: str, name: str) -> DocumentPage:
    """Read a page of Markdown. The title is that of the front matter, else the first heading, else the file's `name`."""
    fields, body = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    environment: dict[str, object] = {}
    tokens = _PARSER.parse(body, environment)
    first = _first_heading(tokens)
    title = plain(fields.get("title", "")) or first or name
    lines = body.split("\n")
    blocks = _blocks(tokens, lines, _references(environment))
    return DocumentPage(title, fields.get("url", ""), tuple(_passages(blocks, title, first)))


def read_text(text: str, name: str) -> DocumentPage:
    """Read a page of plain text: paragraphs, each shown as it is written; the title is the file's `name`."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    blocks = [_Block(piece) for paragraph in paragraphs for piece in _sentences(literal(paragraph).strip())]
    return DocumentPage(name, "", tuple(_passages(blocks, name, "")))


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    markdown: str


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    fields = {field["name"].lower(): field["value"].strip("\"'") for field in _FIELD.finditer(found["fields"])}
    return fields, text[found.end() :]


def _references(environment: Mapping[str, object]) -> dict[str, str]:
    found = cast("dict[str, dict[str, str]]", environment.get("references", {}))
    return {label.lower(): entry["href"] for label, entry in found.items()}


def _first_heading(tokens: Sequence[Token]) -> str:
    for token, inner in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0:
            return plain(inner.content)
    return ""


def _passages(parts: Iterator[_Heading | _Block] | Sequence[_Block], title: str, first: str) -> Iterator[Passage]:
    path: list[_Heading] = []
    gathered: list[str] = []
    for part in parts:
        full = sum(map(len, gathered)) + (len(part.markdown) if isinstance(part, _Block) else 0) > USUAL
        if gathered and (isinstance(part, _Heading) or (full and not gathered[-1].endswith(":"))):
            yield Passage(_below(path, title, first), "\n\n".join(gathered))
            gathered = []
        match part:
            case _Heading():
                path = [*(above for above in path if above.level < part.level), part]
            case _Block():
                gathered.append(part.markdown)
    if gathered:
        yield Passage(_below(path, title, first), "\n\n".join(gathered))


def _below(path: Sequence[_Heading], title: str, first: str) -> tuple[str, ...]:
    names = tuple(heading.text for heading in path)
    return names[1:] if names and names[0] in {title, first} else names


def _blocks(
    tokens: Sequence[Token], lines: Sequence[str], references: Mapping[str, str]
) -> Iterator[_Heading | _Block]:
    for at, token in enumerate(tokens):
        if token.level or token.map is None:
            continue
        if token.type == "heading_open":
            yield _Heading(int(token.tag[1:]), plain(tokens[at + 1].content))
            continue
        for piece in _pieces(tokens, at, lines):
            markdown = quotable(piece, references)
            if markdown.strip():
                yield _Block(markdown)


def _pieces(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[str]:
    token = tokens[at]
    source = _source(token, lines)
    match token.type:
        case "fence" | "code_block":
            yield from _listings(token)
        case "bullet_list_open" | "ordered_list_open" if len(source) > USUAL:
            pieces = (piece for item in _items(tokens, at, lines) for piece in _bundles(item.split("\n"), LONGEST_CODE))
            yield from _bundles(pieces)
        case "table_open" if len(source) > USUAL:
            yield from _tables(source.split("\n"))
        case "paragraph_open" | "html_block":
            yield from _sentences(source)
        case "hr":
            return
        case _:
            yield from _bundles(source.split("\n"), LONGEST_CODE)


def _source(token: Token, lines: Sequence[str]) -> str:
    begin, end = token.map or (0, 0)
    return "\n".join(lines[begin:end]).strip("\n")


def _listings(token: Token) -> Iterator[str]:
    lines = (piece for line in token.content.rstrip("\n").split("\n") for piece in _short(line))
    for piece in _bundles(lines, LONGEST_CODE):
        yield fenced(piece, token.info.strip())


def _items(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[str]:
    for token in tokens[at + 1 :]:
        if token.level == 0:
            return
        if token.type == "list_item_open" and token.level == 1:
            yield _source(token, lines)


def _tables(rows: Sequence[str]) -> Iterator[str]:
    head = "\n".join(rows[:2])
    for body in _bundles(rows[2:]):
        yield f"{head}\n{body}"


def _sentences(paragraph: str) -> Iterator[str]:
    if len(paragraph) <= USUAL:
        yield paragraph
        return
    starts = [0, *(found.end() for found in _BREAKS.finditer(paragraph)), len(paragraph)]
    sentences = (paragraph[begin:end] for begin, end in pairwise(starts))
    yield from _bundles((piece for sentence in sentences for piece in _short(sentence)), joint="")


def _short(sentence: str) -> Iterator[str]:
    while len(sentence) > USUAL:
        cut = sentence.rfind(" ", 1, USUAL) + 1 or USUAL
        yield sentence[:cut]
        sentence = sentence[cut:]
    yield sentence


def _bundles(pieces: Iterator[str] | Sequence[str], size: int = USUAL, joint: str = "\n") -> Iterator[str]:
    bundle: list[str] = []
    for piece in pieces:
        if bundle and sum(map(len, bundle)) + len(piece) > size:
            yield joint.join(bundle)
            bundle = []
        bundle.append(piece)
    if bundle:
        yield joint.join(bundle)
