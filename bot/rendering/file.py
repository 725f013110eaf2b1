"""What does not fit into messages, as a Markdown file: the blocks of the pages that are not shown, and the ending. Pure.

A file is read as it is written: citations stay numbers, and nothing is put between characters. Links are only to known addresses.
"""

from collections.abc import Collection, Iterable

from typing_extensions import override

from bot.model import Source
from bot.rendering.blocks import Block, Heading, Paragraph, merged
from bot.rendering.dialect import Linkable
from bot.rendering.footer import Ending, Footer
from bot.rendering.inline import Span
from bot.rendering.spelling import MarkdownDialect, gap

NAME = "answer.md"

_LONGEST = 100_000_000


class FileDialect(MarkdownDialect):
    """This is Markdown that is read as it is written."""

    def __init__(self) -> None:
        super().__init__(_LONGEST)

    @override
    def marker(self, number: int, then: Span | None, linkable: Linkable) -> str:
        return super().marker(number, then, Linkable())

    @override
    def defused(self, text: str) -> str:
        return text


def written(
    blocks: Iterable[Block], linkable: Linkable, ending: Ending, sources: tuple[Source, ...], cited: Collection[int]
) -> str:
    """These blocks with the ending under them; what pages have cut is put together again."""
    dialect = FileDialect()
    parts: list[str] = []
    before: Block | None = None
    for block in _whole(blocks):
        text = dialect.spell(block, linkable)
        if text and before is not None:
            parts.append(_between(before, block))
        if text:
            parts.append(text)
            before = block
    footer = Footer.under("", dialect, ending, sources, cited).attached
    return ("".join(parts) + footer).strip() + "\n"


def _whole(blocks: Iterable[Block]) -> list[Block]:
    whole: list[Block] = []
    for block in blocks:
        together = merged(whole[-1], block) if whole else None
        if together is None:
            whole.append(block)
        else:
            whole[-1] = together
    return whole


def _between(before: Block, block: Block) -> str:
    goes_on = block.continued and isinstance(before.content, Paragraph | Heading)
    return "\n" if goes_on and isinstance(block.content, Paragraph) else gap(before, block)
