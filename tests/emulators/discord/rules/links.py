"""Which links of a message Discord unfolds into a card. Pure."""

import re

from tests.emulators.discord.rules.flags import MessageFlag
from tests.emulators.discord.rules.mentions import without_code

_GUARDED = re.compile(r"<https?://[^\s<>]+>")
_LINK = re.compile(r"https?://[^\s<>]+")


def unfurled(content: str, flags: MessageFlag) -> tuple[str, ...]:
    """The addresses that get a card: every bare or masked link outside `<...>`, unless embeds are suppressed."""
    if flags & MessageFlag.SUPPRESS_EMBEDS:
        return ()
    text = _GUARDED.sub(" ", without_code(content))
    return tuple(found.rstrip(").,;:!?*_|") for found in _LINK.findall(text))
