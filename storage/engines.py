"""How the two kinds of database are connected to: one writer for SQLite, a small pool for PostgreSQL."""

import asyncio
import errno
import logging
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from storage.addresses import Address, PostgresServer, SqliteFile

_CLOSE_WITHIN = 3.0
_READS_ONLY = "footnote_reads_only"


@asynccontextmanager
async def open_engine(address: Address, lock_within: float, connect_within: float) -> AsyncGenerator[AsyncEngine]:
    """Prepare connections to a database, and close all of them at the end.

    SQLite waits `lock_within` seconds for another process's write, PostgreSQL `connect_within` seconds for a connection.
    """
    match address:
        case SqliteFile(path):
            engine = _sqlite(path, lock_within)
        case PostgresServer():
            engine = _postgres(address, connect_within)
    try:
        yield engine
    finally:
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_CLOSE_WITHIN):
                await engine.dispose()


def for_reading(engine: AsyncEngine) -> AsyncEngine:
    """The same connections for a single statement that reads: no transaction around it, no waiting for the one writer."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READS_ONLY: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _sqlite(path: str, lock_within: float) -> AsyncEngine:
    if path:
        _look_at(Path(path))
    # At DEBUG this logger writes every statement with its values, which are people's words.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=path or ":memory:"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,  # several connections are no faster and have ten times the tail
        max_overflow=0,
        pool_timeout=None,
        hide_parameters=True,
        connect_args={"timeout": lock_within, "isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _look_at(path: Path) -> None:
    """Make the folder, and let a file that cannot be opened be found out here: aiosqlite leaves a thread behind when it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # people's words; SQLite gives the files beside it the same mode
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA schema_version").fetchone()
    if not os.access(path, os.W_OK):  # SQLite would say so only when the first question is asked
        raise PermissionError(errno.EACCES, "cannot be written", str(path))


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # https://www.sqlite.org/wal.html: reading and writing do not wait for each other; NORMAL survives a crash of the process
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A plain BEGIN that reads and then writes fails at once when somebody wrote in between; busy_timeout does not apply.
    if not connection.get_execution_options().get(_READS_ONLY, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(address: PostgresServer, connect_within: float) -> AsyncEngine:
    arguments: dict[str, object] = {"dsn": address.dsn, "timeout": connect_within}
    if address.pooler:
        # https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#prepared-statement-name-with-pgbouncer
        arguments |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"__footnote_{uuid4()}__",
        }
    # A connection that was lost meanwhile is found out by using it (`again_if_lost`): asking first costs three round trips.
    return create_async_engine(
        "postgresql+asyncpg://",
        pool_size=5,
        max_overflow=5,
        pool_timeout=connect_within,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",  # a claim that had to wait for another sees what that one has written
        hide_parameters=True,
        connect_args=arguments,
    )
