"""Which blocks Slack takes, and what a reader reads in them. Pure.

Limits: https://docs.slack.dev/reference/block-kit/blocks. Where Slack publishes no error for a rule (markdown beyond 12,000
characters over several blocks) the emulator gives the nearest documented one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tests.emulators.slack.rules.rejection import Json, Rejected


@dataclass(frozen=True, slots=True)
class BlockSizes:
    """These are the limits of blocks, in characters unless the name says items."""

    items: int = 50
    markdown: int = 12_000
    all_text: int = 13_200
    section: int = 3_000
    section_field: int = 2_000
    section_field_items: int = 10
    header: int = 150
    context_items: int = 10
    actions_items: int = 25
    context_actions_items: int = 5
    button: int = 75
    value: int = 2_000
    url: int = 3_000
    id: int = 255
    table_rows: int = 100
    table_cells: int = 20


_Check = Callable[[Json, str, BlockSizes], Iterator[str]]


def check_blocks(blocks: list[Json], sizes: BlockSizes) -> None:
    """Raise `Rejected` with Slack's error if a message cannot carry these blocks."""
    problems = tuple(_problems(blocks, sizes))
    if problems:
        raise Rejected("invalid_blocks", problems)
    if sum(block.get("type") == "table" for block in blocks) > 1:
        raise Rejected("invalid_attachments", ("only_one_table_allowed",))
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > sizes.markdown:
        raise Rejected("msg_blocks_too_long")
    if sum(map(len, _texts(blocks))) > sizes.all_text:
        raise Rejected("msg_blocks_too_long")


def readable(blocks: Iterable[Json]) -> str:
    """What a reader reads in these blocks, one paragraph per block, markup as it was sent."""
    return "\n\n".join(filter(None, (_readable(block) for block in blocks)))


def has_rich_text(blocks: Iterable[Json]) -> bool:
    """Whether Slack stores one of these blocks as rich text."""
    return any(block.get("type") in {"rich_text", "markdown"} for block in blocks)


def _readable(block: Json) -> str:
    match block:
        case {"type": "rich_text"}:
            return "\n".join(_lines(block))
        case {"type": "table"}:
            return "\n".join(" | ".join("".join(_texts(cell)) for cell in row) for row in block["rows"])
        case {"type": "context"}:
            return " ".join(_texts(block))
        case {"type": "actions" | "context_actions" | "divider"}:
            return ""
        case _:
            return "\n".join(_texts([block.get("title"), block.get("text"), block.get("fields")]))


def _lines(element: Json) -> Iterator[str]:
    if element.get("type") in {"rich_text", "rich_text_list"}:
        for inner in element["elements"]:
            yield from _lines(inner)
    else:
        yield "".join(_texts(element))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case {"type": "user", "user_id": str(user)}:
            yield f"<@{user}>"
        case {"text": text, **rest}:
            yield from _texts(text)
            yield from _texts([part for key, part in rest.items() if key in {"fields", "elements", "rows"}])
        case {"elements": inner} | {"rows": inner}:
            yield from _texts(inner)
        case list():
            for part in value:
                yield from _texts(part)
        case _:
            return


def _problems(blocks: list[Json], sizes: BlockSizes) -> Iterator[str]:
    if len(blocks) > sizes.items:
        yield f"no more than {sizes.items} items allowed [json-pointer:/blocks]"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"/blocks/{number}"
        check = _CHECKS.get(str(block.get("type")))
        if check is None:
            yield f"unsupported type: {block.get('type')} [json-pointer:{where}/type]"
            continue
        yield from check(block, where, sizes)
        yield from _id_problems(block, where, sizes, seen)


def _id_problems(block: Json, where: str, sizes: BlockSizes, seen: set[str]) -> Iterator[str]:
    block_id = block.get("block_id")
    if not block_id or block["type"] == "markdown":
        return
    yield from _length(block_id, f"{where}/block_id", sizes.id)
    if block_id in seen:
        yield f"`block_id` {block_id} already exists [json-pointer:{where}/block_id]"
    seen.add(block_id)


def _length(text: Any, where: str, most: int) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"must be a string [json-pointer:{where}]"
    elif not text:
        yield f"must be more than 0 characters [json-pointer:{where}]"
    elif len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{where}]"


def _text_object(value: Any, where: str, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    match value:
        case {"type": kind, "text": text} if kind in kinds:
            yield from _length(text, f"{where}/text", most)
        case _:
            yield f"must be a text object of type {' or '.join(kinds)} [json-pointer:{where}]"


def _items(value: Any, where: str, most: int) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield f"must provide at least one item [json-pointer:{where}]"
    elif len(value) > most:
        yield f"no more than {most} items allowed [json-pointer:{where}]"


def _anything(_block: Json, _where: str, _sizes: BlockSizes) -> Iterator[str]:
    yield from ()


def _markdown(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    yield from _length(block.get("text"), f"{where}/text", sizes.markdown)


def _header(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    yield from _text_object(block.get("text"), f"{where}/text", sizes.header, ("plain_text",))


def _section(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"must define either `fields` or `text` [json-pointer:{where}]"
    if "text" in block:
        yield from _text_object(block["text"], f"{where}/text", sizes.section)
    if "fields" in block:
        yield from _items(block["fields"], f"{where}/fields", sizes.section_field_items)
        for number, part in enumerate(block["fields"]):
            yield from _text_object(part, f"{where}/fields/{number}", sizes.section_field)


def _context(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    elements = block.get("elements")
    yield from _items(elements, f"{where}/elements", sizes.context_items)
    for number, element in enumerate(elements or []):
        if element.get("type") != "image":
            yield from _text_object(element, f"{where}/elements/{number}", sizes.section)


def _actions(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    most = sizes.actions_items if block["type"] == "actions" else sizes.context_actions_items
    yield from _items(block.get("elements"), f"{where}/elements", most)
    for number, element in enumerate(block.get("elements") or []):
        yield from _element(element, f"{where}/elements/{number}", sizes)


def _element(element: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    if element.get("type") == "button":
        yield from _text_object(element.get("text"), f"{where}/text", sizes.button, ("plain_text",))
    for name, most in (("action_id", sizes.id), ("value", sizes.value), ("url", sizes.url)):
        if name in element:
            yield from _length(element[name], f"{where}/{name}", most)


def _table(block: Json, where: str, sizes: BlockSizes) -> Iterator[str]:
    yield from _items(block.get("rows"), f"{where}/rows", sizes.table_rows)
    for number, row in enumerate(block.get("rows") or []):
        yield from _items(row, f"{where}/rows/{number}", sizes.table_cells)


def _rich_text(block: Json, where: str, _sizes: BlockSizes) -> Iterator[str]:
    if not isinstance(block.get("elements"), list):
        yield f"missing required field: elements [json-pointer:{where}]"


_CHECKS: Mapping[str, _Check] = MappingProxyType(
    {
        "actions": _actions,
        "alert": _anything,
        "card": _anything,
        "carousel": _anything,
        "context": _context,
        "context_actions": _actions,
        "divider": _anything,
        "file": _anything,
        "header": _header,
        "image": _anything,
        "input": _anything,
        "markdown": _markdown,
        "plan": _anything,
        "rich_text": _rich_text,
        "section": _section,
        "table": _table,
        "task_card": _anything,
        "video": _anything,
    }
)
