"""Which runs of `*`, `_` and `~` belong together: CommonMark's rules, friendlier to Chinese and Japanese. Pure.

https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis. There `**重要。**次` stays literal because 。 is punctuation and
次 is a letter; here a neighbour of these scripts counts like a space.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum


class Style(Enum):
    """How a stretch of text is set off, with its Markdown mark."""

    STRONG = "**"
    EMPHASIS = "*"
    STRIKE = "~~"


@dataclass(slots=True)
class Run:
    """This is a run of one mark: what it may do, what is left of it as plain text, and what it opens and closes.

    `closed` is in order; `opened` has the innermost first.
    """

    mark: str
    length: int
    opens: bool
    closes: bool
    left: int = 0
    opened: list[Style] = field(default_factory=list[Style])
    closed: list[Style] = field(default_factory=list[Style])


_REACH = 64
"""So many open runs are looked at for a partner: keeps a hostile row of marks cheap."""

_WIDE_SCRIPT = re.compile(
    r"[\u2e80-\u30ff\u3130-\u318f\u31f0-\u9fff\ua960-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]|[\U00020000-\U0003ffff]"
)


def run(text: str, start: int, end: int) -> Run:
    """Judge the run `text[start:end]` by its neighbours."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    left = not after.isspace() and (not _is_mark(after) or before.isspace() or _is_mark(before) or _is_wide(before))
    right = not before.isspace() and (not _is_mark(before) or after.isspace() or _is_mark(after) or _is_wide(after))
    mark, length = text[start], end - start
    match mark:
        case "_":
            opens, closes = left and (not right or _is_mark(before)), right and (not left or _is_mark(after))
        case "~":
            opens, closes = left and length == 2, right and length == 2  # noqa: PLR2004 - two tildes strike out
        case _:
            opens, closes = left, right
    return Run(mark, length, opens, closes, length)


def pair(runs: list[Run], *, heal: bool) -> tuple[Style, ...]:
    """Match openers and closers in place. With `heal`, what stays open counts as open to the end: returned, outermost first."""
    openers: list[Run] = []
    for each in runs:
        if each.closes:
            _close(each, openers)
        if each.opens and each.left:
            openers.append(each)
    return tuple(style for each in openers for style in _leave_open(each)) if heal else ()


def _close(closer: Run, openers: list[Run]) -> None:
    while closer.left:
        nearest = range(len(openers) - 1, max(-1, len(openers) - _REACH), -1)
        at = next((i for i in nearest if _match(openers[i], closer)), None)
        if at is None:
            return
        opener = openers[at]
        del openers[at + 1 :]
        style = _style(closer.mark, min(opener.left, closer.left))
        opener.opened.append(style)
        closer.closed.append(style)
        opener.left -= len(style.value)
        closer.left -= len(style.value)
        if not opener.left:
            openers.pop()


def _match(opener: Run, closer: Run) -> bool:
    if opener.mark != closer.mark:
        return False
    third = (opener.closes or closer.opens) and (opener.length + closer.length) % 3 == 0
    return not third or (opener.length % 3 == 0 and closer.length % 3 == 0)


def _leave_open(opener: Run) -> list[Style]:
    """Outermost first; an odd mark is the outer one, as when it is closed."""
    styles: list[Style] = []
    while opener.left:
        style = _style(opener.mark, opener.left)
        styles.append(style)
        opener.left -= len(style.value)
    opener.opened.extend(styles)
    return styles[::-1]


def _style(mark: str, length: int) -> Style:
    if mark == "~":
        return Style.STRIKE
    return Style.STRONG if length >= 2 else Style.EMPHASIS  # noqa: PLR2004 - two marks are strong


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _is_wide(character: str) -> bool:
    return _WIDE_SCRIPT.match(character) is not None
