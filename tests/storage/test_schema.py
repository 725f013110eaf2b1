"""Migrations: they produce exactly the tables that the code uses, once, in one piece, and never touch what is newer."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import SystemClock
from bot.errors import StoreTooNew, StoreUnavailable
from storage.addresses import read_address
from storage.engines import open_engine
from storage.opening import open_storage
from storage.schema import bring_up_to_date
from storage.tables import LATEST, METADATA
from tests.contracts.stores import QUESTION, claimed

MIGRATIONS = Path(__file__).parents[2] / "storage" / "migrations"

# everything that a CREATE said, as the database itself writes it down
CATALOGUE = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' ORDER BY name"],
    "postgresql": [
        """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name <> 'alembic_version' ORDER BY 1, 2""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'alembic_version' ORDER BY 1",
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = current_schema()::regnamespace AND conname NOT LIKE 'alembic%' ORDER BY 1""",
    ],
}

OPEN_AND_CLOSE = """
import asyncio, sys
from storage.opening import open_storage

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_storage(sys.argv[1]):
        pass

asyncio.run(main())
"""


def opened(url: str) -> Any:
    return open_engine(read_address(url), 2, 2)


async def catalogue(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        rows = [row for sql in CATALOGUE[engine.dialect.name] for row in await connection.execute(text(sql))]
    return [tuple(_in_order(word) for word in row) for row in rows]


def _in_order(word: object) -> object:
    """The lines of a CREATE, whatever order they are in."""
    return sorted(line.strip(" ,\t") for line in word.splitlines()) if isinstance(word, str) else word


async def run(url: str, statement: str) -> list[Any]:
    async with opened(url) as engine, engine.begin() as connection:
        result = await connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), METADATA)


async def test_the_migrations_produce_exactly_the_tables_in_the_code(database_url: str) -> None:
    async with opened(database_url) as engine:
        await bring_up_to_date(engine, read_address(database_url), SystemClock())
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        migrated = await catalogue(engine)
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.drop_all)
            await connection.run_sync(METADATA.create_all)
        assert migrated == await catalogue(engine)


def test_the_newest_migration_is_the_one_that_the_code_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [LATEST]


async def test_a_database_that_is_up_to_date_is_left_alone(database_url: str) -> None:
    for _ in range(2):
        async with open_storage(database_url):
            pass
    assert await run(database_url, "SELECT version_num FROM alembic_version") == [LATEST]


async def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    async with open_storage(database_url):
        pass
    await run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew) as raised:
        async with open_storage(database_url):
            pass
    assert (raised.value.found, raised.value.known) == ("9999", LATEST)
    assert await run(database_url, "SELECT version_num FROM alembic_version") == ["9999"]


async def test_a_migration_that_fails_leaves_nothing_half_done(database_url: str) -> None:
    await run(database_url, "CREATE TABLE messages (somebody_elses integer)")
    with pytest.raises(StoreUnavailable):
        async with open_storage(database_url):
            pass
    async with opened(database_url) as engine:
        found = repr(await catalogue(engine))
    assert "somebody_elses" in found
    assert "turns" not in found
    assert "conversations" not in found


async def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    programs = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", OPEN_AND_CLOSE, database_url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for program in programs:
        assert program.stdout is not None
        assert await program.stdout.readline() == b"ready\n"
    endings = await asyncio.wait_for(_let_go(programs), 60)
    assert endings == [(0, b"")] * 2
    assert await run(database_url, "SELECT version_num FROM alembic_version") == [LATEST]


async def _let_go(programs: list[asyncio.subprocess.Process]) -> list[tuple[int | None, bytes]]:
    async with asyncio.TaskGroup() as group:
        ends = [group.create_task(program.communicate(b"\n")) for program in programs]
    return [(program.returncode, end.result()[1]) for program, end in zip(programs, ends, strict=True)]


async def test_a_start_waits_for_another_that_migrates(database_url: str) -> None:
    async with opened(database_url) as first, opened(database_url) as second, asyncio.TaskGroup() as group:
        for engine in (first, second):
            group.create_task(bring_up_to_date(engine, read_address(database_url), SystemClock()))
    assert await run(database_url, "SELECT version_num FROM alembic_version") == [LATEST]


async def test_a_lock_that_stays_taken_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    import fcntl

    url = f"sqlite:///{tmp_path}/f.db"
    with (tmp_path / "f.db.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        async with opened(url) as engine:
            with pytest.raises(TimeoutError):
                await bring_up_to_date(engine, read_address(url), SystemClock(), within=0.15)


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "%41#?&.db", "überraschung-東京.db", "new/folder/f.db", "f"])
async def test_a_file_may_be_called_anything(tmp_path: Path, name: str) -> None:
    async with open_storage(str(tmp_path / name)) as store:
        await claimed(store, QUESTION)
    with closing(sqlite3.connect(tmp_path / name)) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert file.execute("SELECT count(*) FROM turns").fetchone() == (1,)


async def test_nobody_else_on_the_machine_reads_the_file(tmp_path: Path) -> None:
    async with open_storage(str(tmp_path / "f.db")) as store:
        await claimed(store, QUESTION)
        assert [mode_of(tmp_path / name) for name in ("f.db", "f.db-wal", "f.db-shm")] == [0o600] * 3


async def test_the_connection_is_set_up_for_safety_and_speed(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/f.db") as engine, engine.connect() as connection:
        for pragma, value in (("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 2000)):
            assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value
