"""Where a block may be cut in two, and what the two halves are. Pure.

A position is a number of characters of the text, or of rows of a table. Whether a place is fit for a cut is judged by what
stands before it alone, so that the answer does not change when more text comes.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest

from bot.rendering.blocks import Block, CodeBlock, Content, Heading, Paragraph, Rule, Table
from bot.rendering.draft import ends_clean
from bot.rendering.inline import scan

_CLOSERS = r"[\"'»”’)\]*_~`]*(?:\[\d{1,3}\])*[\"'»”’)*_~]*"
_SENTENCE = re.compile(
    rf"[.!?…:;]{_CLOSERS}(?=\s)"
    r"|[。！？｡]+[”’」』）】\"'*_]*(?:\[\d{1,3}\])*(?=[^\[\s”’」』）】\"'*_。！？｡]|\s)"
    r"|(?=\n)"
)
_WIDE = (
    r"\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u31f0-\u9fff\ua960-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
_NO_START = r"、。，．：；？！）」』】〉》〕］｝”’ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_NO_END = r"（「『【〈《〔［｛“‘"
_WORD_END = re.compile(
    rf"(?<=\S)(?=\s)|(?<=[{_WIDE}])(?<![{_NO_END}])(?=[^\s{_NO_START}])|(?<=[^\s{_NO_END}])(?=[{_WIDE}])(?![{_NO_START}])"
)
_LINE_END = re.compile(r"(?=\n)")
_GLUE = re.compile(
    r"[\u0300-\u036f\u200d\u20d0-\u20ff\ufe00-\ufe0f\u0900-\u0903\u093a-\u094f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)

_TRIES = 80
"""So many places are tried, from the last one back, before a cut inside code or a link is taken."""

Fits = Callable[[Block], bool]


def units(content: Content) -> Sequence[int]:
    """Good places: after a sentence, a line, a row."""
    match content:
        case Paragraph(text):
            return [at for match in _SENTENCE.finditer(text) if (at := match.end()) > 0]
        case CodeBlock(text):
            return [match.start() for match in _LINE_END.finditer(text) if match.start() > 0]
        case Table(_, _, rows):
            return range(1, len(rows))
        case Heading() | Rule():
            return ()


def words(content: Content) -> Sequence[int]:
    """Tolerable places: between words."""
    match content:
        case Paragraph(text) | Heading(_, text) | CodeBlock(text):
            return [match.start() for match in _WORD_END.finditer(text) if match.start() > 0]
        case Table() | Rule():
            return ()


def characters(content: Content) -> Sequence[int]:
    """Places for a word that is longer than a page."""
    match content:
        case Paragraph(text) | Heading(_, text) | CodeBlock(text):
            return range(1, len(text))
        case Table() | Rule():
            return ()


def furthest(block: Block, places: Sequence[int], fits: Fits, *, anywhere: bool = False) -> int:
    """The last of these places up to which the block fits, 0 if there is none. `anywhere`: even inside code or a link."""
    count = len(places)
    if count and not fits(head(block, places[-1])):
        count = bisect_right(places, 0, key=lambda at: 0 if fits(head(block, at)) else 1)
    for at in reversed(places[max(0, count - _TRIES) : count]):
        if _is_seam(block.content, at, anywhere=anywhere):
            return at
    return 0


def head(block: Block, at: int) -> Block:
    """What stands before the cut, as if it ended there."""
    match block.content:
        case Paragraph(text):
            content = Paragraph(text[:at].rstrip())
        case Heading(level, text):
            content = Heading(level, text[:at].rstrip())
        case CodeBlock(text, language):
            content = CodeBlock(text[:at], language)
        case Table(header, aligns, rows):
            content = Table(header, aligns, rows[:at])
        case Rule():
            content = block.content
    return replace(block, content=content, growing=True)


def rest(block: Block, at: int) -> Block:
    """What stands after the cut: styles that were on go on, code is code again, a table has its header again."""
    match block.content:
        case Paragraph(text) | Heading(_, text):
            content = Paragraph(reopened(text, at) + text[at:].lstrip())
        case CodeBlock(text, language):
            content = CodeBlock(text[at:].removeprefix("\n"), language)
        case Table(header, aligns, rows):
            content = Table(header, aligns, rows[at:])
        case Rule():
            content = block.content
    return replace(block, content=content, opens=0, tight=False, continued=True)


def reopened(text: str, at: int) -> str:
    """The marks that are open at this place."""
    return "".join(scan(text[:at].rstrip(), growing=True).open_marks)


def spread(table: Table) -> list[Paragraph]:
    """The first row of a table that is too long for any page, as paragraphs; the header alone if there is no row."""
    if not table.rows:
        return [Paragraph(name) for name in table.header if name]
    return [
        Paragraph(f"{name}: {cell}" if name else cell)
        for name, cell in zip_longest(table.header, table.rows[0], fillvalue="")
        if cell
    ]


def _is_seam(content: Content, at: int, *, anywhere: bool) -> bool:
    match content:
        case Paragraph(text) | Heading(_, text):
            if _GLUE.match(text, at) or text[at - 1] == "\u200d":
                return False
            return anywhere or (ends_clean(text[:at].rstrip()) and not scan(text[:at], growing=True).inside)
        case CodeBlock(text):
            return not _GLUE.match(text, at)
        case Table() | Rule():
            return True
