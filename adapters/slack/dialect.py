"""How Slack wants its Markdown: the text of a `markdown` block, in which nothing can call anybody. Pure.

https://docs.slack.dev/reference/block-kit/blocks/markdown-block (standard Markdown, tables, 12,000 characters). That control
sequences such as `<!channel>` are harmless in there is documented nowhere, so none is left in one piece.
"""

import re

from typing_extensions import override

from bot.rendering.sanitation import ZERO_WIDTH
from bot.rendering.spelling import MarkdownDialect

LIMIT = 12_000
"""Characters of all `markdown` blocks of a message together."""

_CONTROL = re.compile(r"(<|&(?:lt|LT|#0*60|#[xX]0*3[cC]);?)(?=\\?[!@#])")
_CHANNEL_MENTION = re.compile(r"@(?=(?:everyone|here|channel|group)\b)", re.IGNORECASE)


class SlackDialect(MarkdownDialect):
    """This is Markdown for a `markdown` block."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)

    @override
    def measure(self, body: str) -> int:
        """UTF-16 units: Slack does not say what a character is, and this counts an emoji the dearer way."""
        return len(body) if body.isascii() else len(body.encode("utf-16-le", "replace")) // 2

    @override
    def defused(self, text: str) -> str:
        text = _CONTROL.sub(rf"\1{ZERO_WIDTH}", text)
        return _CHANNEL_MENTION.sub("@" + ZERO_WIDTH, text)

    @override
    def link(self, label: str, url: str) -> str:
        """Slack ends a label at `|`, `<`, `>` and line breaks."""
        return super().link(re.sub(r"\\?[<>|]|&[lg]t;", " ", label), url)

    @override
    def address(self, url: str) -> str:
        return self.link(self.escaped(url.replace("%28", "(").replace("%29", ")")), url)
