"""The stdout of real processes is read, line by line, to the last."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.services import ROOT, Service
from tests.twelve_factor.killed_batch import JOBS

if TYPE_CHECKING:
    from handbook.outputs import Output

PAGE = "snippets.twelve_factor.logs"


def files_written(process: int) -> list[Path]:
    """Name the files that a process has open to write to."""
    opened = [*Path(f"/proc/{process}/fd").iterdir()]
    writable = [link for link in opened if link.lstat().st_mode & stat.S_IWUSR]
    return [link.readlink() for link in writable if link.is_file()]


@pytest.mark.proves("log-streams")
def test_stdout_is_one_json_object_a_line() -> None:
    """Every line of a service is one JSON object: its own, uvicorn's and a traceback."""
    with (
        Service("tests.twelve_factor.crashing_service", "") as service,
        httpx.Client(base_url=service.address) as client,
    ):
        process = client.get("/process").json()
        assert 200 == client.get("/orders/ord-1").status_code
        assert 500 == client.get("/crash").status_code
        assert [] == files_written(process)
        lines = service.stop()

    events = [line["event"] for line in lines]
    assert events[0].startswith("Started server process")
    assert "order_read" in events
    assert 3 == sum("HTTP/1.1" in event for event in events)
    (crash,) = [line for line in lines if "exception" in line]
    assert "first line\nsecond line" in json.dumps(crash["exception"]).replace(
        "\\n", "\n"
    )
    assert events[-1].startswith("Finished server process")


def arrived(how: str, *, unbuffered: bool = False, killed: bool = True) -> int:
    """Run a batch into a pipe, and count the lines that come out of it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1" if unbuffered else "",
    }
    batch = [sys.executable, "-m", "tests.twelve_factor.killed_batch", how]
    done = subprocess.run(
        [*batch, "killed"] if killed else batch,
        stdout=subprocess.PIPE,
        check=False,
        env=environment,
    )
    assert done.returncode == (-9 if killed else 0)
    return len(done.stdout.splitlines())


@pytest.mark.proves("log-streams")
def test_an_event_that_was_logged_has_left_the_process() -> None:
    """Every event that was logged before SIGKILL is in the pipe."""
    assert JOBS == arrived("log", killed=False)
    assert JOBS == arrived("log")


@pytest.mark.harm("log-streams")
def test_what_is_printed_into_a_pipe_is_lost(output: Output) -> None:
    """Lines that were printed into a pipe are lost when the process is killed."""
    assert JOBS == arrived("print", killed=False)
    lost = arrived("print")
    kept = arrived("print", unbuffered=True)
    logged = arrived("log")

    assert 0 == lost
    assert JOBS == kept == logged
    rows = [
        f"{'jobs done before SIGKILL':<40}{JOBS:>4}",
        f"{'lines of print()':<40}{lost:>4}",
        f"{'lines of print(), PYTHONUNBUFFERED=1':<40}{kept:>4}",
        f"{'lines of logging':<40}{logged:>4}",
    ]
    output.check("twelve_factor/logs/batch_dont.out", "\n".join(rows))


def serve_and_log(folder: Path, processes: int) -> dict[str, list[str]]:
    """Ask some processes for 99 orders in turn, and read the files they leave."""
    folder.mkdir()
    file = folder / "app.log"
    with ExitStack() as stack:
        services = [
            stack.enter_context(
                Service(f"{PAGE}.rotating_dont", "", LOG_FILE=str(file))
            )
            for _ in range(processes)
        ]
        client = stack.enter_context(httpx.Client())
        for number, service in zip(range(99), cycle(services), strict=False):
            client.get(f"{service.address}/orders/{number:02}")
        for service in services:
            service.end()
    names = sorted(path.name for path in folder.iterdir())
    return {name: (folder / name).read_text().splitlines() for name in names}


@pytest.mark.harm("log-streams")
def test_processes_that_rotate_one_file_scatter_it(
    tmp_path: Path, output: Output
) -> None:
    """Three processes that rotate one file write to three, and lose most lines."""
    alone = serve_and_log(tmp_path / "alone", 1)
    three = serve_and_log(tmp_path / "three", 3)

    left = [sum(map(len, files.values())) for files in (alone, three)]
    newest = [
        next(name for name, lines in files.items() if "98 was read" in lines[-1])
        for files in (alone, three)
    ]
    assert ["app.log", "app.log.2"] == newest
    assert left[0] > 50
    assert left[1] < 10
    names = ["app.log", "app.log.1", "app.log.2"]
    assert names == [*alone] == [*three]
    rows = [f"{'lines in':<18}{'  '.join(names)}   left of 99   the newest is in"]
    for told, files, total, where in zip(
        ["one process", "three processes"], [alone, three], left, newest, strict=True
    ):
        counts = "".join(f"{len(files[name]):>{len(name) + 2}}" for name in names)
        rows.append(f"{told:<16}{counts}{total:>13}   {where}")
    output.check("twelve_factor/logs/rotating_dont.out", "\n".join(rows))
