"""What alembic runs: the steps, on the connection and within the transaction of whoever prepares the schema."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
