"""The one place where what a database says becomes `StoreUnavailable`, without statements, texts or passwords.

A lost connection is no failure yet: what it was used for is done again, as long as nothing can have been committed.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreUnavailable

T = TypeVar("T")

_TRIES = 3

# Their first line says what is wrong with the database; that of other errors may quote the value that was refused.
_OUTSPOKEN = (sqlite3.OperationalError, sqlite3.DatabaseError, OSError)


@contextmanager
def in_our_terms() -> Generator[None]:
    """Translate whatever SQLAlchemy, a driver or the file system raises."""
    try:
        yield
    except TimeoutError as error:
        raise StoreUnavailable("no answer in time") from error
    except DBAPIError as error:
        raise StoreUnavailable(_detail(error.orig or error)) from error
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError) as error:
        raise StoreUnavailable(_detail(error)) from error


async def again_if_lost(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` returns; call it again when its connection was lost before the commit."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except DBAPIError as error:
            if not _lost_before_commit(error):
                raise
    return await work()


def _lost_before_commit(error: DBAPIError) -> bool:
    # An error without a statement is that of a commit, of which nobody knows whether it arrived.
    return error.connection_invalidated and error.statement is not None


def _detail(error: BaseException) -> str:
    name = type(error.__cause__ or error).__name__
    state = getattr(error, "sqlstate", None)
    if isinstance(error, _OUTSPOKEN):
        return f"{name}: {str(error).partition(chr(10))[0]}"
    return f"{name} ({state})" if state else name
