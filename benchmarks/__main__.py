"""`python -m benchmarks [NAME ...]`: plays the scenarios, runs the small benches, prints tables, writes JSON.

Without names everything is run, and the page and the chart of `docs/` are written anew.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from benchmarks.bars import Measured
from benchmarks.hall import Hall
from benchmarks.scenarios import QUICK, SCENARIOS, Scenario, named
from benchmarks.stage import Cast, Footnote, Result, play
from bot.clock import SystemClock

_CLOCK = SystemClock()
EXIT_BROKEN, EXIT_UNKNOWN = 1, 2


@dataclass(frozen=True, slots=True)
class Show:
    """This is one scenario with one who plays it."""

    scenario: Scenario
    cast: Cast


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; the exit code is 1 if a run broke down, 2 for a name that nobody knows."""
    options = _parser().parse_args(arguments)
    try:
        chosen = QUICK if options.quick else tuple(map(named, options.names)) or SCENARIOS
    except KeyError as error:
        print(f"there is no scenario {error}", file=sys.stderr)
        return EXIT_UNKNOWN
    shows = [show for scenario in chosen for show in _shows(scenario)]
    measured = Measured(asyncio.run(_play_all(shows)), {})
    _tell(measured)
    file = Path(options.json)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(report.as_json(measured))
    return 0 if len(measured.results) == len(shows) else EXIT_BROKEN


def _parser() -> argparse.ArgumentParser:
    known = ", ".join(each.name for each in SCENARIOS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the bot on the emulators.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {known}")
    parser.add_argument("--quick", action="store_true", help="two small scenarios, to see that the bench runs")
    parser.add_argument("--json", default="benchmarks/out/bench.json", help="where the figures go")
    return parser


def _shows(scenario: Scenario) -> list[Show]:
    return [Show(scenario, Footnote())]


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


def _tell(measured: Measured) -> None:
    print(report.text_table(report.HEAD, report.runs(measured.results)), "", sep="\n")
    for line in report.extras(measured.results):
        print(line)
    print("", report.text_table(("bar", "measured", "limit", ""), report.verdicts(measured)), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
