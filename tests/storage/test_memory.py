"""The store in the memory of the process keeps every promise of a store."""

import pytest

from storage.memory import MemoryStorage
from tests.contracts.stores import MovableClock, StoreContract


class TestMemoryStorage(StoreContract):
    @pytest.fixture
    def store(self, clock: MovableClock) -> MemoryStorage:
        return MemoryStorage(clock)
