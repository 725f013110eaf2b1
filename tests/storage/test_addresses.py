"""Addresses as people write them, read without any I/O."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import ConfigurationInvalid
from storage.addresses import PostgresServer, SqliteFile, read_address

PASSWORD = "h8nter2"


def problem(written: str) -> str:
    with pytest.raises(ConfigurationInvalid) as raised:
        read_address(written)
    (sentence,) = raised.value.problems
    assert raised.value.__cause__ is None
    return sentence


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sqlite:///data/footnote.db", "data/footnote.db"),
        ("sqlite:////var/lib/footnote.db", "/var/lib/footnote.db"),
        ("sqlite+aiosqlite:///data/footnote.db", "data/footnote.db"),
        ("SQLite3:///data/footnote.db", "data/footnote.db"),
        ("sqlite://data/footnote.db", "data/footnote.db"),
        ("sqlite:///with%20blank.db", "with blank.db"),
        ("  data/footnote.db\n", "data/footnote.db"),
        ("/var/lib/a b%20c?.db", "/var/lib/a b%20c?.db"),
        ("C:\\footnote.db", "C:\\footnote.db"),
        ("sqlite://", ""),
        ("sqlite:///:memory:", ""),
        (":memory:", ""),
    ],
)
def test_a_sqlite_file_is_named_in_many_ways(written: str, path: str) -> None:
    assert read_address(written) == SqliteFile(path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2", "POSTGRES"])
def test_every_spelling_of_postgres_is_the_same_server(scheme: str) -> None:
    assert read_address(f"{scheme}://u:p@db:5432/footnote") == PostgresServer("postgresql://u:p@db:5432/footnote")


@pytest.mark.parametrize(
    ("written", "dsn"),
    [
        ("postgres://db/footnote", "postgresql://db/footnote"),
        ("postgres:///footnote", "postgresql:///footnote"),
        ("postgres://u@[::1]:5433/footnote", "postgresql://u@[::1]:5433/footnote"),
        ("postgres://u:p@one:5432,two:5433/f", "postgresql://u:p@one:5432,two:5433/f"),
        ("postgres://u@/f?host=/run/postgresql", "postgresql://u@/f?host=%2Frun%2Fpostgresql"),
        ("postgres://u:a@b:c@db/f", "postgresql://u:a%40b%3Ac@db/f"),
        ("postgres://u:a%2Fb@db/f", "postgresql://u:a%2Fb@db/f"),
    ],
)
def test_users_hosts_and_passwords_survive(written: str, dsn: str) -> None:
    assert read_address(written) == PostgresServer(dsn)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ("sslmode=require", "?sslmode=require"),
        ("ssl=require", "?sslmode=require"),
        ("ssl=true", "?sslmode=require"),
        ("sslmode=verify-full&sslrootcert=/ca.pem", "?sslmode=verify-full&sslrootcert=%2Fca.pem"),
        ("sslmode=require&channel_binding=require", "?sslmode=require"),
        ("connect_timeout=10&application_name=x", "?application_name=x"),
        ("options=endpoint%3Dabc", "?options=endpoint%3Dabc"),
    ],
)
def test_options_that_providers_put_into_addresses_are_understood(options: str, kept: str) -> None:
    assert read_address(f"postgres://u:p@db/f?{options}") == PostgresServer(f"postgresql://u:p@db/f{kept}")


@pytest.mark.parametrize("option", ["pgbouncer=true", "statement_cache_size=0", "prepared_statement_cache_size=0"])
def test_a_pooler_in_between_is_recognised(option: str) -> None:
    assert read_address(f"postgres://db/f?{option}") == PostgresServer("postgresql://db/f", pooler=True)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "is not an address"),
        ("mysql://u:h8nter2@db/f", "does not know"),
        ("postgres:h8nter2@db/f", "is not an address"),
        ("u:h8nter2@db/f", "is not an address"),
        ("sqlite:data/footnote.db", "is not an address"),
        ("sqlite:///f.db?check_same_thread=false", "takes none"),
        ("postgres://u:h8nter2@db:port/f", "percent-encoded"),
        ("postgres://u:h8nter2@db:99999/f", "percent-encoded"),
        ("postgres://u:h8nter2/x@db/f", "percent-encoded"),
        ("postgres://u:12/h8nter2@db/f", "percent-encoded"),
        ("postgres://u:12?h8nter2@db/f", "percent-encoded"),
        ("postgres://u:12?h8nter2=1@db/f", "percent-encoded"),
        ("postgres://u:h8nter2#x@db/f", "percent-encoded"),
        ("postgres://u:h8nter2[@db/f", "percent-encoded"),
        ("postgres://u:h8nter2@db/f?sslmode=h8nter2", "unknown sslmode"),
        ("postgres://u:h8nter2@db/f?color=red", "color"),
        ("postgres://u:h8nter2\t@db/f", "control characters"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence_without_the_password(written: str, says: str) -> None:
    sentence = problem(written)
    assert sentence.startswith("DATABASE_URL ")
    assert says in sentence
    assert sentence.endswith(".")
    assert PASSWORD not in sentence


def test_the_password_is_not_in_the_repr() -> None:
    assert PASSWORD not in repr(read_address(f"postgres://u:{PASSWORD}@db/f?password={PASSWORD}"))


@given(st.text(max_size=30), st.text(max_size=30))
@example("12/", "@db/x")
@example("12?", "=@db/x")
def test_no_password_whatever_its_characters_is_ever_said(before: str, after: str) -> None:
    for scheme in ("postgres", "mysql"):
        assert PASSWORD not in problem(f"{scheme}://u:{before}{PASSWORD}{after}@db:x/f")
