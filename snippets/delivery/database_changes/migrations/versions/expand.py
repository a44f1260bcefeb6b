"""Users have a full name as well, the same as their name."""

from alembic import op

revision = "expand"
down_revision = "users"
FUNCTION = """
    CREATE FUNCTION keep_names_equal() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.full_name IS DISTINCT FROM OLD.full_name THEN
            NEW.name := NEW.full_name; -- the new release wrote
        ELSE
            NEW.full_name := NEW.name;
        END IF;
        RETURN NEW;
    END $$
"""
TRIGGER = """
    CREATE TRIGGER keep_names_equal
    BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION keep_names_equal()
"""


def upgrade() -> None:
    """Add a column, and let the database keep both equal."""
    op.execute("ALTER TABLE users ADD COLUMN full_name text")
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Drop it again: the old column has every name."""
    op.execute("DROP FUNCTION keep_names_equal CASCADE")
    op.drop_column("users", "full_name")
