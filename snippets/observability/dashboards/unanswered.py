"""A panel that would stay empty is found before anybody looks."""

from collections.abc import Mapping
from string import Template
from typing import Any

import httpx


def queries(
    dashboard: Mapping[str, Any], **variables: str
) -> dict[str, str]:
    """Take the queries out of a dashboard, as Grafana would send them.

    Args:
        dashboard: Grafana's JSON, parsed.
        variables: What to write for `$job` and its like.

    Returns:
        Each query, by the panel's title and the letter.

    Raises:
        KeyError: A query has a variable that is not given.
    """
    return {
        f"{panel['title']} ({target['refId']})": Template(
            target["expr"]
        ).substitute(variables)
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


def unanswered(prometheus: str, asked: Mapping[str, str]) -> list[str]:
    """Name the queries to which Prometheus has no answer now.

    Args:
        prometheus: Its address.
        asked: Queries by name.

    Raises:
        HTTPStatusError: Prometheus cannot parse one.
    """
    empty = []
    with httpx.Client(base_url=prometheus) as client:
        for name, query in asked.items():
            answer = client.get(
                "/api/v1/query", params={"query": query}
            )
            if not answer.raise_for_status().json()["data"]["result"]:
                empty.append(name)
    return empty
