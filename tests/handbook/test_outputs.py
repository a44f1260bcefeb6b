"""A shown output is compared with what really happened."""

from pathlib import Path

import pytest

from handbook.outputs import Output


def test_what_differs_from_run_to_run_is_no_difference(tmp_path: Path) -> None:
    """Times, ports and random ids may differ; the file keeps those of one real run."""
    file = tmp_path / "a.out"
    file.write_text("2026-11-22T10:00:00Z http://127.0.0.1:80\n", encoding="utf-8")
    now = "2027-01-01T23:59:59.5+01:00 http://127.0.0.1:4711"
    Output(tmp_path, update=True).check("a.out", now)

    assert "2026-11-22T10:00:00Z http://127.0.0.1:80\n" == file.read_text("utf-8")


@pytest.mark.parametrize("shown", ["hello\n", None])
def test_a_changed_output_fails(tmp_path: Path, shown: str | None) -> None:
    """An output that changed, or was never recorded, fails and says what happened."""
    if shown:
        (tmp_path / "a.out").write_text(shown, encoding="utf-8")

    with pytest.raises(AssertionError, match=r"nox -s update rewrites it\):\ngoodbye"):
        Output(tmp_path, update=False).check("a.out", "goodbye\n")


def test_an_update_writes_no_folder_of_this_machine(tmp_path: Path) -> None:
    """What is written again names files from the root of the project."""
    Output(tmp_path, update=True).check("a.out", "File /home/x/snippets/a.py, line 3")

    assert "File snippets/a.py, line 3\n" == (tmp_path / "a.out").read_text("utf-8")
