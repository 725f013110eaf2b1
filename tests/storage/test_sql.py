"""The store in a database keeps every promise of a store, on SQLite and on PostgreSQL, and across restarts and processes."""

from collections.abc import AsyncGenerator

import pytest

from storage.opening import Storage, open_storage
from tests.contracts.stores import MovableClock, StoreContract


class TestSqlStorage(StoreContract):
    @pytest.fixture
    async def store(self, database_url: str, clock: MovableClock) -> AsyncGenerator[Storage]:
        async with open_storage(database_url, clock=clock) as store:
            yield store


class TestSqliteInMemory(StoreContract):
    @pytest.fixture
    async def store(self, clock: MovableClock) -> AsyncGenerator[Storage]:
        async with open_storage("sqlite://", clock=clock) as store:
            yield store
