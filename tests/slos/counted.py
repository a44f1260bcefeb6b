"""A replica whose requests are known: it counts them on SIGUSR1.

`python -m` runs it with `status:requests:seconds` of each kind; a kind without
requests is counted from 0.
"""

import os
import signal
import sys

from prometheus_client import Counter, Histogram, start_http_server

if __name__ == "__main__":
    requests = Counter("http_requests_total", "Requests.", ["status"])
    latency = Histogram("http_request_duration_seconds", "Time.", buckets=[0.1, 0.2, 1])
    kinds = [kind.split(":") for kind in sys.argv[1:]]
    for status, _, _ in kinds:
        requests.labels(status)  # begins at 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    start_http_server(port := int(os.environ["PORT"]), "127.0.0.1")
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201 # its one line
    signal.sigwait({signal.SIGUSR1})
    for status, count, seconds in kinds:
        requests.labels(status).inc(int(count))
        for _turn in range(int(count)):
            latency.observe(float(seconds))
    signal.pause()
