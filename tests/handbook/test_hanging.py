"""A test that hangs is a test that fails, and not a run that never ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HANGS = """\
import threading

def test_it_hangs():
    threading.Event().wait()

def test_another():
    pass
"""


def test_a_test_that_hangs_ends_the_run_with_its_name(tmp_path: Path) -> None:
    """Our configuration ends such a run, and says which test it was."""
    (tmp_path / "test_hangs.py").write_text(HANGS, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if "PYTEST" not in k}
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--numprocesses=1", "--no-cov"),
            *(f"--config-file={ROOT}/pyproject.toml", f"--rootdir={tmp_path}"),
            "--override-ini=faulthandler_timeout=0.5",
            "test_hangs.py",
        ],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 0 != ran.returncode
    assert "crashed while running 'test_hangs.py::test_it_hangs'" in ran.stdout
