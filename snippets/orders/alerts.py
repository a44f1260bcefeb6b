"""What the orders promise, and rules that a demo can wait for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from snippets.slos.burn_rate_alerts.rules import (
    ORDERS,
    Objective,
    rules,
)
from snippets.slos.burn_rate_alerts.windows import PAIRS

PACE = 60  # in the demo an hour passes in a minute


def late(job: str, window: str) -> str:
    """Give the share of orders that were not charged at once."""
    answers = f'order_answers_total{{job="{job}"'
    return f"""\
sum by (job) (
  rate({answers},quality="fallback"}}[{window}])
)
/ sum by (job) (rate({answers}}}[{window}]))"""


AT_ONCE = Objective(
    "orders-charged-at-once", 0.99, partial(late, "orders")
)


def in_a_hurry() -> Iterator[tuple[str, str]]:
    """Write the rule file of each objective, with shorter windows.

    The burn rates that fire stay those of the real ones.

    Yields:
        The name of an objective, and its file.
    """
    pairs = [
        replace(pair, long=pair.long / PACE, short=pair.short / PACE)
        for pair in PAIRS
    ]
    for objective in (ORDERS, AT_ONCE):
        faster = replace(objective, period=objective.period / PACE)
        yield objective.name, rules(faster, pairs)


def prometheus(folder: Path, target: str) -> list[str]:
    """Write the configuration of a Prometheus that watches the orders.

    Args:
        folder: Where its files go.
        target: Host and port of the service.

    Returns:
        The command that starts it.
    """
    for name, text in in_a_hurry():
        folder.joinpath(f"{name}.yml").write_text(
            text, encoding="utf-8"
        )
    config = {
        "global": {
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "evaluation_interval": "1s",
        },
        "rule_files": [str(folder / "orders-*.yml")],
        "scrape_configs": [
            {
                "job_name": "orders",
                "static_configs": [{"targets": [target]}],
            }
        ],
    }
    file = folder / "prometheus.yml"  # JSON is YAML too
    file.write_text(json.dumps(config), encoding="utf-8")
    return [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--web.listen-address=127.0.0.1:0",
    ]
