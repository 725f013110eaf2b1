"""What happens when the database does not play along: nothing hangs, nothing leaks, and afterwards everything works again."""

import asyncio
import logging
import os
import sqlite3
import threading
import traceback
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import pytest

from bot.errors import StoreUnavailable
from bot.model import ClaimedQuestion, Outcome, TurnState
from storage.opening import Storage, open_storage
from tests.contracts.stores import CONVERSATION, QUESTION, answered, ask, claimed, said
from tests.postgres import Cluster
from tests.storage.frozen_proxy import frozen_proxy

SECRET = "the words of a person"


async def execute(url: str, *statements: str) -> int:
    """Do something behind the store's back, and return how many rows the last statement gave."""
    if url.startswith("sqlite"):
        return await asyncio.to_thread(_execute_in_file, url.removeprefix("sqlite:///"), statements)
    connection = await asyncpg.connect(url)
    rows = [await connection.fetch(statement) for statement in statements]
    await connection.close()
    return len(rows[-1])


def _execute_in_file(path: str, statements: Sequence[str]) -> int:
    with closing(sqlite3.connect(path)) as file:
        rows = [file.execute(statement).fetchall() for statement in statements]
        file.commit()
        return len(rows[-1])


@asynccontextmanager
async def somebody_else_writes(url: str) -> AsyncGenerator[None]:
    """Another process is in the middle of claiming "q", and will not do it in the end."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
        return
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN; INSERT INTO claims VALUES ('q', now())")
    yield
    await connection.close()


async def unavailable(store: Storage, text: str = "q") -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        await store.claim(ask(text))
    return raised.value


async def test_a_claim_fails_in_time_while_another_process_writes_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    async with open_storage(str(path), claim_within=1.0) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert "locked" in (await unavailable(store)).detail
            assert said(await store.recent(CONVERSATION, 9)) == []  # reading needs nobody's leave
            other.execute("ROLLBACK")
        await claimed(store, ask("q"))


async def test_a_claim_fails_in_time_while_another_process_holds_the_same_claim(postgres: Cluster) -> None:
    url = postgres.create_database()
    async with open_storage(url, claim_within=0.3) as store:
        async with somebody_else_writes(url):
            assert (await unavailable(store)).detail == "no answer in time"
        await claimed(store, ask("q"))


async def test_a_claim_waits_in_line_no_longer_than_promised(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    async with open_storage(str(path), claim_within=0.4) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.TaskGroup() as group:
                waiting = [group.create_task(unavailable(store, f"q{n}")) for n in range(5)]
            assert all(task.result().detail for task in waiting)
            other.execute("ROLLBACK")
        for number in range(5):
            await claimed(store, ask(f"q{number}"))


async def test_a_server_that_falls_silent_holds_nobody(postgres: Cluster) -> None:
    database = urlsplit(postgres.create_database()).path
    async with frozen_proxy(postgres.socket) as proxy:
        through = f"postgresql://postgres@127.0.0.1:{proxy.port}{database}?sslmode=disable"
        async with asyncio.timeout(20), open_storage(through, claim_within=0.2, within=0.3) as store:
            await claimed(store, ask("before"))
            proxy.freeze()
            async with asyncio.timeout(1.8):  # taking leave of such a server takes asyncpg two seconds
                assert (await unavailable(store)).detail == "no answer in time"
            with pytest.raises(StoreUnavailable):
                await store.recent(CONVERSATION, 9)


async def test_a_server_that_restarts_costs_what_was_asked_meanwhile_and_nothing_more(postgres: Cluster) -> None:
    async with open_storage(postgres.create_database()) as store:
        async with asyncio.TaskGroup() as group:  # several connections, all of them dead soon
            for number in range(5):
                group.create_task(answered(store, ask(f"q{number}"), "a"))
        postgres.stop()
        try:
            assert (await unavailable(store)).detail
        finally:
            postgres.start()
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(answered(store, ask(f"r{number}"), "a"))
        assert len(await store.recent(CONVERSATION, 99)) == 10


OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


async def test_connections_that_are_lost_are_replaced_without_a_word(postgres: Cluster) -> None:
    url = postgres.create_database()
    async with open_storage(url) as store:
        for number in range(12):
            await execute(url, f"SELECT pg_terminate_backend(pid) {OTHERS}")
            async with asyncio.TaskGroup() as group:  # which find out at different moments
                for asker in range(3):
                    group.create_task(claimed(store, ask(f"q{number} {asker}")))


async def test_a_claim_that_loses_its_connection_in_the_middle_is_made_again(postgres: Cluster) -> None:
    url = postgres.create_database()
    async with open_storage(url) as store:
        async with somebody_else_writes(url):
            taking = asyncio.create_task(claimed(store, ask("q")))
            ended = f"SELECT pg_terminate_backend(pid) {OTHERS} AND wait_event_type = 'Lock'"
            while not await execute(url, ended):
                await asyncio.wait({taking}, timeout=0.01)
        await taking


async def test_a_claim_whose_caller_gave_up_is_not_taken(database_url: str) -> None:
    async with open_storage(database_url) as store:
        async with somebody_else_writes(database_url):
            giving_up = asyncio.create_task(store.claim(ask("q")))
            await asyncio.wait({giving_up}, timeout=0.05)
            giving_up.cancel()
            await asyncio.wait({giving_up})
            assert giving_up.cancelled()
        await claimed(store, ask("q"))


async def test_a_claim_that_was_said_to_have_failed_is_not_taken_later(database_url: str) -> None:
    async with open_storage(database_url, claim_within=0.1) as store, open_storage(database_url) as other:
        async with somebody_else_writes(database_url):
            await unavailable(store)
        await claimed(other, ask("q"))


# A turn takes this database some tenths of a second to insert.
SLOW = {
    "sqlite": (
        "CREATE TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n",
        "CREATE TRIGGER slow AFTER INSERT ON turns BEGIN SELECT count(*) FROM many a, many b WHERE a.i + b.i = 0; END",
    ),
    "postgresql": (
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END'",
        "CREATE TRIGGER slow AFTER INSERT ON turns FOR EACH ROW EXECUTE FUNCTION wait()",
    ),
}


async def test_a_claim_that_failed_in_the_middle_is_not_taken_in_the_end(database_url: str) -> None:
    async with open_storage(database_url, claim_within=0.1) as store:
        await execute(database_url, *SLOW["sqlite" if database_url.startswith("sqlite") else "postgresql"])
        assert (await unavailable(store)).detail == "no answer in time"
        await execute(database_url, "DROP TRIGGER slow" + ("" if database_url.startswith("sqlite") else " ON turns"))
    async with open_storage(database_url) as store:
        await claimed(store, ask("q"))


@pytest.mark.parametrize("database_url", ["memory", "sqlite", "postgresql"], indirect=True)
async def test_callers_who_give_up_at_any_moment_leave_nothing_locked(database_url: str) -> None:
    given_up: list[asyncio.Task[ClaimedQuestion | None]] = []  # whoever still holds such a task must not matter
    async with open_storage(database_url) as store:
        await answered(store, ask("q"), "a")
        for number in range(80):
            task = asyncio.create_task(store.claim(ask(f"q{number}")))
            await asyncio.wait({task}, timeout=number * 0.00004)
            task.cancel()
            await asyncio.wait({task})
            given_up.append(task)
            if number % 8 == 7:
                await claimed(store, ask(f"after {number}"))
        assert said(await store.recent(CONVERSATION, 9)) == [("q", "a")]


async def test_an_error_says_what_is_wrong_but_nothing_that_was_said(database_url: str) -> None:
    async with open_storage(database_url) as store:
        taken = await claimed(store, ask("first"))
        drop = "DROP TABLE messages" if database_url.startswith("sqlite") else "DROP TABLE messages CASCADE"
        await execute(database_url, drop, "ALTER TABLE turns RENAME COLUMN answer TO reply")
        with pytest.raises(StoreUnavailable) as raised:
            await store.claim(ask(SECRET, conversation=SECRET, replies_to=SECRET))
        told = [raised.value]
        with pytest.raises(StoreUnavailable) as raised:
            await store.finish(Outcome(taken.turn, TurnState.FAILED, SECRET, failure=SECRET))
        told.append(raised.value)
    for error in told:
        assert error.detail
        assert error.__cause__ is not None
        assert SECRET not in "".join(traceback.format_exception(error))


async def test_figures_that_no_column_holds_are_a_failure_of_the_store(database_url: str) -> None:
    async with open_storage(database_url) as store:
        with pytest.raises(StoreUnavailable):
            await store.finish(Outcome(2**70, TurnState.DELIVERED, SECRET))


async def test_even_at_debug_no_log_says_what_people_said(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_storage(database_url) as store:
        await answered(store, replace(QUESTION, text=SECRET), SECRET)
        await store.recent(CONVERSATION, 9)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:h8nter2@127.0.0.1:1/f", "ConnectionRefusedError"),
        ("postgresql://u:h8nter2@nowhere.invalid/f", "gaierror"),
        ("postgresql://u:h8nter2@/f?host=/nonexistent", "FileNotFoundError"),
        ("sqlite:////dev/null/f.db", "FileExistsError"),
        ("sqlite:////dev", "unable to open"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_said_without_the_password(url: str, says: str) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        async with open_storage(url):
            pass
    assert says in raised.value.detail
    assert "h8nter2" not in "".join(traceback.format_exception(raised.value))


async def test_a_database_that_the_server_does_not_have_is_said_by_its_code(postgres: Cluster) -> None:
    with pytest.raises(StoreUnavailable, match="3D000"):
        async with open_storage(postgres.url("nonexistent")):
            pass


async def test_tls_is_asked_for_when_the_address_says_so(postgres: Cluster) -> None:
    async with frozen_proxy(postgres.socket) as proxy:
        with pytest.raises(StoreUnavailable, match="SSL"):
            async with open_storage(f"postgres://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=require"):
                pass


async def test_a_pooler_in_between_gets_no_named_statements_that_outlive_it(postgres: Cluster) -> None:
    async with open_storage(f"{postgres.create_database()}&pgbouncer=true") as store:
        await answered(store, ask("q"), "a")
        assert said(await store.recent(CONVERSATION, 9)) == [("q", "a")]


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    path.write_text("something else " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        async with open_storage(str(path)):
            pass
    assert path.read_text() == "something else " * 100


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_file_that_cannot_be_written_is_found_out_at_start(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    async with open_storage(str(path)):
        pass
    path.chmod(0o444)
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        async with open_storage(str(path)):
            pass


async def test_trouble_of_others_inside_the_block_is_not_ours() -> None:
    with pytest.raises(OSError, match="mine"):
        async with open_storage("sqlite://"):
            raise OSError("mine")


async def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    async with open_storage(str(tmp_path / "f.db")) as store:
        await claimed(store, ask("q"))
        abandoned = asyncio.create_task(store.claim(ask("q2")))
        await asyncio.wait({abandoned}, timeout=0.001)
        abandoned.cancel()
    await asyncio.wait({abandoned})
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()
