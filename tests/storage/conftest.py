"""Real databases for the tests that ask for them."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.postgres import Cluster, NoPostgres, postgres_cluster


@pytest.fixture(scope="session")
def postgres() -> Generator[Cluster]:
    """A PostgreSQL server of this test session."""
    try:
        with postgres_cluster() as cluster:
            yield cluster
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind; "memory" is a third kind for those who ask for it."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'footnote.db'}"
        case "memory":
            return "sqlite://"
        case _:
            cluster: Cluster = request.getfixturevalue("postgres")
            return cluster.create_schema()
