"""Rename a column in one step."""

from alembic import op


def upgrade() -> None:
    """Users have a full name."""
    op.alter_column("users", "name", new_column_name="full_name")
