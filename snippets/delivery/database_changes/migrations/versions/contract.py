"""Users have a full name only."""

from alembic import op

from snippets.delivery.database_changes.migrations.versions.expand import (
    FUNCTION,
    TRIGGER,
)

revision = "contract"
down_revision = "index"


def upgrade() -> None:
    """Drop the old column, which no release reads any more."""
    op.execute("DROP FUNCTION keep_names_equal CASCADE")
    op.drop_column("users", "name")


def downgrade() -> None:
    """Bring it back, with the names that there are."""
    op.execute("ALTER TABLE users ADD COLUMN name text")
    op.execute("UPDATE users SET name = full_name")
    op.execute("ALTER TABLE users ALTER name SET NOT NULL")
    op.execute(FUNCTION)
    op.execute(TRIGGER)
