"""What readers saw, in figures: from the edit logs of the chats and the word times of the engine. Pure.

Every answer has words of its own, a prefix and a number ("a1 a2 ..."), so that "word i is visible" can be read off any text.
Times are monotonic seconds of one clock.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from benchmarks.scenarios import Bound
from bot.rendering import wording

_RULE = frozenset("|-: ")


@dataclass(frozen=True, slots=True)
class Screen:
    """This is one message, as it was seen over time: what it said from when on, the oldest first."""

    versions: tuple[tuple[float, str], ...]

    @property
    def now(self) -> str:
        """What it says at last."""
        return self.versions[-1][1]


@dataclass(frozen=True, slots=True)
class Answered:
    """This is one question and all that became of it.

    `signs` are times at which the bot showed that it is there, besides its messages. `said` are the times at which the
    engine said each word of `expected` words (fewer if it was left). `sources` are the addresses that the footer must name.
    `deleted` and `left` are when its message was deleted and when the bot left the engine.
    """

    prefix: str
    asked: float
    expected: int
    said: tuple[float, ...]
    messages: tuple[Screen, ...]
    sources: tuple[str, ...]
    signs: tuple[float, ...] = ()
    deleted: float | None = None
    left: float | None = None
    writes_after_deletion: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """This is a whole run. `calls` counts the requests by method; `throttled` are the 429 that nobody had planned."""

    began: float
    answers: tuple[Answered, ...]
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    throttled: int = 0
    faults: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Spread:
    """This is how a quantity is spread, in seconds."""

    mean: float
    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread | None":
        """None where there is nothing to spread."""
        ordered = sorted(values)
        if not ordered:
            return None
        return cls(sum(ordered) / len(ordered), share(ordered, 0.5), share(ordered, 0.95), ordered[-1])


@dataclass(frozen=True, slots=True)
class Figures:
    """These are the figures of a run, or of a part of it. `bound` is that of edits alone, `bound_all` with posts."""

    answers: int
    placeholder: Spread | None
    first_text: Spread | None
    word: Spread | None
    final_lag: Spread | None
    bound: float | None
    bound_all: float | None
    lost: int
    doubled: int
    disordered: int
    missing_sources: int
    unfinished: int
    throttled: int
    writes: Mapping[str, float]

    @property
    def over_bound(self) -> float | None:
        """The mean word delay as a multiple of the bound of edits."""
        return self.word.mean / self.bound if self.word and self.bound else None


def share(ordered: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of all values do not exceed."""
    return ordered[max(0, ceil(part * len(ordered)) - 1)]


def figures(recording: Recording, bound: Bound | None = None, duration: float = 0.0) -> Figures:
    """All figures of a run; `duration` is that of one answer."""
    answers = recording.answers
    finals = [final_lag(each) for each in answers]
    order = [order_of(each) for each in answers]
    return Figures(
        answers=len(answers),
        placeholder=Spread.of(it for each in answers if (it := placeholder_delay(each)) is not None),
        first_text=Spread.of(it for each in answers if (it := first_text_delay(each)) is not None),
        word=Spread.of(delay for each in answers for delay in word_delays(each)),
        final_lag=Spread.of(lag for lag in finals if lag is not None),
        bound=bound.of_edits(duration) if bound else None,
        bound_all=bound.of_all(duration) if bound else None,
        lost=sum(each.lost for each in order),
        doubled=sum(each.doubled for each in order),
        disordered=sum(each.disordered for each in order),
        missing_sources=sum(len(missing_sources(each)) for each in answers if each.deleted is None),
        unfinished=sum(lag is None for lag, each in zip(finals, answers, strict=True) if each.deleted is None),
        throttled=recording.throttled,
        writes={method: count / len(answers) for method, count in sorted(recording.calls.items())},
    )


def word_delay_within(answers: Iterable[Answered], begin: float, end: float) -> Spread | None:
    """The delay of the words that were said in this part of a run."""
    return Spread.of(
        seen[number] - at
        for each in answers
        for seen in (visible(each),)
        for number, at in enumerate(each.said, 1)
        if begin <= at < end and number in seen
    )


# One answer -----------------------------------------------------------------------------------------------------


def visible(answer: Answered) -> dict[int, float]:
    """When each word was first seen."""
    seen: dict[int, float] = {}
    for message in answer.messages:
        for at, text in message.versions:
            for number in numbers(text, answer.prefix):
                seen[number] = min(at, seen.get(number, at))
    return seen


def word_delays(answer: Answered) -> list[float]:
    """For each word that was said and seen: how long it took."""
    seen = visible(answer)
    return [seen[number] - at for number, at in enumerate(answer.said, 1) if number in seen]


def placeholder_delay(answer: Answered) -> float | None:
    """From the question to the first sign of the bot: a message, typing, a status."""
    signs = [*answer.signs, *(message.versions[0][0] for message in answer.messages)]
    after = [sign for sign in signs if sign >= answer.asked]
    return min(after) - answer.asked if after else None


def first_text_delay(answer: Answered) -> float | None:
    """From the engine's first word to the first word on the screen."""
    seen = visible(answer)
    return min(seen.values()) - answer.said[0] if seen and answer.said else None


def final_lag(answer: Answered) -> float | None:
    """From the engine's last word to the moment from which on every word and the whole footer are there; None for never."""
    if not answer.said:
        return None
    log = sorted((at, place, text) for place, message in enumerate(answer.messages) for at, text in message.versions)
    screen: dict[int, str] = {}
    since: float | None = None
    for at, place, text in log:
        screen[place] = text
        if not complete(answer, [screen[each] for each in sorted(screen)]):
            since = None
        elif since is None:
            since = at
    return None if since is None else since - answer.said[-1]


def complete(answer: Answered, pages: Sequence[str]) -> bool:
    """Whether these pages are the whole answer: every word once, in order, and every source."""
    if not any(re.search(rf"\b{answer.prefix}{answer.expected}\b", page) for page in pages):
        return False
    return not _missing(answer, pages) and words_on(pages, answer.prefix) == list(range(1, answer.expected + 1))


@dataclass(frozen=True, slots=True)
class Order:
    """This is what went wrong with the words of one answer, in words."""

    lost: int
    doubled: int
    disordered: int


def order_of(answer: Answered) -> Order:
    """Compare what the engine said with what stands there at last; of a deleted answer nothing has to."""
    if answer.deleted is not None:
        return Order(0, 0, 0)
    words = words_on([message.now for message in answer.messages], answer.prefix)
    counts = Counter(words)
    return Order(
        lost=sum(number not in counts for number in range(1, answer.expected + 1)),
        doubled=sum(count - 1 for count in counts.values()),
        disordered=sum(later < earlier for earlier, later in pairwise(dict.fromkeys(words))),
    )


def missing_sources(answer: Answered) -> list[str]:
    """The addresses that the footer should name and does not."""
    return _missing(answer, [message.now for message in answer.messages])


def _missing(answer: Answered, pages: Sequence[str]) -> list[str]:
    footer = "\n".join(pages).partition(wording.SOURCES)[2]
    return [url for url in answer.sources if not re.search(rf"{re.escape(url)}(?!\d)", footer)]


def words_on(pages: Sequence[str], prefix: str) -> list[int]:
    """The numbers of all words on these pages; the head of a table that goes on is repeated by right and counts once."""
    found: list[int] = []
    before = ""
    for page in pages:
        found += numbers(_without_repeated_head(page, before), prefix)
        before = page
    return found


def numbers(text: str, prefix: str) -> list[int]:
    """The numbers of the words in a text, in its order."""
    return [int(number) for number in re.findall(rf"\b{prefix}(\d+)\b", text)]


def _without_repeated_head(page: str, before: str) -> str:
    lines = page.strip().splitlines()
    table = len(lines) > 1 and lines[0].startswith("|") and set(lines[1].strip()) <= _RULE
    return "\n".join(lines[2:]) if table and lines[0].strip() in before else page
