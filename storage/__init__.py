"""What Footnote remembers: questions taken exactly once, turns, and the messages that carry them.

Start at `open_storage`; `memory.py` and `sql.py` keep the same promises (`tests/contracts/stores.py`). SQLAlchemy is seen
only in this package and is imported when a database is opened, so that light commands stay light.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.clock import Clock, SystemClock
from bot.ports import QuestionStore, TurnStore


class Storage(QuestionStore, TurnStore, Protocol):
    """This is everything that is remembered, behind one object."""


def open_storage(
    url: str, *, clock: Clock | None = None, claim_within: float = 2.0, within: float = 10.0
) -> AbstractAsyncContextManager[Storage]:
    """Open the database that `url` names, bring its tables up to date, and close it again at the end.

    `url` is what people write: a path, `sqlite:///path`, `sqlite://` (in memory), `postgres://...`. A claim ends or raises
    `StoreUnavailable` within `claim_within` seconds, everything else within `within`. Entering raises `ConfigurationInvalid`
    for an address that cannot be used, `StoreTooNew` for tables of a newer version, `StoreUnavailable` otherwise.
    """
    from storage.addresses import read_address
    from storage.sql import open_sql

    return open_sql(read_address(url), clock or SystemClock(), claim_within, within)
