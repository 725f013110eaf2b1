"""How a platform spells Markdown, as a role. Pure; the adapters play it, and share the spelling in `spelling.py`."""

from dataclasses import dataclass
from typing import Protocol

from bot.model import Source
from bot.rendering.blocks import Block


@dataclass(frozen=True, slots=True)
class Linkable:
    """This is what a text may link to: `sources[n - 1]` for a marker `[n]`, and `urls` that the asker wrote."""

    sources: tuple[Source, ...] = ()
    urls: frozenset[str] = frozenset()


class Dialect(Protocol):
    """How a platform spells Markdown and how it measures it. Pure.

    `limit` is the longest body of a message in the unit of `measure`.
    """

    @property
    def limit(self) -> int:
        """The longest body of one message, in the unit of `measure`."""
        ...

    def measure(self, body: str) -> int:
        """The length of a rendered body as the platform counts it."""
        ...

    def spell(self, block: Block, linkable: Linkable) -> str:
        """Spell one leaf of an answer with the quotes and lists around it: no ping, no link outside `linkable`, balanced."""
        ...

    def footnote(self, label: str, source: Source, title_length: int) -> str:
        """Spell one line of the sources footer, such as "[1][4]" and a title of at most so many characters (0: the site)."""
        ...

    def small(self, text: str) -> str:
        """Spell one line of plain text as an aside (a mark, a notice), escaped."""
        ...
