"""`python -m benchmarks [NAME ...]`: plays the scenarios, runs the small benches, prints tables, writes JSON.

Without names everything is run, and the page and the chart of `docs/` are written anew.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import parts, report
from benchmarks.bars import Measured
from benchmarks.baselines import BASELINES
from benchmarks.chart import chart
from benchmarks.hall import Hall
from benchmarks.page import with_figures
from benchmarks.parts import PARTS
from benchmarks.scenarios import QUICK, SCENARIOS, Scenario, named
from benchmarks.stage import Cast, Footnote, Result, play
from bot.clock import SystemClock

_CLOCK = SystemClock()
DOCS = Path(__file__).parents[1] / "docs"
EXIT_BROKEN, EXIT_UNKNOWN = 1, 2


@dataclass(frozen=True, slots=True)
class Show:
    """This is one scenario with one who plays it."""

    scenario: Scenario
    cast: Cast


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; the exit code is 1 if a run broke down, 2 for a name that nobody knows."""
    options = _parser().parse_args(arguments)
    names: list[str] = options.names
    try:
        chosen = QUICK if options.quick else tuple(named(name) for name in names if name not in PARTS)
    except KeyError as error:
        print(f"there is no scenario {error}", file=sys.stderr)
        return EXIT_UNKNOWN
    everything = not (names or options.quick)
    shows = [show for scenario in (SCENARIOS if everything else chosen) for show in _shows(scenario)]
    results = asyncio.run(_play_all(shows))
    micro: dict[str, float] = {}
    for part in PARTS if everything else [name for name in names if name in PARTS]:
        micro |= parts.run(part)
    measured = Measured(results, micro)
    _tell(measured, all_bars=everything)
    _keep(measured, Path(options.json), docs=everything)
    return 0 if len(results) == len(shows) else EXIT_BROKEN


def _parser() -> argparse.ArgumentParser:
    known = ", ".join([*(each.name for each in SCENARIOS), *PARTS])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the bot on the emulators.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {known} (default: all)")
    parser.add_argument("--quick", action="store_true", help="two small scenarios, to see that the bench runs")
    parser.add_argument("--json", default="benchmarks/out/bench.json", help="where the figures go")
    return parser


def _shows(scenario: Scenario) -> list[Show]:
    return [Show(scenario, Footnote()), *(Show(scenario, cast) for cast in BASELINES if scenario.baselines)]


async def _play_all(shows: Sequence[Show]) -> list[Result]:
    """Play all, the longest first, as many at a time as disturb nobody; in the order of `shows`."""
    hall, results = Hall(), dict[int, Result]()
    order = sorted(range(len(shows)), key=lambda number: -shows[number].scenario.length)
    async with asyncio.TaskGroup() as group:
        for number in order:
            group.create_task(_play(hall, shows[number], number, results))
    return [results[number] for number in sorted(results)]


async def _play(hall: Hall, show: Show, number: int, results: dict[int, Result]) -> None:
    name = f"{show.scenario.name} ({show.cast.name})"
    async with hall.room(show.scenario.load):
        began = _CLOCK.now()
        print(f"... {name}: about {show.scenario.length:.0f} s", file=sys.stderr)
        try:
            results[number] = await play(show.scenario, show.cast)
        except Exception as error:  # noqa: BLE001 - one broken run must not take the others' figures along
            print(f"!!! {name}: {error!r}", file=sys.stderr)
        else:
            took, lag = _CLOCK.now() - began, results[number].lag_p99 * 1000
            print(f"    {name}: done after {took:.0f} s (loop lag p99 {lag:.0f} ms)", file=sys.stderr)


def _tell(measured: Measured, *, all_bars: bool) -> None:
    if measured.results:
        print(report.text_table(report.HEAD, report.runs(measured.results)), "", sep="\n")
    for line in report.extras(measured.results):
        print(line)
    print(
        "", report.text_table(("bar", "measured", "limit", ""), report.verdicts(measured, all_bars=all_bars)), sep="\n"
    )


def _keep(measured: Measured, file: Path, *, docs: bool) -> None:
    """Write the JSON; of a whole run the chart and the page too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(report.as_json(measured))
    if docs:
        (DOCS / "performance.svg").write_text(chart(measured, SCENARIOS), encoding="utf-8")
        page = DOCS / "performance.md"
        page.write_text(with_figures(page.read_text(encoding="utf-8"), measured, _machine()), encoding="utf-8")


def _machine() -> str:
    """What the figures depend on."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({platform.machine()}), Python {platform.python_version()}, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main())
