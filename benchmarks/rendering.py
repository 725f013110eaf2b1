"""What drafting and cutting a growing answer costs for each kilobyte, short and long: linear or not.

The answer has headings, lists, code and tables. It comes word by word and is rendered as a lone answer is: again and again
while it grows, the page that is open and its short text, and at last the whole with its footer.
"""

import gc
import time
from statistics import median
from typing import Final

from adapters.discord.dialect import DiscordDialect
from adapters.slack.dialect import SlackDialect
from bot.model import Source
from bot.rendering.dialect import Dialect
from bot.rendering.footer import Ending
from bot.rendering.pages import Pages
from tests.emulators.perplexity import Script

SIZES: Final = (1, 10, 100)
ROUNDS: Final = 5
WORDS_PER_REFRESH: Final = 12
_WORDS = 20_000
_SOURCES = tuple(Source(f"https://source{number}.example/pages/{number}", f"Page {number}") for number in range(1, 6))


def main() -> dict[str, float]:
    """Print and return milliseconds per kilobyte, by dialect and size, and the ratio of the longest to the shortest."""
    figures: dict[str, float] = {}
    for name, dialect in (("Slack", SlackDialect()), ("Discord", DiscordDialect())):
        costs = {size: _cost(dialect, size) for size in SIZES}
        figures |= {f"{name}, {size} kB, per kB (ms)": cost for size, cost in costs.items()}
        figures[f"{name}, per kB, 100 kB / 1 kB"] = costs[100] / costs[1]
        told = ", ".join(f"{cost:.2f} ms per kB at {size} kB" for size, cost in costs.items())
        print(f"pages {name:8} {told}")
    return figures


def _cost(dialect: Dialect, size: int) -> float:
    """Milliseconds per kilobyte: the median of some rounds, of which each renders about as much text."""
    text = Script(words=_WORDS, long=True).answer[: size * 1000]
    repeats = max(1, 20 // size)
    return median(_timed(dialect, text, repeats) for _ in range(ROUNDS)) / (size * repeats) * 1000


def _timed(dialect: Dialect, text: str, repeats: int) -> float:
    gc.collect()
    began = time.process_time()
    for _ in range(repeats):
        _grown(dialect, text)
    return time.process_time() - began


def _grown(dialect: Dialect, text: str) -> None:
    pages = Pages(dialect)
    pages.sources_found(_SOURCES)
    for number, word in enumerate(text.split(" "), 1):
        pages.text_grew(f"{word} ")
        if number % WORDS_PER_REFRESH == 0 and pages.count():
            pages.page(pages.count() - 1)
    pages.finished(Ending())
    pages.page(pages.count() - 1)


if __name__ == "__main__":
    main()
