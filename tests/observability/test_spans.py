"""What two services put on their spans, as a collector decodes it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.semconv import attributes as stable
from opentelemetry.semconv.schemas import Schemas

from tests.observability.shop import CRASHED, DECLINED, PAID, is_ours, sell
from tests.otlp import ERROR, Span

if TYPE_CHECKING:
    from handbook.outputs import Output

CONVENTIONS = "1.44.0"  # the version that the page states
OURS = {"order.id", "user.id"}  # no convention, and one that is in development
MARK = {0: "unset", ERROR: "error"}
Traces = dict[str, list[Span]]


@pytest.fixture(scope="module")
def traces() -> Traces:
    """Order as the page shows it."""
    return sell(f"{__name__}.traces")


@pytest.fixture(scope="module")
def draft() -> Traces:
    """Order with old names, and decline inside of the span."""
    return sell(
        f"{__name__}.draft",
        settings="observability/spans/telemetry_dont.yaml",
        orders="tests.observability.declining_service",
        sold=(PAID, DECLINED),
    )


def stable_names() -> set[str]:
    """Give the name of every stable attribute of the conventions."""
    modules = [
        import_module(f"{stable.__name__}.{module.name}")
        for module in iter_modules(stable.__path__)
    ]
    return {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }


@pytest.mark.proves("semantic-names")
def test_every_name_is_stable_or_ours(traces: Traces, output: Output) -> None:
    """Every attribute that arrives is stable in the conventions that the page states."""
    spans = [span for trace in traces.values() for span in trace]
    known = stable_names()
    names = {name for span in spans for name in (*span.attributes, *span.resource)}

    assert [*Schemas][-1].value.endswith(f"/{CONVENTIONS}")
    assert names & OURS == names - known
    assert {"http.request.method", "http.route", "error.type"} <= names
    assert {"deployment.environment.name"} <= names
    rows = [f"{key:<28} {value}" for key, value in shown(traces[CRASHED][-1])]
    output.check("observability/spans/attributes.out", "\n".join(rows))


def shown(span: Span) -> list[tuple[str, Any]]:
    """List the attributes of a span that are the same in every run."""
    skipped = ("server.port", "network")
    return [
        (key, value)
        for key, value in sorted(span.attributes.items())
        if not key.startswith(skipped)
    ]


@pytest.mark.harm("semantic-names")
def test_old_names_split_a_trace_into_two_vocabularies(
    draft: Traces, output: Output
) -> None:
    """Unless you opt in, one trace calls the method and the status by two names each."""
    "observability/spans/telemetry_dont.yaml"
    rows = []
    for span in draft[PAID]:
        names = sorted(
            name for name in span.attributes if name.endswith(("method", "status_code"))
        )
        if names:
            rows.append(f"{span.service:<9}{span.name[:12]:<14}{' '.join(names)}")
    environments = {name for span in draft[PAID] for name in span.resource}

    found = {name for span in draft[PAID] for name in span.attributes}
    assert {"http.method", "http.request.method"} <= found
    assert "deployment.environment.name" not in environments
    output.check("observability/spans/telemetry_dont.out", "\n".join(rows))


def status(traces: Traces, order: str) -> str:
    """Give the status of the span that a handler made itself."""
    (span,) = [span for span in traces[order] if is_ours(span)]
    return MARK[span.status]


@pytest.mark.proves("span-status")
def test_a_declined_card_is_no_failure_of_orders(traces: Traces) -> None:
    """A decline leaves the status of the span unset; a crash of payments sets it."""
    by_route = {order: MARK[trace[0].status] for order, trace in traces.items()}

    assert "unset" == status(traces, PAID)
    assert "unset" == status(traces, DECLINED)
    assert "error" == status(traces, CRASHED)
    assert {PAID: "unset", DECLINED: "unset", CRASHED: "error"} == by_route


@pytest.mark.proves("span-status")
def test_the_failure_is_named(traces: Traces) -> None:
    """The span of the service that crashed says which exception it was."""
    span = traces[CRASHED][-1]

    assert ("payments", "KeyError") == (span.service, span.attributes["error.type"])


@pytest.mark.harm("span-status")
def test_a_decline_inside_of_the_span_is_a_failure(
    draft: Traces, traces: Traces, output: Output
) -> None:
    """An HTTPException that leaves a span marks it as failed, whatever its status."""

    assert "error" == status(draft, DECLINED)
    rows = ["status of process_order   paid   declined"]
    for name, found in (("raised outside", traces), ("raised inside", draft)):
        rows.append(f"{name:<25} {status(found, PAID)}  {status(found, DECLINED)}")
    output.check("observability/spans/status_dont.out", "\n".join(rows))
