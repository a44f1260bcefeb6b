"""The budget of each manifest is computed, and spent by real servers."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from snippets.resilience.shutdown_on_kubernetes.budget import Budget, budgets
from tests.loopback import Loopback
from tests.resilience.shutdown.servers import (
    GO,
    KILLED,
    PYTHON,
    SNIPPETS,
    Caller,
    Servers,
    end,
)
from tests.site.tools import documents

if TYPE_CHECKING:
    from handbook.outputs import Output
    from tests.loopback import Request

DEPLOYMENT = "resilience/shutdown_on_kubernetes/deployment.yaml"
DRAFT = "resilience/shutdown_on_kubernetes/deployment_dont.yaml"
FASTER = 10  # how much faster than in the manifest the time passes


def read(manifest: str) -> Budget:
    """Read the budget of the one container in a manifest."""
    (deployment,) = documents(SNIPPETS / manifest)
    return budgets(deployment)["orders"]


class Silence(Loopback):
    """A collector that takes a connection and answers nothing."""

    def answer(self, request: Request) -> None:  # noqa: ARG002 # it is not even read
        """Wait for the end."""
        self.closing.wait()


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Do as the kubelet does, to servers whose every limit is met."""
    folder = tmp_path_factory.mktemp("servers")
    servers = Servers(folder, f"{__name__}.ends", GO)

    def evict(manifest: str, server: str) -> str:
        budget = read(manifest)
        limits = {
            "DRAIN_SECONDS": str(budget.drain / FASTER),
            "FLUSH_SECONDS": str(budget.flush / FASTER),
            "OTEL_EXPORTER_OTLP_ENDPOINT": silence.address,
            "FLUSH_HANGS": "1",
        }
        with (
            servers.start(server, "traced", **limits) as service,
            Caller(service) as quick,
            Caller(service) as caller,
        ):
            quick.get("/quick/1")  # something to flush
            assert quick.status() == "200"
            caller.get("/stuck/2")
            service.wait_for("accepted 2")
            service.signal(signal.SIGTERM)  # after preStop
            return end(service, (budget.grace - budget.pre_stop) / FASTER)

    cases = [(m, s) for m in (DEPLOYMENT, DRAFT) for s in (GO, PYTHON)]
    with Silence() as silence, ThreadPoolExecutor(4) as pool:
        codes = pool.map(evict, *zip(*cases, strict=True))
        return dict(zip(cases, codes, strict=True))


@pytest.mark.proves("shutdown-budget")
def test_the_budget_fits(ends: dict[tuple[str, str], str]) -> None:
    """preStop, drain and flush are less than the grace period, and real ends agree."""
    budget = read("resilience/shutdown_on_kubernetes/deployment.yaml")

    assert Budget(pre_stop=5, drain=10, flush=5, grace=30) == budget
    assert budget.spare > 0
    assert "1" == ends[DEPLOYMENT, GO] == ends[DEPLOYMENT, PYTHON]


@pytest.mark.harm("shutdown-budget")
def test_thirty_seconds_of_drain_break_it(
    ends: dict[tuple[str, str], str], output: Output
) -> None:
    """With a drain of 30 s at the default grace, SIGKILL comes before the end."""
    budget = read("resilience/shutdown_on_kubernetes/deployment_dont.yaml")

    assert -10 == budget.spare
    assert KILLED == ends[DRAFT, GO] == ends[DRAFT, PYTHON]
    rows = [f"{'':<16}preStop  drain  flush  grace  spare  Go       Python"]
    for told, manifest in (("the manifest", DEPLOYMENT), ("a first draft", DRAFT)):
        at = read(manifest)
        rows.append(
            f"{told:<16}{at.pre_stop:>7.0f}{at.drain:>7.0f}{at.flush:>7.0f}"
            f"{at.grace:>7.0f}{at.spare:>7.0f}  "
            + "".join(
                f"{'SIGKILL' if code == KILLED else f'exit {code}':<9}"
                for code in (ends[manifest, GO], ends[manifest, PYTHON])
            ).rstrip()
        )
    output.check("resilience/shutdown_on_kubernetes/budgets.out", "\n".join(rows))


@pytest.mark.proves("shutdown-budget")
@pytest.mark.parametrize("missing", ["env", "lifecycle", "FLUSH_SECONDS", "sleep"])
def test_a_limit_that_nobody_set_is_no_budget(missing: str) -> None:
    """A limit that is not in the manifest is an error, and not a guess."""
    (deployment,) = documents(SNIPPETS / DEPLOYMENT)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container.pop(missing, None)
    if missing == "FLUSH_SECONDS":
        container["env"].pop()
    if missing == "sleep":
        container["lifecycle"]["preStop"] = {"exec": {"command": ["sleep", "5"]}}

    with pytest.raises(KeyError, match=missing):
        budgets(deployment)
