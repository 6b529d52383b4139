"""Alembic's environment: it works on the connection that `service.migrate` hands it, and commits nothing itself."""

from typing import TYPE_CHECKING

from alembic import context

if TYPE_CHECKING:
    from sqlalchemy import Connection

connection: "Connection" = context.config.attributes["connection"]
# Batches copy a table where SQLite cannot alter it.
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
