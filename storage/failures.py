"""The one place where what a database says becomes `StoreUnavailable`, without statements, texts or passwords."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreUnavailable

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


def _detail(error: BaseException) -> str:
    name = type(error.__cause__ or error).__name__
    state = getattr(error, "sqlstate", None)
    if isinstance(error, _OUTSPOKEN):
        return f"{name}: {str(error).partition(chr(10))[0]}"
    return f"{name} ({state})" if state else name
