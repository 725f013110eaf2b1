"""Brings the tables up to date at start: one process at a time, all or nothing, and never backwards."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.errors import StoreTooNew, StoreUnavailable
from storage.addresses import Address, SqliteFile
from storage.tables import LATEST

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_NUMBER = 0x466F6F746E6F7465  # "Footnote": any number will do, if it is always the same
_LOOK_AGAIN_AFTER = 0.05


async def bring_up_to_date(engine: AsyncEngine, address: Address, clock: Clock, within: float = 120.0) -> None:
    """Apply what migrations are missing, under a lock; raise `StoreTooNew`, or TimeoutError if the lock stays taken."""
    async with asyncio.timeout(within), _one_at_a_time(address, clock), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        await connection.run_sync(_migrate)


@asynccontextmanager
async def _one_at_a_time(address: Address, clock: Clock) -> AsyncGenerator[None]:
    """Hold a file beside the database; it also covers the switch to WAL, for which SQLite itself does not wait."""
    if not isinstance(address, SqliteFile) or not address.path:
        yield
        return
    import fcntl

    with Path(f"{address.path}.lock").open("a") as file:  # noqa: ASYNC230 - once, at start
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await clock.sleep(_LOOK_AGAIN_AFTER)
        yield


def _migrate(connection: Connection) -> None:
    found = _revision(connection)
    if found == LATEST:
        return  # alembic takes half a second to import, and most starts do not need it
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise StoreTooNew(found, LATEST)
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    rows = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(rows) > 1:
        raise StoreUnavailable("alembic_version names more than one version")
    return rows[0] if rows else ""
