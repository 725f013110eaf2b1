"""Characters that have no business in a chat message: controls, and marks that turn the reading direction around. Pure."""

_LINE_ENDS = dict.fromkeys((0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n")
_CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0), 0xFEFF])
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_TABLE = {**_CONTROLS, **_DIRECTIONS, **_LINE_ENDS, **_LONE_SURROGATES}

ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"


def clean(text: str) -> str:
    """Unify line ends; remove C0 and C1 controls and bidirectional overrides; joiners of emoji and scripts stay."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)


def one_line(text: str) -> str:
    """The same on a single line, without spaces around it."""
    return " ".join(clean(text).split())
