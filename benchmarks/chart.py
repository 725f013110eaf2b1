"""The one chart of `docs/performance.md`: how long readers wait for a word, each bot beside the others. Pure; SVG by hand."""

from collections.abc import Iterator, Sequence
from math import log10
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.bars import Measured
from benchmarks.scenarios import Scenario
from benchmarks.stage import Result

_COLOURS: Final = {
    "footnote": "#0072b2",
    "fair timer": "#009e73",
    "every 1.0 s": "#e69f00",
    "every 0.5 s": "#d55e00",
}
_LEFT, _RIGHT, _TOP, _ROW = 310, 30, 74, 34
_WIDTH = 900
_LEAST, _MOST = 0.05, 100.0
_TICKS = (0.1, 0.3, 1, 3, 10, 30, 100)
_TEXT = "#222222"
_LABEL = 34


def chart(measured: Measured, scenarios: Sequence[Scenario]) -> str:
    """An SVG: a row for each scenario, a dot for each bot at its mean word delay, a stroke at the bound."""
    rows = [scenario for scenario in scenarios if measured.of(scenario.name) and scenario.bound]
    height = _TOP + _ROW * len(rows) + 50
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'font-family="system-ui, sans-serif" font-size="13">'
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 28, "How long readers wait for a word: mean delay in seconds, logarithmic", size=16),
        *_legend(),
        *_grid(height),
    ]
    for number, scenario in enumerate(rows):
        parts += _row(measured, scenario, _TOP + _ROW * number + _ROW / 2)
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    x = 20
    for name, colour in _COLOURS.items():
        yield f'<circle cx="{x + 6}" cy="48" r="6" fill="{colour}"/>'
        yield _text(x + 18, 52, name)
        x += 40 + 8 * len(name)
    yield f'<line x1="{x + 6}" x2="{x + 6}" y1="39" y2="57" stroke="{_TEXT}" stroke-width="2"/>'
    yield _text(x + 14, 52, "what no bot gets below if only edits carry text")


def _grid(height: int) -> Iterator[str]:
    bottom = height - 40
    for tick in _TICKS:
        yield f'<line x1="{_x(tick):.1f}" x2="{_x(tick):.1f}" y1="{_TOP}" y2="{bottom}" stroke="#dddddd"/>'
        yield _text(_x(tick), bottom + 18, f"{tick:g} s", anchor="middle")


def _row(measured: Measured, scenario: Scenario, y: float) -> Iterator[str]:
    yield _text(20, y + 4, f"{scenario.name}: {_short(scenario.about)}")
    own = measured.of(scenario.name)
    if own and own.figures.bound:
        x = _x(own.figures.bound)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 11}" y2="{y + 11}" stroke="{_TEXT}" stroke-width="2"/>'
    for name in reversed(_COLOURS):  # ours is drawn last, on top
        delay = _delay(measured.of(scenario.name, name))
        if delay is not None:
            title = f"<title>{escape(f'{scenario.name}, {name}: {delay:.2f} s')}</title>"
            yield f'<circle cx="{_x(delay):.1f}" cy="{y}" r="6" fill="{_COLOURS[name]}">{title}</circle>'


def _delay(result: Result | None) -> float | None:
    return result.figures.word.mean if result and result.figures.word else None


def _x(seconds: float) -> float:
    span = log10(_MOST) - log10(_LEAST)
    part = (log10(min(max(seconds, _LEAST), _MOST)) - log10(_LEAST)) / span
    return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)


def _short(about: str) -> str:
    line = about.partition(":")[0].partition(";")[0]
    return line if len(line) <= _LABEL else line[: _LABEL - 1].rstrip(" ,") + "…"


def _text(x: float, y: float, text: str, *, size: int = 13, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{_TEXT}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
