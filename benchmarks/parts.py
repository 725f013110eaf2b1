"""The small benches, one after the other: what single parts cost by themselves, as figures by name.

They want the machine for themselves, so they never run beside scenarios.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks import density, engine, rendering, start, store

Figures = dict[str, float]


def run(name: str) -> Figures:
    """One of `PARTS`; prints as it goes."""
    return PARTS[name]()


def _chunks() -> Figures:
    return {f"chunk: {name} (µs)": figure for name, figure in engine.main().items()}


def _store() -> Figures:
    return dict(_latencies())


def _latencies() -> Iterator[tuple[str, float]]:
    for it in store.main():
        name = f"store: {it.database}, {it.rows:,} turns stored"
        yield f"{name}, p50 (ms)", it.p50
        yield f"{name}, p99 (ms)", it.p99


def _pages() -> Figures:
    return {f"pages: {name}": figure for name, figure in rendering.main().items()}


PARTS: Final[Mapping[str, Callable[[], Figures]]] = {
    "engine": _chunks,
    "rendering": _pages,
    "store": _store,
    "density": density.main,
    "start": start.main,
}
