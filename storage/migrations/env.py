"""Runs migrations on the connection that `storage.schema` hands over, inside its transaction; there is no other way to run them."""

from alembic import context

from storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
