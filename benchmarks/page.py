"""The generated part of `docs/performance.md`: tables between two marks; the words around them stay as they are. Pure."""

from typing import Final

from benchmarks import report
from benchmarks.bars import Measured

BEGIN: Final = "<!-- figures: written by `make bench` -->"
END: Final = "<!-- end of figures -->"

_WAITING: Final = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
_ENDING: Final = (0, 1, 11, 12, 13, 14, 15, 16, 17)


def with_figures(page: str, measured: Measured, machine: str) -> str:
    """The page with these figures in the place of the old ones; ValueError if the marks are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page has no place for figures")
    return f"{before}{BEGIN}\n\n{_figures(measured, machine)}\n{END}{after}"


def _figures(measured: Measured, machine: str) -> str:
    rows = report.runs(measured.results)
    parts = [
        f"Measured on {machine}.",
        "### Bars",
        report.markdown_table(("figure", "measured", "bar", ""), report.verdicts(measured)),
        "### What readers wait for, in seconds",
        report.markdown_table(*_columns(rows, _WAITING)),
        "### How answers end, and what they cost the platform",
        report.markdown_table(*_columns(rows, _ENDING)),
        "\n".join(f"- {line}" for line in report.extras(measured.results)),
        "### Parts by themselves",
        report.markdown_table(("figure", "value"), report.micro(measured.micro)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _columns(rows: list[report.Row], chosen: tuple[int, ...]) -> tuple[report.Row, list[report.Row]]:
    def picked(row: report.Row) -> report.Row:
        return tuple(row[column] for column in chosen)

    return picked(report.HEAD), [picked(row) for row in rows]
