"""The tables, as they are after the newest migration, and the two column types that make SQLite and PostgreSQL agree.

A change here needs a migration in `migrations/versions`, and `LATEST` names the newest one; a test compares both.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from bot.model import Source
from storage.texts import storable, storable_source

LATEST = "0001"

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts its own row ids only in a column that is called exactly INTEGER.
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")


class Words(TypeDecorator[str]):
    """This is text from outside: whatever characters it has, the database takes it."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Moment(TypeDecorator[datetime]):
    """This is an aware time in UTC; SQLite keeps no zone, so that it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sources(TypeDecorator[tuple[Source, ...]]):
    """These are the sources of an answer, as a JSON list of objects."""

    impl = JSON
    cache_ok = True

    @override
    def process_bind_param(self, value: tuple[Source, ...] | None, dialect: Dialect) -> Any:
        return msgspec.to_builtins([storable_source(source) for source in value or ()])

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Source, ...]:
        return msgspec.convert(value, tuple[Source, ...])


conversations = Table(
    "conversations",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("platform", Words, nullable=False),
    Column("workspace", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("conversation_id", ROW_ID, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # the question; together with its circumstances it can be asked again after a restart
    Column("platform", Words, nullable=False),
    Column("workspace", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread", Words, nullable=False),
    Column("reply_to", Words, nullable=False),
    Column("interaction", Words, nullable=False),
    Column("asker", Words, nullable=False),
    Column("question", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("circumstances", JSON, nullable=False),
    # the answer
    Column("state", Text, nullable=False),
    Column("answer", Words, nullable=False),
    Column("sources", Sources, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", Double),
    Column("failure", Words, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "conversation_id", "id"),
    # a number of a forgotten turn is never given to another: a late `finish` must not land in somebody else's turn
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("turn_id", ROW_ID, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("platform", Words, nullable=False),
    Column("workspace", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("sealed", Boolean, nullable=False),
    # a page that had to be posted anew has two messages, and people may reply to either
    UniqueConstraint("platform", "channel", "message", "turn_id"),
    Index(None, "turn_id", "number"),
)

claims = Table(
    "claims",
    METADATA,
    Column("key", Words, primary_key=True),
    Column("taken_at", Moment, nullable=False, index=True),
)
