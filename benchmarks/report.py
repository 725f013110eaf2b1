"""Shows what was measured: one table of all runs, one of the bars, and JSON for machines. Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from benchmarks.bars import Measured, bars
from benchmarks.figures import Spread
from benchmarks.stage import Result

Row = tuple[str, ...]

HEAD: Row = (
    *("scenario", "bot", "sign", "first text", "word mean", "p50", "p95", "max", "bound", "× bound", "with posts"),
    *("final p50", "p95", "max", "lost/doubled/disordered", "no source", "429", "writes per answer"),
)
_WRITES = {
    "assistant.threads.setStatus": "status",
    "chat.postMessage": "post",
    "chat.update": "edit",
    "conversations.replies": "read",
}


def runs(results: Iterable[Result]) -> list[Row]:
    """One row for each run; seconds."""
    return [_row(each) for each in results]


def verdicts(measured: Measured, *, all_bars: bool = True) -> list[Row]:
    """One row for each bar, or for each that something was measured for."""
    rows: list[Row] = []
    for bar in bars(measured):
        if bar.met is None and not all_bars:
            continue
        limit = f"≤ {bar.most:g}" if bar.most is not None else f"≥ {bar.least:g}"
        verdict = {None: "not measured", True: "met", False: "MISSED"}[bar.met]
        rows.append((bar.figure, _number(bar.measured), f"{limit} {bar.unit}".rstrip(), verdict))
    return rows


def micro(figures: Mapping[str, float]) -> list[Row]:
    """One row for each figure of a single part."""
    return [(name, _number(value)) for name, value in figures.items()]


def extras(results: Iterable[Result]) -> list[str]:
    """What a row has no room for, in sentences."""
    lines: list[str] = []
    late = 0.0
    for each in results:
        late = max(late, each.lag_p99)
        name = f"{each.scenario} ({each.bot})"
        if each.steady:
            lines.append(f"{name}: in the steady part the word delay is {_spread(each.steady)}.")
        if each.second_wave and each.second_wave.word and each.second_wave.final_lag:
            wave = each.second_wave
            lines.append(
                f"{name}: of the second wave the word delay is {_spread(wave.word)}, "
                f"the final lag {_spread(wave.final_lag)}."
            )
        if each.gone:
            left = "never" if each.gone.left_after is None else f"{each.gone.left_after * 1000:.0f} ms later"
            lines.append(f"{name}: the engine was left {left}; {each.gone.writes} writes were sent after the deletion.")
        if each.faults:
            told = ", ".join(f"{count} × {kind}" for kind, count in sorted(each.faults.items()))
            lines.append(f"{name}: injected {told}.")
        if each.figures.unfinished:
            lines.append(f"{name}: {each.figures.unfinished} answers were never complete.")
    if late:
        lines.append(f"The loop of the emulators was late by at most {late * 1000:.0f} ms (p99) in any run.")
    return lines


def text_table(head: Row, rows: Sequence[Row]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown_table(head: Row, rows: Sequence[Row]) -> str:
    """A table for a page."""
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], f"|{' --- |' * len(head)}", *lines[1:]])


def as_json(measured: Measured) -> bytes:
    """Everything, for machines."""
    payload = {
        "results": [
            dataclasses.asdict(each) | {"measured_over_bound": each.figures.over_bound} for each in measured.results
        ],
        "micro": dict(measured.micro),
        "bars": [dataclasses.asdict(bar) | {"met": bar.met} for bar in bars(measured)],
    }
    return msgspec.json.format(msgspec.json.encode(payload), indent=1)


def _row(result: Result) -> Row:
    it = result.figures
    lag = it.final_lag
    return (
        result.scenario,
        result.bot,
        _number(it.placeholder.mean if it.placeholder else None),
        _number(it.first_text.mean if it.first_text else None),
        *(_number(value) for value in _four(it.word)),
        _number(it.bound),
        _number(it.over_bound),
        _number(it.bound_all),
        *(_number(value) for value in _four(lag)[1:]),
        f"{it.lost}/{it.doubled}/{it.disordered}",
        str(it.missing_sources),
        str(it.throttled),
        ", ".join(f"{count:.3g} {_WRITES.get(method, method)}" for method, count in it.writes.items()),
    )


def _four(spread: Spread | None) -> tuple[float | None, ...]:
    return (spread.mean, spread.p50, spread.p95, spread.most) if spread else (None,) * 4


def _spread(spread: Spread | None) -> str:
    return " / ".join(_number(value) for value in _four(spread)) + " s (mean / p50 / p95 / max)"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
