"""Services are started beside one another, on ports that they are given."""

from __future__ import annotations

import os
import re
import socket
from contextlib import closing, suppress
from threading import Timer
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.twelve_factor.port_binding.web import read_greeting
from tests.forks import start
from tests.services import Service

if TYPE_CHECKING:
    from handbook.outputs import Output

MODULE = "snippets.twelve_factor.port_binding.web"
USUAL = 8099  # what web_dont.py knows


def ended(module: str, **environment: str) -> tuple[int, str, str]:
    """Run a service that cannot start: its exit code, its last error, and all it said."""
    process, output = start([module], {**os.environ, **environment})
    with closing(output):
        said = ""
        for line in output:
            said += line
            if "running on" in line:
                process.terminate()  # it can, and would go on
    errors = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    return (
        process.wait(),
        re.sub(r"\[Errno \d+\]", "[Errno]", (errors or [""])[-1]),
        said,
    )


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
def test_a_busy_port_is_said(output: Output) -> None:
    """If the port is taken, the service says so and ends, but its startup has run."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line, said = ended(MODULE, PORT=str(port))

    assert 0 != code
    assert "address already in use" in line
    before, _, _ = said.partition("address already in use")
    assert "Application startup complete" in before
    shown = line.replace(str(port), "8000")
    output.check("twelve_factor/port_binding/busy.out", f"{shown}\nexit code {code}")


@pytest.mark.proves("port-binding")
def test_it_listens_where_it_is_told_and_nowhere_else() -> None:
    """Bound to 127.0.0.1, it cannot be reached at another address of the machine."""
    with Service(MODULE, "") as service:
        with pytest.raises(OSError, match=r"refused|timed out|assign"):
            socket.create_connection(("127.0.0.2", service.port), timeout=1)
        socket.create_connection(("127.0.0.1", service.port)).close()


@pytest.mark.proves("port-binding")
def test_it_takes_the_address_that_it_is_given() -> None:
    """With another address in HOST, it listens at that one."""
    environment = {"PORT": "0", "HOST": "127.0.0.2"}
    process, output = start([MODULE], {**os.environ, **environment})
    with closing(output):
        said = (re.search(r"http://127\.0\.0\.\d:\d+", line) for line in output)
        address = next(found[0] for found in said if found)
        try:
            answer = httpx.get(f"{address}/greeting").json()
        finally:
            process.terminate()
        output.read()
    process.wait()

    assert address.startswith("http://127.0.0.2:")
    assert {"greeting": "hello"} == answer


@pytest.mark.proves("port-binding")
def test_without_a_port_it_does_not_start() -> None:
    """If nobody sets PORT, the service ends, and takes no port of its own."""
    code, line, said = ended(MODULE)

    assert "running on" not in said
    assert 0 != code
    assert "KeyError: 'PORT'" == line


def test_a_service_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backing service that never answers holds a request for one second."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("WORDS_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        patience = Timer(15, silent.shutdown, [socket.SHUT_RDWR])
        patience.start()
        with pytest.raises(httpx.ReadTimeout):
            read_greeting()
        patience.cancel()


@pytest.mark.harm("port-binding")
def test_a_second_one_cannot_start(output: Output) -> None:
    """With the port in the code, a second instance fails whatever PORT says."""
    with socket.socket() as first:
        with suppress(OSError):  # somebody else is the first
            first.bind(("127.0.0.1", USUAL))
            first.listen()
        code, line, _ = ended("snippets.twelve_factor.port_binding.web_dont", PORT="0")

    assert 0 != code
    output.check("twelve_factor/port_binding/web_dont.out", f"{line}\nexit code {code}")
