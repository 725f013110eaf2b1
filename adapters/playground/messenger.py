"""Writes on the page: messages are kept in memory and sent to every open browser as HTML."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import msgspec
from markdown_it import MarkdownIt
from typing_extensions import override

from adapters.playground.translate import NAME
from bot.clock import Clock
from bot.errors import MessageGone
from bot.model import Lane, MessageRef, Page, Place, Question, Utterance
from bot.ports import Budget, Messenger, Surroundings

KEPT_MESSAGES = 500


class Shown(msgspec.Struct):
    """This is what a browser gets: a `question`, a `message` as it stands, a `status` line, or a message that is `gone`."""

    kind: str
    thread: str
    id: str = ""
    html: str = ""
    edits: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """This is a text file below a message."""

    name: str
    text: str


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
        self._standing: dict[tuple[str, str], Shown] = {}
        self._files: dict[str, File] = {}
        self._browsers: set[asyncio.Queue[Shown | None]] = set()
        self._began = int(clock.today().timestamp())  # ids must not come again: a page stays open over a restart
        self._count = 0
        self._parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        shown = Shown("message", place.thread, self._next_id(), _html(self._parser, page.body))
        self._keep(shown)
        return MessageRef(place, shown.id)

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        shown = self._standing.get(("message", message.id))
        if shown is None:
            raise MessageGone
        shown.html, shown.edits = _html(self._parser, page.body), shown.edits + 1
        self._tell(shown)

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        shown = Shown("message", message.place.thread, self._next_id())
        shown.html = f'<p><a href="/files/{shown.id}" download>{_escaped(name)}</a></p>'
        self._files[shown.id] = File(name, text)
        self._keep(shown)

    @override
    async def status(self, place: Place, note: str) -> None:
        self._tell(Shown("status", place.thread, html=_escaped(note)))

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        return None  # a post on the page either lands or raises

    def file(self, id: str) -> File | None:  # noqa: A002 - the word of the domain
        """The file in this message; None if there is none, or no longer."""
        return self._files.get(id)

    def asked(self, question: Question) -> None:
        """The reader has asked: browsers that come later show the question too."""
        self._keep(Shown("question", question.place.thread, question.message, _escaped(question.text)))

    def delete(self, id: str) -> MessageRef | None:  # noqa: A002 - the word of the domain
        """The reader has deleted a message; None if there is no such one."""
        shown = self._standing.pop(("message", id), None)
        self._files.pop(id, None)
        if shown is None:
            return None
        self._tell(Shown("gone", shown.thread, shown.id))
        return MessageRef(Place(NAME, "local", "page", shown.thread), shown.id)

    async def watch(self) -> AsyncGenerator[Shown]:
        """Everything that stands on the page, then everything that changes, until `hang_up`."""
        queue: asyncio.Queue[Shown | None] = asyncio.Queue()
        standing = [msgspec.structs.replace(each) for each in self._standing.values()]
        self._browsers.add(queue)
        try:
            for shown in standing:
                yield shown
            while (change := await queue.get()) is not None:
                yield change
        finally:
            self._browsers.discard(queue)

    def hang_up(self) -> None:
        """End what every browser watches."""
        for queue in self._browsers:
            queue.put_nowait(None)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._began:x}-{self._count}"

    def _keep(self, shown: Shown) -> None:
        self._standing[shown.kind, shown.id] = shown
        if len(self._standing) > KEPT_MESSAGES:
            oldest = next(iter(self._standing))
            del self._standing[oldest]
            self._files.pop(oldest[1], None)
        self._tell(shown)

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
