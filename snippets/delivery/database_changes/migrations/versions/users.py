"""Users have a name."""

from alembic import op

revision = "users"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.execute("""
        CREATE TABLE users (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL
        )
    """)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("users")
