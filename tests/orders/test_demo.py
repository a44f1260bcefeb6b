"""The demo runs as a reader runs it, for a few seconds."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.orders.demo import running
from tests.orders.shop import run
from tests.services import Service
from tests.site.tools import require

if TYPE_CHECKING:
    from pathlib import Path

HURRIED = "tests.orders.hurried_demo"


def test_a_reader_sees_the_breaker_open_and_close() -> None:
    """Payments fail, the circuit opens, an alert fires; Ctrl-C ends it all."""
    require("prometheus")
    with Service(f"{HURRIED} 50 --seconds 60 --break payments", "") as demo:
        alerts = demo.wait_for(r"prometheus  (http://\S+)/").split()[1]
        demo.wait_for("payments fail")
        demo.wait_for(r" open .*page:1m")
        if "well again" not in demo.output:
            demo.wait_for("payments are well again")
        demo.signal(signal.SIGINT)
        code = demo.exit_code(60)

    assert 0 == code
    assert demo.output.endswith("ending\n")
    assert "60 times shorter" in demo.output
    assert "Traceback" not in demo.output
    for address in (demo.address, alerts.rpartition("/")[0]):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


def test_it_ends_by_itself() -> None:
    """It ends after its seconds, needs no Prometheus, and bounds what is under way."""
    code, told = run(f"{HURRIED} 0 --seconds 2", {"PATH": ""})
    rows = re.findall(r"^ +\d s .*$", told, re.MULTILINE)

    assert 0 == code, told
    assert {"0"} == {row.split()[2] for row in rows}
    assert len(rows) >= 2
    assert {True} == {row.endswith("(no prometheus)") for row in rows}


def test_a_part_that_does_not_start_is_told(tmp_path: Path) -> None:
    """What a program wrote that ended early is in the error."""
    command = [sys.executable, "-c", "print('no such port')"]
    with (
        pytest.raises(RuntimeError, match="no such port"),
        running(command, tmp_path / "log", os.environ),
    ):
        pass
