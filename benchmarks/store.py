"""How long a turn keeps the store busy: claim a question, read the last 20 turns, store the answer; on SQLite and PostgreSQL.

Both databases are filled first and hold everything of this run in a temporary folder.
"""

import asyncio
import random
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bot.clock import SystemClock
from bot.model import MessageRef, Outcome, Place, Question, Source, TurnState, Usage, WrittenPage
from storage.addresses import read_address
from storage.engines import open_engine
from storage.opening import Storage, open_storage
from tests.postgres import NoPostgres, postgres_cluster

CONVERSATIONS = 5_000
TEXT = "Rayleigh scattering sends short waves in all directions [1]. " * 7
SOURCES = tuple(Source(f"https://example.org/{n}", f"Page {n}") for n in range(5))

_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
_FILL_CONVERSATIONS = f"""INSERT INTO conversations (key, platform, workspace, created_at)
    {_COUNT} SELECT 'c' || i, 'slack', 'T1', CURRENT_TIMESTAMP FROM n"""
_FILL_TURNS = f"""INSERT INTO turns (conversation_id, platform, workspace, channel, thread, reply_to, interaction, asker,
        question, asked_at, circumstances, state, answer, sources, input_tokens, output_tokens, failure, changed_at)
    {_COUNT} SELECT 1 + i % :conversations, 'slack', 'T1', 'C1', '', '', '', 'U1',
        'Why is the sky blue?', CURRENT_TIMESTAMP, '{{}}', 'delivered', :answer, '[]', 9, 9, '', CURRENT_TIMESTAMP FROM n"""
_FILL_MESSAGES = """INSERT INTO messages (turn_id, number, platform, workspace, channel, thread, message, sealed)
    SELECT id, 0, platform, workspace, channel, '', 'm' || id, true FROM turns"""


@dataclass(frozen=True, slots=True)
class Latency:
    """These are times of one turn in milliseconds, with `rows` turns stored before."""

    database: str
    rows: int
    turns: int
    p50: float
    p99: float


def main(rows: int = 1_000_000, turns: int = 1_000) -> list[Latency]:
    """Fill both databases with `rows` turns, time `turns` more, one after the other; print and return the figures."""
    results: list[Latency] = []
    with tempfile.TemporaryDirectory() as folder:
        results.append(asyncio.run(_measure("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}", rows, turns)))
    with _postgres() as url:
        if url:
            results.append(asyncio.run(_measure("postgresql", url, rows, turns)))
    for it in results:
        print(f"store {it.database:<10} {it.rows:>9,} turns stored: p50 {it.p50:6.2f} ms  p99 {it.p99:6.2f} ms")
    return results


@contextmanager
def _postgres() -> Generator[str]:
    try:
        with postgres_cluster() as cluster:
            yield cluster.create_database()
    except NoPostgres as reason:
        print(f"store postgresql skipped: {reason}")
        yield ""


async def _measure(database: str, url: str, rows: int, turns: int) -> Latency:
    async with open_storage(url):
        pass
    await _fill(url, rows)
    clock = SystemClock()
    chance = random.Random(1)
    times: list[float] = []
    async with open_storage(url) as store:
        for number in range(turns + 20):  # the first ones open connections and fill caches
            began = clock.now()
            await _one_turn(store, number, f"c{chance.randint(1, CONVERSATIONS)}")
            times.append((clock.now() - began) * 1000)
    times = sorted(times[20:])
    return Latency(database, rows, turns, times[len(times) // 2], times[len(times) * 99 // 100])


async def _fill(url: str, rows: int) -> None:
    async with open_engine(read_address(url), 2, 10) as engine:
        async with engine.begin() as connection:
            await connection.execute(text(_FILL_CONVERSATIONS), {"rows": CONVERSATIONS})
            values = {"rows": rows, "conversations": CONVERSATIONS, "answer": TEXT}
            await connection.execute(text(_FILL_TURNS), values)
            await connection.execute(text(_FILL_MESSAGES))
        async with engine.begin() as connection:
            await connection.execute(text("ANALYZE"))


async def _one_turn(store: Storage, number: int, conversation: str) -> None:
    place = Place("slack", "T1", "C1", "1")
    question = Question(
        place=place,
        asker="U1",
        text="And why is it red in the evening?",
        conversation=conversation,
        claims=(f"event-{number}", f"message-{number}"),
        asked_at=datetime.now(UTC),
    )
    claimed = await store.claim(question)
    assert claimed is not None
    await store.recent(claimed.conversation, 20)
    page = WrittenPage(MessageRef(place, f"answer-{number}"), 0, sealed=True)
    await store.finish(Outcome(claimed.turn, TurnState.DELIVERED, TEXT, SOURCES, Usage(100, 200, 0.006), (page,)))


if __name__ == "__main__":
    main()
