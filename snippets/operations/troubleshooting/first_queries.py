"""The first query for each symptom, and where its answer leads."""

from string import Template
from typing import NamedTuple


class First(NamedTuple):
    """What to ask first.

    Attributes:
        asks: The question.
        query: It, in PromQL, for the service `$job`.
        leads: Where to look next, for each kind of answer.
    """

    asks: str
    query: str
    leads: tuple[tuple[str, str], ...]


FIRST = {
    "errors are up": First(
        "Which route fails?",
        """\
sum by (endpoint) (
  rate(http_requests_total{job="$job", status=~"5.."}[5m])
)
/ sum by (endpoint) (
  rate(http_requests_total{job="$job"}[5m])
)""",
        (
            ("one route", "what it calls, its last change"),
            ("all of them", "what they share: database, config"),
        ),
    ),
    "latency is up": First(
        "Which route is slow?",
        """\
histogram_quantile(0.95, sum by (endpoint, le) (
  rate(http_request_duration_seconds_bucket{job="$job"}[5m])
))""",
        (
            ("one route", "a trace of it: which call takes long"),
            ("all of them", "what they wait for: the next row"),
        ),
    ),
    "requests hang": First(
        "Does anybody wait for a thread?",
        'max by (job) (worker_threads_waiting{job="$job"})',
        (
            ("above 0", "a dump: who holds the threads"),
            ("0", "what is before it: balancer, DNS, network"),
        ),
    ),
    "nothing was changed": First(
        "Which releases ran in the last hour?",
        """\
count by (release) (
  last_over_time(release_info{job="$job"}[1h])
)""",
        (
            ("two", "take the new one back"),
            ("one", "flags, traffic, whom it calls"),
        ),
    ),
}


def query(symptom: str, job: str) -> str:
    """Write the first query for a symptom of a service."""
    return Template(FIRST[symptom].query).substitute(job=job)
