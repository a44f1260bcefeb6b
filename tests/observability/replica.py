"""A replica whose latencies are known: it observes them on SIGUSR1.

`python -m` runs it with the module of a histogram, then `seconds:requests` pairs.
"""

import importlib
import os
import signal
import sys

from prometheus_client import Histogram, start_http_server

if __name__ == "__main__":
    module, *pairs = sys.argv[1:]
    latency: Histogram = importlib.import_module(module).LATENCY
    series = latency.labels("GET", "/orders/{order_id}")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    start_http_server(port := int(os.environ["PORT"]), "127.0.0.1")
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201 # its one line
    signal.sigwait({signal.SIGUSR1})
    for seconds, requests in (pair.split(":") for pair in pairs):
        for _ in range(int(requests)):
            series.observe(float(seconds))
    signal.pause()
