"""What the figures are held against: each bar as data, met or missed. Shown by the bench, asserted by no test. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.figures import Spread
from benchmarks.scenarios import named
from benchmarks.stage import Result
from benchmarks.venues import LATENCY

FOOTNOTE: Final = "footnote"
FAIR: Final = "fair timer"


@dataclass(frozen=True, slots=True)
class Bar:
    """This is one bar: what was measured (None: nothing) must not exceed `most`, or not fall below `least`."""

    figure: str
    measured: float | None
    most: float | None = None
    least: float | None = None
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """None where nothing was measured."""
        if self.measured is None:
            return None
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)


@dataclass(frozen=True, slots=True)
class Measured:
    """This is everything a bench has measured; `micro` are figures by name, such as "chunk: sonar concise, engine (µs)"."""

    results: Sequence[Result] = ()
    micro: Mapping[str, float] = field(default_factory=dict[str, float])

    def of(self, scenario: str, bot: str = FOOTNOTE) -> Result | None:
        """One run, None if it was not played."""
        return next((each for each in self.results if (each.scenario, each.bot) == (scenario, bot)), None)

    @property
    def own(self) -> list[Result]:
        """The runs of the real bot."""
        return [each for each in self.results if each.bot == FOOTNOTE]


def bars(measured: Measured) -> list[Bar]:
    """Every bar, measured or not."""
    return [
        *_never(measured),
        *_word_delays(measured),
        *_first_texts(measured),
        *_final_lags(measured),
        *_against_the_timer(measured),
        *_micro(measured),
    ]


def _never(measured: Measured) -> Iterator[Bar]:
    calm = [each for each in measured.own if named(each.scenario).odds is None]
    throttled = sum(each.figures.throttled for each in calm) if calm else None
    yield Bar("429 without injected faults, all scenarios", throttled, most=0)
    found = [each.figures for each in measured.own]
    wrong = sum(it.lost + it.doubled + it.disordered + it.missing_sources + it.unfinished for it in found)
    yield Bar(
        "lost, doubled, disordered words; missing sources; unfinished answers, all scenarios and under faults",
        wrong if found else None,
        most=0,
    )


_WORD_DELAYS = (("s1", 0.30), ("d1", 0.60), ("slash", 0.35), ("s10", 1.6))


def _word_delays(measured: Measured) -> Iterator[Bar]:
    for name, most in _WORD_DELAYS:
        result = measured.of(name)
        delay = result.figures.word.mean if result and result.figures.word else None
        yield Bar(f"word delay mean, {name}", delay, most=most, unit="s")
    steady = measured.of("sustained")
    ratio = None
    if steady and steady.steady and steady.figures.bound:
        ratio = steady.steady.mean / steady.figures.bound
    yield Bar("word delay mean / bound of edits, sustained (steady part)", ratio, most=1.35)
    same = measured.of("d5same")
    yield Bar("word delay mean / bound of edits, d5same", same.figures.over_bound if same else None, most=1.25)


def _first_texts(measured: Measured) -> Iterator[Bar]:
    for name in ("s1", "d1"):
        result = measured.of(name)
        delay = result.figures.first_text.most - LATENCY if result and result.figures.first_text else None
        yield Bar(
            f"first text delay above the platform's latency before the effect, {name}", delay, most=0.25, unit="s"
        )


_FINAL_LAGS = (("s1", 0.3), ("s10", 4.0), ("s50", 8.0), ("flood", 8.0))


def _final_lags(measured: Measured) -> Iterator[Bar]:
    for name, most in _FINAL_LAGS:
        result = measured.of(name)
        lag = result.figures.final_lag.p95 if result and result.figures.final_lag else None
        yield Bar(f"final lag p95, {name}", lag, most=most, unit="s")
    waves = measured.of("waves")
    lag = waves.second_wave.final_lag if waves and waves.second_wave else None
    yield Bar("final lag p95, second wave of waves", lag.p95 if lag else None, most=4.0, unit="s")


def _against_the_timer(measured: Measured) -> Iterator[Bar]:
    ours, theirs = measured.of("sustained"), measured.of("sustained", FAIR)
    what = "word delay mean, sustained, as a multiple of a fair timer's"
    yield Bar(f"{what} (whole run)", _ratio(ours and ours.figures.word, theirs and theirs.figures.word), most=1.0)
    yield Bar(f"{what} (steady part)", _ratio(ours and ours.steady, theirs and theirs.steady), most=1.0)


def _ratio(ours: Spread | None, theirs: Spread | None) -> float | None:
    return ours.mean / theirs.mean if ours and theirs else None


def _micro(measured: Measured) -> Iterator[Bar]:
    found = measured.micro.get
    yield Bar("chunk cost, Sonar concise", found("chunk: sonar concise, engine (µs)"), most=15, unit="µs")
    yield Bar("chunk cost, Sonar full mode, 6 kB", found("chunk: sonar full 6 kB, engine (µs)"), most=40, unit="µs")
    for platform in ("discord", "slack"):
        carried = found(f"density: {platform}, answers that one core carries")
        yield Bar(f"live answers at 50 words/s per core, loop lag p99 below 50 ms, {platform}", carried, least=200)
    for dialect in ("Slack", "Discord"):
        ratio = found(f"pages: {dialect}, per kB, 100 kB / 1 kB")
        yield Bar(f"draft and pages: cost per kB at 100 kB as a multiple of that at 1 kB, {dialect}", ratio, most=1.5)
