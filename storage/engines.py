"""How the two kinds of database are connected to: one writer for SQLite, a small pool for PostgreSQL."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, nullcontext, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage.addresses import Address, PostgresServer, SqliteFile

# On SQLite such a transaction does not wait for the one writer.
READS_ONLY = "footnote_reads_only"

_CLOSE_WITHIN = 3.0

_memory_names = itertools.count(1)


@asynccontextmanager
async def open_engine(address: Address, patience: float) -> AsyncGenerator[AsyncEngine]:
    """Prepare connections to a database, and close all of them at the end; `patience` is how many seconds a lock is waited for."""
    match address:
        case SqliteFile(""):
            # A database in memory lives as long as somebody holds it; a connection may be dropped when a wait is cancelled.
            name = f"/footnote-{next(_memory_names)}"
            holder = closing(sqlite3.connect(f"file:{name}?vfs=memdb", uri=True))
            engine = _sqlite(URL.create("sqlite+aiosqlite", database=f"file:{name}", query=_MEMORY), patience)
        case SqliteFile(path):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            holder = nullcontext()
            engine = _sqlite(URL.create("sqlite+aiosqlite", database=path), patience)
        case PostgresServer():
            holder = nullcontext()
            engine = _postgres(address, patience)
    with holder:
        try:
            yield engine
        finally:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_CLOSE_WITHIN):
                    await engine.dispose()


_MEMORY = {"vfs": "memdb", "uri": "true"}


def _sqlite(url: URL, patience: float) -> AsyncEngine:
    # Several connections are no faster and have ten times the tail: https://www.sqlite.org/isolation.html
    engine = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": patience, "isolation_level": None},
    )
    # At DEBUG this logger writes every statement with its values, which are people's words.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # https://www.sqlite.org/wal.html: readers and the writer do not wait for each other; NORMAL survives a crash of the process
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A plain BEGIN that reads and then writes fails at once when somebody wrote in between; nothing waits for it.
    reads_only = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _postgres(address: PostgresServer, patience: float) -> AsyncEngine:
    arguments: dict[str, object] = {"dsn": address.dsn, "timeout": patience}
    if address.pooler:
        # https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#prepared-statement-name-with-pgbouncer
        arguments |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"__footnote_{uuid4()}__",
        }
    return create_async_engine(
        "postgresql+asyncpg://",
        pool_size=5,
        max_overflow=5,
        pool_timeout=patience,
        pool_pre_ping=True,  # a server that was restarted costs nobody a turn
        isolation_level="READ COMMITTED",  # a claim that had to wait for another sees what it has written
        hide_parameters=True,
        connect_args=arguments,
    )
