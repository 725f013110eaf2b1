"""How Discord spells Markdown: no tables, no small headings, no pictures, no rules, masked links that show no card. Pure.

https://support.discord.com/hc/en-us/articles/210298617 lists what Discord renders. Lengths are Unicode code points
(https://github.com/discord/discord-api-docs/issues/1315).
"""

import re

from typing_extensions import override

from adapters.discord.tables import aligned
from bot.model import Source
from bot.rendering.blocks import Block, CodeBlock, Item, Paragraph, Rule, Table, squared
from bot.rendering.dialect import Linkable
from bot.rendering.emphasis import Style
from bot.rendering.inline import Span, plain, scan
from bot.rendering.links import source_url
from bot.rendering.sanitation import ZERO_WIDTH, one_line
from bot.rendering.spelling import MarkdownDialect, bracketed, contained

LIMIT = 2000
"""Characters of a message."""

_HEADINGS = 3
_MENTION = re.compile(r"@(?=everyone|here)|<(?=@[!&]?\d|#\d|a?:\w+:\d|t:-?\d|/[\w -]+:\d|id:\w)", re.IGNORECASE)
_SPOILER = re.compile(r"\|\|")
_SUBTEXT = re.compile(r"(?m)^([ \t]*)(-#(?=\s)|>>>)")
_EMOJI = re.compile(
    r"[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.\-]*:/\\?/)|www\.", re.IGNORECASE)
_TASK = re.compile(r"^\[([ xX])\](?=\s)")


class DiscordDialect(MarkdownDialect):
    """This is the Markdown of a Discord message."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)

    @override
    def spell(self, block: Block, linkable: Linkable) -> str:
        text = self.content(block, linkable)
        if not text:
            return ""
        path = block.path
        if isinstance(block.content, CodeBlock) or text.startswith("```"):
            # Discord would show the indentation of a list inside the code.
            path = tuple(each for each in path if not isinstance(each, Item))
        return contained(text, path, block.opens)

    @override
    def footnote(self, label: str, source: Source, title_length: int) -> str:
        return f"-# {label} {self.reference(source, title_length)}"

    @override
    def small(self, text: str) -> str:
        return f"-# {self.text(one_line(text))}"

    # blocks -------------------------------------------------------------------------------------------------

    @override
    def content(self, block: Block, linkable: Linkable) -> str:
        match block.content:
            case Rule():
                return ""
            case Paragraph(text) if block.opens and (task := _TASK.match(text)):
                mark = "☐" if task[1] == " " else "☑"
                return f"{mark}{self.line(text[3:], linkable, growing=block.growing).rjust(1)}"
            case _:
                return super().content(block, linkable)

    @override
    def line(self, text: str, linkable: Linkable, *, growing: bool = False) -> str:
        return _SUBTEXT.sub(r"\1\\\2", super().line(text, linkable, growing=growing))

    @override
    def heading(self, level: int, text: str, linkable: Linkable, *, growing: bool) -> str:
        if level <= _HEADINGS:
            return super().heading(level, text, linkable, growing=growing)
        spelled = self.single(text, linkable, Style.STRONG, growing=growing)
        return f"**{spelled}**" if spelled else ""

    @override
    def fenced(self, text: str, language: str = "") -> str:
        """Discord ends a block at the first three backticks, whatever began it."""
        return super().fenced(re.sub(r"`(?=`)", "`" + ZERO_WIDTH, text) or " ", language)

    @override
    def table(self, table: Table, linkable: Linkable, *, growing: bool) -> str:
        table = squared(table)
        rows = [[self._cell(cell, growing) for cell in row] for row in (table.header, *table.rows)]
        drawn = aligned(rows, table.aligns)
        return self.fenced(drawn) if drawn is not None else self._bullets(table, linkable, growing=growing)

    def _cell(self, cell: str, growing: bool) -> str:
        return one_line(plain(scan(cell, growing=growing).spans))

    def _bullets(self, table: Table, linkable: Linkable, *, growing: bool) -> str:
        """A table too wide to be drawn: each row as a point, its other cells with their names below."""
        names = [self.single(cell, linkable) for cell in table.header]
        lines: list[str] = []
        for row in table.rows:
            first = self.single(row[0], linkable, Style.STRONG, growing=growing)
            lines.append(f"- **{first}**" if first else "-")
            for name, cell in zip(names[1:], row[1:], strict=True):
                if spelled := self.single(cell, linkable, growing=growing):
                    lines.append(f"  - {name}: {spelled}" if name else f"  - {spelled}")
        return "\n".join(lines)

    # spans --------------------------------------------------------------------------------------------------

    @override
    def marker(self, number: int, then: Span | None, linkable: Linkable) -> str:
        url = source_url(number, linkable)
        if url is not None and len(url) <= self.limit // 10:
            return f"[[{number}]](<{url}>)"
        return super().marker(number, then, Linkable())

    @override
    def link(self, label: str, url: str) -> str:
        """Discord shows a masked link raw if its label looks like an address or holds an emoji."""
        label = " ".join(_SCHEME.sub("", _EMOJI.sub("", label)).split())
        return f"[{bracketed(label)}](<{url}>)" if label else self.address(url)

    @override
    def escaped(self, text: str) -> str:
        return _SPOILER.sub(r"\\|\\|", super().escaped(text)).replace("&amp;", "&")

    @override
    def defused(self, text: str) -> str:
        return _MENTION.sub(lambda found: found[0] + ZERO_WIDTH, text)
