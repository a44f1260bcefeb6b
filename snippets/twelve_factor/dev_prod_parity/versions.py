"""Every deploy runs the same services, of the same major version."""

from collections.abc import Iterator, Mapping

import psycopg
from redis import Redis

WANTED = {"PostgreSQL": 18, "Valkey": 9}  # in Git, for all deploys


def drift(
    database: str, cache: str, wanted: Mapping[str, int] = WANTED
) -> Iterator[str]:
    """Ask the services of this deploy for their versions.

    Args:
        database: The URL of its PostgreSQL.
        cache: The URL of its Valkey.
        wanted: The major version of each, the same for all deploys.

    Yields:
        One line for each service that differs.
    """
    with psycopg.connect(database) as connection:
        major = connection.info.server_version // 10_000
    found = {"PostgreSQL": major}
    with Redis.from_url(cache) as client:
        told = client.info("server").get("valkey_version", "0")
    found["Valkey"] = int(told.split(".")[0])
    for name, version in wanted.items():
        if found[name] != version:
            yield f"{name} is {found[name]} here, {version} elsewhere"
