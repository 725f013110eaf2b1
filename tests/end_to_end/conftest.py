"""The three emulated services, each as a bot's settings lead to it, and a real PostgreSQL."""

from collections.abc import AsyncGenerator, Generator

import pytest

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord import Latency as DiscordLatency
from tests.emulators.perplexity import PerplexityEmulator, Script
from tests.emulators.slack import Latency, Redelivery, SlackEmulator
from tests.postgres import Cluster, NoPostgres, postgres_cluster

BRIEF = Script(words=12, words_per_second=0, first_word_delay=0)
ON_THE_WAY = 0.02


def growing(question: str) -> Script:
    """An answer long enough to be watched, whose words begin with the letter that the question begins with."""
    return Script(words=60, words_per_second=30, first_word_delay=0.3, prefix=question[:1].lower())


@pytest.fixture
async def slack() -> AsyncGenerator[SlackEmulator]:
    redelivery = Redelivery(delays=(0.1, 0.2, 0.5))
    async with SlackEmulator(latency=Latency(ON_THE_WAY, ON_THE_WAY), redelivery=redelivery) as emulator:
        yield emulator


@pytest.fixture
async def discord() -> AsyncGenerator[DiscordEmulator]:
    async with DiscordEmulator(latency=DiscordLatency(ON_THE_WAY, ON_THE_WAY)) as emulator:
        yield emulator


@pytest.fixture
async def perplexity() -> AsyncGenerator[PerplexityEmulator]:
    """One that answers at once; a test that wants to watch sets its `scripts`."""
    async with PerplexityEmulator(scripts=BRIEF) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def postgres() -> Generator[Cluster]:
    """A PostgreSQL server of this test session."""
    try:
        with postgres_cluster() as cluster:
            yield cluster
    except NoPostgres as reason:
        pytest.skip(str(reason))
