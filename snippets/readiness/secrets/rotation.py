"""Change a password while the service runs: two roles take turns."""

from secrets import token_urlsafe

from psycopg import Connection, sql


def issue(admin: Connection, role: str) -> str:
    """Make a new password for the role that nobody uses.

    Args:
        admin: Autocommits; it may alter the role.
        role: It owns nothing, and is a member of the one that does.

    Returns:
        The password; the server is sent no more than its hash.

    Raises:
        RuntimeError: Somebody uses the role.
    """
    refuse_if_used(admin, role)
    password = token_urlsafe(32)
    admin.pgconn.change_password(role.encode(), password.encode())
    alter(admin, "ALTER ROLE {} LOGIN", role)
    return password


def revoke(admin: Connection, role: str) -> None:
    """Let nobody log in any more with the role that was replaced.

    Raises:
        RuntimeError: Somebody uses the role.
    """
    refuse_if_used(admin, role)
    alter(admin, "ALTER ROLE {} NOLOGIN", role)


def refuse_if_used(admin: Connection, role: str) -> None:
    """Stop before somebody is cut off."""
    users = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s",
        [role],
    ).fetchone()
    if users != (0,):
        raise RuntimeError(f"{role} is in use")


def alter(admin: Connection, statement: str, role: str) -> None:
    """Change a role."""
    admin.execute(sql.SQL(statement).format(sql.Identifier(role)))
