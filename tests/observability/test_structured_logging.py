"""The service of the page runs once, in a process of its own, and is read back."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snippets.observability.structured_logging.json_lines import configure_logging
from snippets.observability.structured_logging.redaction import mask
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

PAGE = "snippets.observability.structured_logging"
FORGED = "bob\n2026-11-22 12:00:00,000 INFO login ok for root"
UPLOAD = "x" * 1_000_000  # more than uvicorn reads before it makes the client wait

Line = dict[str, Any]


@dataclass
class Story:
    """What one run of the service was asked, and what it wrote."""

    lines: list[Line]
    output: str

    def events(self, name: str) -> list[Line]:
        """Give the lines of one event."""
        return [line for line in self.lines if line["event"] == name]


def tell(module: str, fixture: str) -> Iterator[Story]:
    """Upload as one user, read as nobody on the same connection, then crash."""
    with Service(module, fixture) as service:
        with httpx.Client(base_url=service.address) as client:
            body = {"total_amount": "19.99", "card_token": "tok_secret"}
            user = {"user_id": FORGED}
            order = client.post("/orders", json={**body, **user}).json()
            client.post("/orders", json={**body, "user_id": "usr-7", "note": UPLOAD})
            client.get(f"/orders/{order['order_id']}")
            client.get("/orders/unknown")
        yield Story(service.stop(), service.output)


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Run the service as the page shows it."""
    yield from tell(f"{PAGE}.service", "story")


@pytest.fixture(scope="module")
def tidying_story() -> Iterator[Story]:
    """Run it with the middleware of the Don't."""
    yield from tell("tests.observability.tidying_service", "tidying_story")


def run(module: str, *arguments: str) -> str:
    """Run a snippet as a program, and give what it prints."""
    command = [sys.executable, "-m", f"{PAGE}.{module}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.mark.proves("structured-logs")
def test_every_line_of_the_process_is_a_json_object(story: Story) -> None:
    """Every line on stdout is a JSON object with event, level and time."""

    needed = {"event", "level", "timestamp"}
    assert [] == [line for line in story.lines if not needed <= line.keys()]


@pytest.mark.proves("structured-logs")
def test_the_order_is_one_event_with_its_values_as_keys(
    story: Story, output: Output
) -> None:
    """A created order is one line whose event never changes and whose values are keys."""
    line = story.events("order_created")[1]
    output.check("observability/structured_logging/order_created.out", pretty(line))

    assert "order_created" == line["event"]
    assert "19.99" == line["total_amount"]
    assert line["duration_ms"] >= 0


@pytest.mark.proves("structured-logs")
def test_times_are_utc(story: Story) -> None:
    """Every time is in UTC, so that lines of two hosts sort."""
    line = story.events("order_created")[0]

    assert UTC == datetime.fromisoformat(line["timestamp"]).tzinfo


@pytest.mark.proves("structured-logs")
def test_a_line_break_in_a_value_stays_inside_its_line(story: Story) -> None:
    """A user whose name holds a line break cannot write a line of their own."""
    line = story.events("order_created")[0]

    assert FORGED == line["user_id"]
    assert 1 == sum("login ok for root" in row for row in story.output.splitlines())


@pytest.mark.proves("structured-logs")
def test_a_line_names_its_trace(story: Story) -> None:
    """A line inside a span carries the ids of the trace and of the span."""
    line = story.events("order_created")[0]

    assert (32, 16) == (len(line["trace_id"]), len(line["span_id"]))


@pytest.mark.proves("structured-logs")
def test_the_server_logs_down_the_same_chain(story: Story) -> None:
    """The lines of uvicorn, which knows nothing of structlog, are JSON too."""

    assert 1 == len(story.events("Application startup complete."))


@pytest.mark.proves("structured-logs")
def test_an_exception_is_logged_once_as_data(story: Story) -> None:
    """An uncaught exception is one line, with its frames as a list."""
    (line,) = [line for line in story.lines if line["level"] == "error"]
    (exception,) = line["exception"]

    assert "KeyError" == exception["exc_type"]
    assert "read_order" == exception["frames"][-1]["name"]


@pytest.mark.harm("structured-logs")
def test_structlog_unconfigured_is_not_json(output: Output) -> None:
    """Nobody configured structlog: the line is no JSON, and its amount is a repr."""
    printed = run("unconfigured_dont")
    output.check("observability/structured_logging/unconfigured_dont.out", printed)

    with pytest.raises(json.JSONDecodeError):
        json.loads(printed)
    assert "Decimal('19.99')" in printed


@pytest.mark.harm("structured-logs")
def test_a_line_break_forges_a_line_of_text(output: Output) -> None:
    """In a text log the same name writes a second line that never happened."""
    printed = run("text_lines_dont", FORGED)
    output.check("observability/structured_logging/text_lines_dont.out", printed)

    assert 2 == len(printed.splitlines())


@pytest.mark.proves("log-context")
def test_each_request_has_an_identity_of_its_own(story: Story) -> None:
    """Four requests have four identities, on every line that they wrote."""
    lines = [line for line in story.lines if "request_id" in line]

    assert 4 == len({line["request_id"] for line in lines})


@pytest.mark.proves("log-context")
def test_the_next_request_has_no_user(story: Story) -> None:
    """A request after an upload on the same connection carries no user of its own."""
    line = story.events("order_read")[0]

    assert "user_id" not in line


@pytest.mark.proves("log-context")
def test_the_line_of_a_crash_carries_the_identity(story: Story) -> None:
    """The server's line about an uncaught exception names the request."""
    (line,) = [line for line in story.lines if line["level"] == "error"]

    assert story.events("order_read")[1]["request_id"] == line["request_id"]


@pytest.mark.harm("log-context")
def test_clearing_afterwards_gives_a_user_to_a_stranger(
    tidying_story: Story, output: Output
) -> None:
    """Clearing afterwards, the request after an upload is logged as the uploader's."""
    uploaded = tidying_story.events("order_created")[1]
    read = tidying_story.events("order_read")[0]
    name = "observability/structured_logging/request_context_dont.out"
    output.check(name, f"{pretty(uploaded)}\n{pretty(read)}")

    assert "usr-7" == read["user_id"]


@pytest.mark.proves("redact-logs")
def test_a_crash_shows_no_values(story: Story) -> None:
    """The frames of an exception hold no local variables."""
    (line,) = [line for line in story.lines if line["level"] == "error"]
    frames = line["exception"][0]["frames"]

    assert [] == [frame for frame in frames if frame.get("locals")]


@pytest.mark.proves("redact-logs")
def test_a_token_is_nowhere_in_the_output(story: Story) -> None:
    """The card's token, which the request carried, is in no line."""

    assert "tok_secret" not in story.output


@pytest.mark.proves("redact-logs")
@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"},
        [{"PASSWORD": "hunter2"}],
        ({"a": {"Token": "hunter2"}},),
    ],
)
def test_a_secret_is_masked_however_deep_it_lies(value: object) -> None:
    """A sensitive key is masked in dicts, lists and tuples, in any case."""

    assert "hunter2" not in str(mask("request", value))


@pytest.mark.proves("redact-logs")
def test_a_secret_is_masked_in_a_line_of_the_standard_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A library that knows nothing of structlog is redacted too."""
    configure_logging()
    headers = {"Authorization": "Bearer hunter2"}
    logging.getLogger("library").info("request_sent", extra={"headers": headers})
    line = json.loads(capsys.readouterr().out)

    assert {"Authorization": "[redacted]"} == line["headers"]


@pytest.mark.harm("redact-logs")
def test_dict_tracebacks_logs_the_password(output: Output) -> None:
    """The ready-made processor writes local variables, and so the password."""
    printed = run("redaction_dont")
    output.check("observability/structured_logging/redaction_dont.out", printed)

    (exception,) = json.loads(printed)["exception"]
    assert "'hunter2'" == exception["frames"][0]["locals"]["password"]


def pretty(line: Line) -> str:
    """Write a line of the log one key a row, as a page can show it."""
    return json.dumps(line, indent=2, sort_keys=True)  # structlog's order varies
