"""Users are found by their full name."""

from alembic import op

revision = "index"
down_revision = "backfill"


def upgrade() -> None:
    """Build the index while others write."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # nobody waits for this
        op.drop_index(  # what an interrupted build left is invalid
            "users_full_name",
            if_exists=True,
            postgresql_concurrently=True,
        )
        op.create_index(
            "users_full_name",
            "users",
            ["full_name"],
            postgresql_concurrently=True,
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Drop it while others write."""
    with op.get_context().autocommit_block():
        op.drop_index("users_full_name", postgresql_concurrently=True)
