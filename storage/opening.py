"""The door to the store: everything else asks for `Storage` and does not know which kind it got."""

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
    `StoreUnavailable` within `claim_within` seconds, everything else within `within`. Raises `ConfigurationInvalid` at once for
    an address that cannot be used; entering raises `StoreTooNew` for tables of a newer version, `StoreUnavailable` otherwise.
    """
    from storage.addresses import read_address
    from storage.sql import open_sql

    return open_sql(read_address(url), clock or SystemClock(), claim_within, within)
