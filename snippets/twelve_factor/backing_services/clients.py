"""Who is connected to a PostgreSQL server, as it sees them."""

import psycopg


def clients(server: str, name: str) -> int:
    """Count the connections that a server has under a name.

    Args:
        server: The URL of the server.
        name: What the service's URL says as `application_name`.
    """
    with psycopg.connect(server) as connection:
        return connection.execute(
            "SELECT FROM pg_stat_activity WHERE application_name = %s",
            [name],
        ).rowcount
