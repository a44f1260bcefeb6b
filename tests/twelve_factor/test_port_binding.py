"""Services are started beside one another, on ports that they are given."""

from __future__ import annotations

import os
import re
import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.forks import start
from tests.services import Service

if TYPE_CHECKING:
    from handbook.outputs import Output

MODULE = "snippets.twelve_factor.port_binding.web"
USUAL = 8099  # what web_dont.py knows


def ended(module: str, **environment: str) -> tuple[int, str]:
    """Run a service that cannot start, and give its exit code and its last word."""
    process, output = start([module], {**os.environ, **environment})
    with closing(output):
        said = [line for line in output if "ERROR" in line]
    return process.wait(), re.sub(r"\[Errno \d+\]", "[Errno]", said[-1].strip())


@pytest.mark.proves("port-binding")
def test_two_stand_beside_each_other() -> None:
    """Two instances run at once, and one is the backing service of the other by URL."""
    with (
        Service(MODULE, "") as first,
        Service(MODULE, "", WORDS_URL=first.address) as second,
    ):
        answers = [httpx.get(f"{s.address}/greeting").json() for s in (first, second)]
        first.end()
        alone = httpx.get(f"{second.address}/greeting")

    assert first.port != second.port
    assert [{"greeting": "hello"}] * 2 == answers
    assert 500 == alone.status_code  # it was the other that answered


@pytest.mark.proves("port-binding")
def test_a_busy_port_is_said_in_one_line(output: Output) -> None:
    """If the port is taken, the service says so and ends with an exit code of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = ended(MODULE, PORT=str(port))

    assert 0 != code
    assert "address already in use" in line
    shown = line.replace(str(port), "8000")
    output.check("twelve_factor/port_binding/busy.out", f"{shown}\nexit code {code}")


@pytest.mark.proves("port-binding")
def test_it_listens_where_it_is_told_and_nowhere_else() -> None:
    """Bound to 127.0.0.1, it cannot be reached at another address of the machine."""
    with Service(MODULE, "") as service:
        with pytest.raises(OSError, match=r"refused|timed out|assign"):
            socket.create_connection(("127.0.0.2", service.port), timeout=1)
        socket.create_connection(("127.0.0.1", service.port)).close()


@pytest.mark.harm("port-binding")
def test_a_second_one_cannot_start(output: Output) -> None:
    """With the port in the code, a second instance fails whatever PORT says."""
    with socket.socket() as first:
        with suppress(OSError):  # somebody else is the first
            first.bind(("127.0.0.1", USUAL))
            first.listen()
        code, line = ended("snippets.twelve_factor.port_binding.web_dont", PORT="0")

    assert 0 != code
    output.check("twelve_factor/port_binding/web_dont.out", f"{line}\nexit code {code}")
