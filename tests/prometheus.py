"""Ask a real Prometheus."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import yaml

from tests.site.tools import require
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Labels: TypeAlias = frozenset[tuple[str, str]]


class Prometheus:
    """A Prometheus that scrapes five times a second, on a port that the system gives.

    It takes five seconds until it scrapes a target it did not know. So each job has
    its ports from the start, and a service that is started later listens there.

    Args:
        folder: Where it keeps its data; it is deleted at the end.
        jobs: How many replicas each job has.
        rules: Rule files to evaluate as often.
        slow: Jobs that need more than 200 ms to write their metrics.
    """

    def __init__(
        self,
        folder: Path,
        jobs: Mapping[str, int],
        rules: Sequence[Path] = (),
        slow: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._places = {
            job: [placeholder() for _ in range(count)] for job, count in jobs.items()
        }
        config = {
            "global": {"evaluation_interval": "200ms"},
            "rule_files": [str(file.resolve()) for file in rules],
            "scrape_configs": [
                {
                    "job_name": job,
                    "scrape_interval": "1s" if job in slow else "200ms",
                    "scrape_timeout": "1s" if job in slow else "200ms",
                    "static_configs": [
                        {"targets": [f"127.0.0.1:{port}" for port in self.ports(job)]}
                    ],
                }
                for job in jobs
            ],
        }
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        self._log = (folder / "prometheus.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                require("prometheus"),
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--web.listen-address=127.0.0.1:0",
                "--enable-feature=exemplar-storage",
                "--scrape.discovery-reload-interval=10ms",  # not after five seconds
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.address = f"http://127.0.0.1:{self._port()}"
        self._client = httpx.Client(base_url=f"{self.address}/api/v1")
        wait_until(lambda: httpx.get(f"{self.address}/-/ready").is_success)

    def ports(self, job: str) -> list[str]:
        """Give the ports at which the replicas of a job are scraped."""
        return [str(place.getsockname()[1]) for place in self._places[job]]

    def _port(self) -> int:
        """Read the port from its log."""

        def found() -> re.Match[str] | None:
            self._log.seek(0)
            return re.search(r'"Listening on" address=.*:(\d+)', self._log.read())

        return int(wait_until(found)[1])

    def get(self, path: str, **parameters: str | float) -> Any:  # noqa: ANN401 # JSON
        """Ask its HTTP API.

        Raises:
            AssertionError: Prometheus refused; the message is its own.
        """
        answer = self._client.get(path, params=parameters).json()
        assert answer["status"] == "success", answer["error"]
        return answer["data"]

    def query(self, expression: str) -> dict[Labels, float]:
        """Evaluate an expression now, and give its value for each set of labels."""
        data = self.get("/query", query=expression)
        assert data["resultType"] == "vector"
        return {
            frozenset(row["metric"].items()): float(row["value"][1])
            for row in data["result"]
        }

    def value(self, expression: str) -> float | None:
        """Evaluate an expression that has one value, or none."""
        found = [*self.query(expression).values()]
        assert len(found) <= 1, f"{expression} has {len(found)} values"
        return found[0] if found else None

    def wait(self, expression: str) -> dict[Labels, float]:
        """Evaluate a condition until it has an answer, and give that."""
        found: dict[Labels, float] = wait_until(
            lambda: self.query(expression), expression
        )
        return found

    def wait_for_scrape(self, job: str) -> None:
        """Wait until every replica of a job was scraped anew."""
        now = time()
        selector = f'up{{job="{job}"}}'
        self.wait(f"min({selector}) == 1 and min(timestamp({selector})) > {now}")

    def close(self) -> None:
        """End the process, and forget its data."""
        self._client.close()
        self._process.terminate()
        self._process.wait()
        self._log.close()
        for place in (place for places in self._places.values() for place in places):
            place.close()
        shutil.rmtree(self._folder)


def placeholder() -> socket.socket:
    """Keep a port for a service: it binds too, and only it listens."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    return place
