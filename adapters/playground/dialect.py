"""How the page wants its Markdown: as it is. Pure; the messenger turns it into HTML."""

from bot.rendering.spelling import MarkdownDialect


class PlaygroundDialect(MarkdownDialect):
    """This is standard Markdown."""
