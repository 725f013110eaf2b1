"""What may be said in one message: text, blocks, markdown, and how Slack treats too much of it. Pure.

https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/reference/methods/chat.update.
"""

from dataclasses import dataclass, field

from tests.emulators.slack.rules.blocks import BlockSizes, check_blocks, has_rich_text
from tests.emulators.slack.rules.rejection import Json, Rejected


@dataclass(frozen=True, slots=True)
class Sizes:
    """These are the limits of a message, in characters.

    A posted text longer than `single_text` becomes several messages of `split_text`; beyond `kept_text` it is cut off.
    """

    update_text: int = 4_000
    single_text: int = 4_040
    split_text: int = 4_000
    kept_text: int = 40_000
    markdown_text: int = 12_000
    stream: int = 12_000
    status_loading_items: int = 10
    status_loading_text: int = 50
    blocks: BlockSizes = field(default_factory=BlockSizes)


@dataclass(frozen=True, slots=True)
class Content:
    """This is what a call wants to show; None means that the argument was not given."""

    text: str | None = None
    blocks: list[Json] | None = None
    markdown_text: str | None = None
    attachments: list[Json] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """This is what a message shows: `blocks` where there are any, else `text`."""

    text: str
    blocks: list[Json]


def posted(content: Content, sizes: Sizes) -> list[Shape]:
    """The messages that a post makes, usually one; raises `Rejected`."""
    _check(content, sizes)
    text = (content.text or "")[: sizes.kept_text]
    blocks = _blocks(content)
    if blocks or len(text) <= sizes.single_text:
        return [Shape(text, blocks)]
    return [Shape(text[at : at + sizes.split_text], []) for at in range(0, len(text), sizes.split_text)]


def updated(content: Content, before: Shape, sizes: Sizes, *, streamed: bool) -> Shape:
    """What a message shows after an update; raises `Rejected`.

    Text without blocks removes the blocks; blocks are kept only when neither was given (attachments alone).
    """
    _check(content, sizes)
    if len(content.text or "") > sizes.update_text:
        raise Rejected("msg_too_long")
    blocks = _blocks(content)
    rich_before = streamed or any(block["type"] == "rich_text" for block in before.blocks)
    if blocks and rich_before and not has_rich_text(blocks):
        raise Rejected("block_mismatch")
    if content.text is None and content.blocks is None and content.markdown_text is None:
        blocks = before.blocks
    return Shape(before.text if content.text is None else content.text, blocks)


def marked_as_edited(content: Content) -> bool:
    """Whether readers see "(edited)" after this update: only text without blocks brings the mark."""
    return bool(content.text) and not content.blocks and content.markdown_text is None


def _blocks(content: Content) -> list[Json]:
    if content.markdown_text is not None:
        return [{"type": "markdown", "text": content.markdown_text}]
    return list(content.blocks or [])


def _check(content: Content, sizes: Sizes) -> None:
    if content.markdown_text is not None and (content.text is not None or content.blocks is not None):
        raise Rejected("markdown_text_conflict")
    if len(content.markdown_text or "") > sizes.markdown_text:
        raise Rejected("msg_too_long")
    if not any((content.text or "", content.blocks, content.markdown_text, content.attachments)):
        raise Rejected("no_text")
    check_blocks(content.blocks or [], sizes.blocks)
