"""Conversations, their turns, the messages that carry the answers, and what was claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NUMBER: sa.Double[float] = sa.Double()
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_conversations()
    _create_turns()
    _create_messages()
    _create_claims()


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", _ROW_ID, nullable=False),
        *_words("key", "platform", "workspace"),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("key", name="uq_conversations_key"),
        sqlite_autoincrement=True,
    )


def _create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("conversation_id", _ROW_ID, nullable=False),
        *_words("platform", "workspace", "channel", "thread", "reply_to", "interaction", "asker", "question"),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("circumstances", sa.JSON(), nullable=False),
        *_words("state", "answer"),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", _NUMBER),
        *_words("failure"),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_turns_conversation_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_conversation_id_id", "turns", ["conversation_id", "id"])


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("turn_id", _ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_words("platform", "workspace", "channel", "thread", "message"),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_messages_turn_id", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "platform", "channel", "message", "turn_id", name="uq_messages_platform_channel_message_turn_id"
        ),
    )
    op.create_index("ix_messages_turn_id_number", "messages", ["turn_id", "number"])


def _create_claims() -> None:
    op.create_table(
        "claims",
        *_words("key"),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_claims"),
    )
    op.create_index("ix_claims_taken_at", "claims", ["taken_at"])
