"""A panel that would stay empty is found before anybody looks."""

from collections.abc import Iterable, Iterator, Mapping
from string import Template
from typing import Any

import httpx


def queries(
    dashboard: Mapping[str, Any], **variables: str
) -> Iterator[tuple[str, str]]:
    """Take the queries out of a dashboard, as Grafana would send them.

    Args:
        dashboard: Grafana's JSON, parsed; or a row, which has panels.
        variables: What to write for `$job` and its like.

    Yields:
        The panel's title with the query's letter, and the query.

    Raises:
        KeyError: A query has a variable that is not given.
    """
    for panel in dashboard.get("panels", ()):
        for target in panel.get("targets", ()):
            query = Template(target["expr"]).substitute(variables)
            yield f"{panel['title']} ({target['refId']})", query
        yield from queries(panel, **variables)


def unanswered(
    prometheus: str, asked: Iterable[tuple[str, str]]
) -> list[str]:
    """Name the queries to which Prometheus has no answer now.

    Args:
        prometheus: Its address.
        asked: Names and queries.

    Raises:
        HTTPStatusError: Prometheus cannot parse one.
    """
    empty = []
    with httpx.Client(base_url=prometheus) as client:
        for name, query in asked:
            answer = client.get(
                "/api/v1/query", params={"query": query}
            )
            if not answer.raise_for_status().json()["data"]["result"]:
                empty.append(name)
    return empty
