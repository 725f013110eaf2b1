"""One answer of a scripted engine on standard output, as a process of its own: `python -m tests.adapters.terminal.asking NAME`."""

import asyncio
import sys

from adapters.terminal import ask
from bot.clock import SystemClock
from bot.errors import EngineCutOff
from bot.model import Finished, Searching, Source, SourcesFound, TextGrew
from tests.fakes.engine import Beat, FakeEngine

SOURCES = SourcesFound((Source("https://example.org/a", "Page A"), Source("https://example.org/b", "Page B")))
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b1m\rover\x08\x00 \u202ereversed"
ITEMS = 60
PAUSE = 0.1  # long enough for the screen to be drawn in between


def growing(text: str, size: int = 40) -> list[Beat]:
    """A text as it comes, slowly enough to be drawn."""
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [beat for piece in pieces for beat in (TextGrew(piece), 0.02)]


SCRIPTS: dict[str, list[Beat]] = {
    "short": [
        PAUSE,
        Searching(("moons of Mars",)),
        PAUSE,
        SOURCES,
        *growing("Mars has **two** moons [1]. See [the page](https://example.org/a)."),
        PAUSE,
        Finished(),
    ],
    "long": [*growing("\n".join(f"- item number {n}" for n in range(ITEMS))), SOURCES, Finished()],
    "hostile": [TextGrew(HOSTILE[:9]), PAUSE, TextGrew(HOSTILE[9:]), PAUSE, Finished()],
    "broken": [SOURCES, *growing("Half of the truth [1]."), PAUSE, EngineCutOff()],
    "endless": [*growing("word " * 20_000, 5000), Finished()],
}


async def main(name: str) -> int:
    """Ask; the exit code is that of the command line."""
    clock = SystemClock()
    return await ask(FakeEngine(clock, [SCRIPTS[name]]), "How many?", "", clock)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
