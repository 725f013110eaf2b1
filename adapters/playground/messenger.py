"""Writes on the page: messages are kept in memory and sent to every open browser as HTML."""

import asyncio
from collections.abc import AsyncGenerator

import msgspec
from markdown_it import MarkdownIt
from typing_extensions import override

from bot.clock import Clock
from bot.errors import MessageGone
from bot.model import Lane, MessageRef, Page, Place, Question, Utterance
from bot.ports import Budget, Messenger, Surroundings

KEPT_MESSAGES = 500


class Shown(msgspec.Struct):
    """This is what the browser gets: a message as it stands (`html`), a status line, or a message that is gone."""

    kind: str
    thread: str
    id: str = ""
    html: str = ""
    edits: int = 0


class PlaygroundBudget(Budget):
    """Slack's figures, so that the page behaves as a workspace would."""

    @override
    def post(self, place: Place) -> tuple[Lane, ...]:
        return (Lane(f"playground:post:{place.channel}", 4, 4.0),)

    @override
    def edit(self, message: MessageRef) -> tuple[Lane, ...]:
        return (Lane("playground:edit", 50, 60.0),)

    @override
    def status(self, place: Place) -> tuple[Lane, ...]:
        return (Lane("playground:status", 50, 60.0),)


class PlaygroundMessenger(Messenger):
    """This is the page's memory, and the line to the browsers that look at it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: dict[str, Shown] = {}
        self._browsers: set[asyncio.Queue[Shown]] = set()
        self._count = 0
        self._parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        self._count += 1
        shown = Shown("message", place.thread, str(self._count), _html(self._parser, page.body))
        self._messages[shown.id] = shown
        if len(self._messages) > KEPT_MESSAGES:
            del self._messages[next(iter(self._messages))]
        self._tell(shown)
        return MessageRef(place, shown.id)

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        shown = self._messages.get(message.id)
        if shown is None:
            raise MessageGone
        shown.html, shown.edits = _html(self._parser, page.body), shown.edits + 1
        self._tell(shown)

    @override
    async def status(self, place: Place, note: str) -> None:
        self._tell(Shown("status", place.thread, html=_escaped(note)))

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        return None  # a post on the page either lands or raises

    def delete(self, id: str) -> MessageRef | None:  # noqa: A002 - the word of the domain
        """The reader has deleted a message; None if there is no such one."""
        shown = self._messages.pop(id, None)
        if shown is None:
            return None
        self._tell(Shown("gone", shown.thread, shown.id))
        return MessageRef(Place("playground", "local", "page", shown.thread), shown.id)

    async def watch(self) -> AsyncGenerator[Shown]:
        """Everything that stands on the page, then everything that changes."""
        queue: asyncio.Queue[Shown] = asyncio.Queue()
        self._browsers.add(queue)
        try:
            for shown in list(self._messages.values()):
                yield shown
            while True:
                yield await queue.get()
        finally:
            self._browsers.discard(queue)

    def _tell(self, shown: Shown) -> None:
        for queue in self._browsers:
            queue.put_nowait(msgspec.structs.replace(shown))


class NoSurroundings(Surroundings):
    """On the page nobody talks but you and the bot."""

    @override
    async def before(self, question: Question) -> tuple[Utterance, ...]:
        return ()


def _html(parser: MarkdownIt, markdown: str) -> str:
    """Markdown to HTML, with links that open elsewhere and give nothing away."""
    tokens = parser.parse(markdown)
    for each in (child for token in tokens for child in token.children or ()):
        if each.type == "link_open":
            each.attrSet("target", "_blank")
            each.attrSet("rel", "noopener noreferrer nofollow")
    return parser.renderer.render(tokens, parser.options, {})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
