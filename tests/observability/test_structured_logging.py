"""The service of the page runs once, in a process of its own, and is read back."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog

from snippets.observability.structured_logging.json_lines import configure_logging
from snippets.observability.structured_logging.redaction import mask
from tests.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handbook.outputs import Output

SHARING = "tests.observability.sharing_service"
PAGE = "snippets.observability.structured_logging"
FORGED = "bob\n2026-11-22 12:00:00,000 INFO login ok for root"
JSON = "Content-Type: application/json\r\n"

Line = dict[str, Any]


@dataclass
class Story:
    """What one run of the service was asked, and what it wrote."""

    lines: list[Line]
    output: str

    def errors(self) -> list[Line]:
        """Give the lines about what went wrong."""
        return [line for line in self.lines if line["level"] == "error"]

    def events(self, name: str) -> list[Line]:
        """Give the lines of one event."""
        return [line for line in self.lines if line["event"] == name]


def tell(module: str, fixture: str) -> Iterator[Story]:
    """Order as one user; as another, with two readers at once behind; then stop.

    The second reader asks for an order that does not exist, and crashes.
    """
    body = {"total_amount": "19.99", "card_token": "tok_secret"}
    with Service(module, fixture) as service:
        first = {**body, "user_id": FORGED}
        order = httpx.post(f"{service.address}/orders", json=first).json()
        second = json.dumps({**body, "user_id": "usr-7"})
        service.talk(
            f"POST /orders HTTP/1.1\r\nHost: a\r\n{JSON}"
            f"Content-Length: {len(second)}\r\n\r\n{second}",
            f"GET /orders/{order['order_id']} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /orders/no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        )
        yield Story(service.stop(), service.output)


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Run the service as the page shows it."""
    yield from tell(f"{PAGE}.service", f"{__name__}.story")


@pytest.fixture(scope="module")
def sharing_story() -> Iterator[Story]:
    """Run it on a server that lets contexts be inherited."""
    yield from tell(SHARING, f"{__name__}.sharing_story")


@pytest.fixture(scope="module")
def tidying_story() -> Iterator[Story]:
    """Run it there with the middleware of the Don't."""
    yield from tell(f"{SHARING} afterwards", f"{__name__}.tidying_story")


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

    assert "19.99" == line["total_amount"]
    assert line["duration_ms"] == round(line["duration_ms"], 3) >= 0
    output.check("observability/structured_logging/order_created.out", pretty(line))


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
    assert "color_message" not in story.output


@pytest.mark.proves("structured-logs")
def test_an_exception_is_logged_once_as_data(story: Story) -> None:
    """An uncaught exception is one line, with its frames as a list."""
    (line,) = story.errors()
    (exception,) = line["exception"]

    assert "KeyError" == exception["exc_type"]
    assert "read_order" == exception["frames"][-1]["name"]


@pytest.mark.harm("structured-logs")
def test_structlog_unconfigured_is_not_json(output: Output) -> None:
    """Nobody configured structlog: the line is no JSON, and its amount is a repr."""
    printed = run("unconfigured_dont")

    with pytest.raises(json.JSONDecodeError):
        json.loads(printed)
    assert "Decimal('19.99')" in printed
    output.check("observability/structured_logging/unconfigured_dont.out", printed)


@pytest.mark.harm("structured-logs")
def test_a_line_break_forges_a_line_of_text(output: Output) -> None:
    """In a text log the same name writes a second line that never happened."""
    printed = run("text_lines_dont", FORGED)

    assert 2 == len(printed.splitlines())
    output.check("observability/structured_logging/text_lines_dont.out", printed)


@pytest.mark.proves("log-context")
def test_each_request_has_an_identity_of_its_own(story: Story) -> None:
    """Four requests have four identities, on every line that they wrote."""
    lines = [line for line in story.lines if "request_id" in line]

    assert 4 == len({line["request_id"] for line in lines})


@pytest.mark.proves("log-context")
def test_the_next_request_has_no_user(sharing_story: Story) -> None:
    """Cleared first, the request behind another on its connection carries no user."""
    line = sharing_story.events("order_read")[0]

    assert "user_id" not in line


@pytest.mark.proves("log-context")
def test_the_line_of_a_crash_carries_the_identity(story: Story) -> None:
    """The server's line about an uncaught exception names the request and its trace."""
    (crash,) = story.errors()
    read = story.events("order_read")[1]

    assert read["request_id"] == crash["request_id"]
    assert read["trace_id"] == crash["trace_id"]


def test_clearing_does_not_reach_the_trace(sharing_story: Story) -> None:
    """Without a context of its own, a crash is filed under another request's trace."""
    (crash,) = sharing_story.errors()
    read = sharing_story.events("order_read")[1]

    assert read["trace_id"] != crash["trace_id"]


@pytest.mark.harm("log-context")
def test_clearing_afterwards_gives_a_user_to_a_stranger(
    tidying_story: Story, output: Output
) -> None:
    """Cleared afterwards, the next request is logged as the user's of the one before."""
    ordered = tidying_story.events("order_created")[1]
    read = tidying_story.events("order_read")[0]

    assert "usr-7" == read["user_id"]
    name = "observability/structured_logging/request_context_dont.out"
    output.check(name, f"{pretty(ordered)}\n{pretty(read)}")


@pytest.mark.proves("redact-logs")
def test_a_crash_shows_no_values(story: Story) -> None:
    """The frames of an exception hold no local variables."""
    (line,) = story.errors()
    frames = line["exception"][0]["frames"]

    assert [] == [frame for frame in frames if frame.get("locals")]


@contextmanager
def configured() -> Iterator[None]:
    """Configure logging in this process, and undo it afterwards."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    configure_logging()
    try:
        yield
    finally:
        structlog.reset_defaults()
        logging.raiseExceptions = True
        root.handlers[:] = handlers
        root.setLevel(level)


def charge(_number: str) -> None:
    """Fail with a card number in hand."""
    raise ConnectionError("bank is down")


@pytest.mark.proves("redact-logs")
def test_a_crash_with_a_card_in_hand_shows_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An exception is logged without the local that holds a secret, its key masked."""
    with configured():
        try:
            charge("4111-1111")
        except ConnectionError:
            structlog.get_logger().exception("charge_failed", card_number="4111-1111")
    line = capsys.readouterr().out

    assert "bank is down" in line
    assert "4111" not in line


class Broken:
    """A value that cannot be printed."""

    def __str__(self) -> str:
        """Fail."""
        raise ValueError("no words")


@pytest.mark.proves("redact-logs")
def test_a_line_that_cannot_be_written_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A value that fails to print does not send the rest of the event to stderr."""
    with configured():
        structlog.get_logger().info("login", password="hunter2", device=Broken())

    assert "hunter2" not in "".join(capsys.readouterr())


@pytest.mark.proves("redact-logs")
@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "X-Api-Key",
        "Authorization",
        "Set-Cookie",
        "PASSWORD",
        "client_secret",
        "session_id",
        "access_token",
        "card_number",
        "connection_string",
        "DATABASE_URL",
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_secret_is_masked_however_deep_it_lies(key: str, depth: int) -> None:
    """A sensitive key is masked in any case, in dicts, lists and tuples."""
    value: object = {key: "hunter2"}
    for _ in range(depth):
        value = {"inner": [(value,)]}

    assert "hunter2" not in str(mask("request", value))
    assert "[redacted]" in str(mask("request", value))


@pytest.mark.proves("redact-logs")
def test_a_secret_is_masked_in_a_line_of_the_standard_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A library that knows nothing of structlog is redacted too."""
    headers = httpx.Headers({"Authorization": "Bearer hunter2"})
    with configured():
        logging.getLogger("library").info("request_sent", extra={"headers": headers})
    line = json.loads(capsys.readouterr().out)

    assert {"authorization": "[redacted]"} == line["headers"]


@pytest.mark.harm("redact-logs")
def test_dict_tracebacks_logs_the_password(output: Output) -> None:
    """The ready-made processor writes local variables, and so the password."""
    printed = run("redaction_dont")
    (exception,) = json.loads(printed)["exception"]

    assert "'hunter2'" == exception["frames"][0]["locals"]["password"]
    output.check("observability/structured_logging/redaction_dont.out", printed)


def pretty(line: Line) -> str:
    """Write a line of the log one key a row, as a page can show it."""
    return json.dumps(line, indent=2, sort_keys=True)  # structlog's order varies
