"""The release that runs: users have a name."""

from typing import Any

from psycopg import Connection


def add(connection: Connection[Any], name: str) -> int:
    """Add a user, and give their ID."""
    statement = "INSERT INTO users (name) VALUES (%s) RETURNING id"
    [(user,)] = connection.execute(statement, [name]).fetchall()
    return int(user)


def rename(connection: Connection[Any], user: int, name: str) -> None:
    """Give a user another name."""
    statement = "UPDATE users SET name = %s WHERE id = %s"
    connection.execute(statement, [name, user])


def name_of(connection: Connection[Any], user: int) -> str:
    """Tell a user's name."""
    query = "SELECT name FROM users WHERE id = %s"
    [(name,)] = connection.execute(query, [user]).fetchall()
    return str(name)
