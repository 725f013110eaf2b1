"""Tables for a platform that has none: columns of monospace, as long as they fit the width of a phone held sideways. Pure."""

from collections.abc import Sequence

from wcwidth import wcswidth

WIDEST = 60
"""Columns of text that a Discord client shows in a code block without wrapping, roughly."""


def aligned(rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> str | None:
    """The rows as lines of equal columns, the first underlined; None if they are too wide. Chinese and emoji count double."""
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    if sum(widths) + 3 * (len(widths) - 1) > WIDEST:
        return None
    lines = [_line(row, widths, aligns) for row in rows]
    lines.insert(1, "─┼─".join("─" * width for width in widths))
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int], aligns: Sequence[str]) -> str:
    return " │ ".join(map(_padded, row, widths, aligns)).rstrip()


def _padded(cell: str, width: int, align: str) -> str:
    room = width - _width(cell)
    match align:
        case "right":
            return " " * room + cell
        case "center":
            return " " * (room // 2) + cell + " " * (room - room // 2)
        case _:
            return cell + " " * room


def _width(text: str) -> int:
    return max(wcswidth(text), 0) if wcswidth(text) >= 0 else len(text)
