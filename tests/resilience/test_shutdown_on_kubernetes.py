"""The budget of each manifest is computed, and spent by real servers."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

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


def container_of(manifest: str) -> dict[str, Any]:
    """Read the one container in a manifest."""
    (deployment,) = documents(SNIPPETS / manifest)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


def variables(manifest: str) -> dict[str, str]:
    """Read what its one container is started with."""
    return {each["name"]: each["value"] for each in container_of(manifest)["env"]}


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
        limits = variables(manifest) | {
            "HOST": "127.0.0.1",
            "PORT": "0",
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


@pytest.mark.proves("shutdown-budget")
@pytest.mark.parametrize(
    "manifest", ["resilience/shutdown_on_kubernetes/deployment.yaml", DRAFT]
)
def test_the_pod_can_be_reached(manifest: str) -> None:
    """The server is told to listen on every address, at the port that is probed."""
    container = container_of(manifest)
    (port,) = container["ports"]
    set_here = variables(manifest)

    assert ("0.0.0.0", str(port["containerPort"])) == (  # noqa: S104 # a pod's own
        set_here["HOST"],
        set_here["PORT"],
    )
    assert port["containerPort"] == container["readinessProbe"]["httpGet"]["port"]


@pytest.mark.proves("shutdown-budget")
@pytest.mark.parametrize("probe", ["livenessProbe", "startupProbe"])
def test_a_shorter_grace_of_a_probe_counts(probe: str) -> None:
    """A probe that leaves five seconds leaves no time to drain; a longer one adds none."""
    (deployment,) = documents(SNIPPETS / DEPLOYMENT)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    spare = []
    for own in ({"terminationGracePeriodSeconds": n} for n in (5, 60)):
        container[probe] = own
        spare.append(budgets(deployment)["orders"].spare)
    container[probe] = {}

    assert [-15, 10] == spare
    assert 10 == budgets(deployment)["orders"].spare


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
@pytest.mark.parametrize(
    "missing", ["env", "lifecycle", "DRAIN_SECONDS", "FLUSH_SECONDS", "sleep"]
)
def test_a_limit_that_nobody_set_is_no_budget(missing: str) -> None:
    """A limit that is not in the manifest is an error, and not a guess."""
    (deployment,) = documents(SNIPPETS / DEPLOYMENT)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container.pop(missing, None)
    if missing.endswith("_SECONDS"):
        (one,) = (each for each in container["env"] if each["name"] == missing)
        del one["value"]
        one["valueFrom"] = {"configMapKeyRef": {"name": "orders", "key": missing}}
    if missing == "sleep":
        container["lifecycle"]["preStop"] = {"exec": {"command": ["sleep", "5"]}}

    with pytest.raises(KeyError, match=missing):
        budgets(deployment)
