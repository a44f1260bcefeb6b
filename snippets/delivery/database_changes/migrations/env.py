"""Say how Alembic runs migrations."""

from alembic import context


def run() -> None:
    """Run each migration in a transaction of its own."""
    context.configure(
        connection=context.config.attributes["connection"],
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
