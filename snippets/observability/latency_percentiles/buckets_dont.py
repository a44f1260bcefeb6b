"""Choose buckets by their looks."""

from prometheus_client import Histogram

LATENCY = Histogram(
    "http_request_duration_seconds",
    "Time from a request to the end of its answer.",
    ["method", "endpoint"],
    buckets=[0.01, 0.05, 0.1, 0.5, 1.0, 5.0],
)
