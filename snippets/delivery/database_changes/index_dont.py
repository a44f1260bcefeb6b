"""Build an index as Alembic writes it by itself."""

from alembic import op


def upgrade() -> None:
    """Find users by their name."""
    op.create_index("users_name", "users", ["name"])
