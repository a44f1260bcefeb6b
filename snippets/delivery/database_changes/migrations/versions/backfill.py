"""Every user has a full name."""

from alembic import op
from sqlalchemy import text

revision = "backfill"
down_revision = "expand"
SIZE = 1000  # rows that stay locked while a batch is written
BATCH = """
    WITH batch AS (
        SELECT id FROM users WHERE id > :after ORDER BY id LIMIT :size
    ), filled AS (
        UPDATE users SET full_name = name FROM batch
        WHERE users.id = batch.id AND full_name IS NULL
    )
    SELECT max(id) FROM batch
"""
FILLED = "CHECK (full_name IS NOT NULL)"


def upgrade() -> None:
    """Fill in batches, each committed; then ask for it, in steps."""
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        after: int | None = 0
        while after is not None:
            rows = {"after": after, "size": SIZE}
            after = connection.scalar(text(BATCH), rows)
        op.execute("ALTER TABLE users DROP CONSTRAINT IF EXISTS filled")
        op.execute(
            f"ALTER TABLE users ADD CONSTRAINT filled {FILLED} NOT VALID"
        )
        op.execute("ALTER TABLE users VALIDATE CONSTRAINT filled")
    op.execute("ALTER TABLE users ALTER full_name SET NOT NULL")
    op.execute("ALTER TABLE users DROP CONSTRAINT filled")


def downgrade() -> None:
    """Ask for it no more; what was filled stays."""
    op.execute("ALTER TABLE users ALTER full_name DROP NOT NULL")
