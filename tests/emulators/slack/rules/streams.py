"""Slack's own streaming: a message that only grows, in one mode, for a limited time. Pure; time is an argument.

https://docs.slack.dev/reference/methods/chat.startStream. How long a stream may live is not documented; in the field it is
about five minutes.
"""

from dataclasses import dataclass, field
from typing import Literal

from tests.emulators.slack.rules.blocks import check_blocks
from tests.emulators.slack.rules.content import Sizes
from tests.emulators.slack.rules.rejection import Json, Rejected

Mode = Literal["markdown_text", "chunks"]
_TASK_STATES = frozenset({"pending", "in_progress", "complete", "error"})


@dataclass(slots=True)
class Stream:
    """This is the open end of a streamed message; `recipient` is the one user who sees it grow, "" in a direct message."""

    started: float
    recipient: str = ""
    mode: Mode | None = None
    characters: int = 0
    closed: bool = False
    blocks: list[Json] = field(default_factory=list[Json])

    def open(self, now: float, lifetime: float) -> bool:
        """Whether it still takes text: not stopped, and not older than `lifetime` seconds."""
        return not self.closed and now < self.started + lifetime

    def grow(self, markdown_text: str | None, chunks: list[Json] | None, sizes: Sizes) -> None:
        """Append; raises `Rejected` and then leaves everything as it was."""
        mode = _mode(markdown_text, chunks)
        if mode is None:
            return
        if self.mode not in {None, mode}:
            raise Rejected("streaming_mode_mismatch")
        added = _as_blocks(markdown_text, chunks, sizes)
        characters = sum(len(block["text"]) for block in added if block["type"] == "markdown")
        if characters > sizes.markdown_text or self.characters + characters > sizes.stream:
            raise Rejected("msg_too_long")
        self.mode = mode
        self.characters += characters
        for block in added:
            self._append(block)

    def _append(self, block: Json) -> None:
        last = self.blocks[-1] if self.blocks else {"type": ""}
        if block["type"] == "markdown" == last["type"]:
            self.blocks[-1] = {"type": "markdown", "text": last["text"] + block["text"]}
        elif block["type"] == "task_card":
            self.blocks = [known for known in self.blocks if known.get("task_id") != block["task_id"]]
            self.blocks.append(block)
        else:
            self.blocks.append(block)


def _mode(markdown_text: str | None, chunks: list[Json] | None) -> Mode | None:
    if markdown_text is not None and chunks is not None:
        raise Rejected("streaming_mode_mismatch")
    if markdown_text is not None:
        return "markdown_text"
    return "chunks" if chunks else None


def _as_blocks(markdown_text: str | None, chunks: list[Json] | None, sizes: Sizes) -> list[Json]:
    if markdown_text is not None:
        return [{"type": "markdown", "text": markdown_text}]
    return [block for chunk in chunks or [] for block in _chunk_as_blocks(chunk, sizes)]


def _chunk_as_blocks(chunk: Json, sizes: Sizes) -> list[Json]:
    match chunk:
        case {"type": "markdown_text", "text": str(text)}:
            return [{"type": "markdown", "text": text}]
        case {"type": "task_update", "id": str(task), "title": str(title), "status": str(state)}:
            if state not in _TASK_STATES:
                raise Rejected("invalid_chunks", (f"unknown task status: {state}",))
            return [{"type": "task_card", "task_id": task, "title": title[:256], "status": state}]
        case {"type": "plan_update", "title": str(title)}:
            return [{"type": "plan", "title": title}]
        case {"type": "blocks", "blocks": list(blocks)}:
            check_blocks(blocks, sizes.blocks)
            return list(blocks)
        case _:
            raise Rejected("invalid_chunks", (f"unsupported chunk: {chunk.get('type')}",))
