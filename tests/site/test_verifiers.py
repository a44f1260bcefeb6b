"""Every snippet is verified, and every verifier can pass and can fail."""

import re
import shutil
import tomllib
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from handbook.checks import snippets
from handbook.diffs import difference
from handbook.outputs import Output
from tests.site.pins import ACTIONS
from tests.site.tools import ROOT, require, shown
from tests.site.verifiers import VERIFIERS, NoVerifierError, kind

SNIPPETS = ROOT / "snippets"
BAD = Path(__file__).with_name("bad")
GOOD = [path.name for path in sorted(BAD.iterdir()) if path.suffix not in {"", ".tmpl"}]
FAULTS = tomllib.loads((BAD / "faults.toml").read_text("utf-8"))["fault"]


def verify(path: Path) -> list[str]:
    """Return the problems of a file, with paths relative to its folder."""
    problems = VERIFIERS[kind(path)](path)
    return [problem.replace(f"{path.parent}/", "") for problem in problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the good files, to be spoilt."""
    return shutil.copytree(BAD, tmp_path / "good")


@pytest.mark.parametrize(
    "name",
    [name for name in snippets(ROOT) if not name.endswith(".py")],
)
def test_a_real_tool_finds_no_fault_in_a_snippet(name: str, output: Output) -> None:
    """Each snippet passes its verifier; Python has sessions: `nox -s lint types`.

    A `_dont` file may have faults, if `_faults.out` beside it says which.
    """
    path = SNIPPETS / name
    if path.suffix == ".diff":
        output.check(name, difference(ROOT, path.read_text("utf-8"), name))
    problems = VERIFIERS[kind(path)](path)
    told = path.with_name(f"{path.stem}_faults.out")

    if path.stem.endswith("_dont") and path.suffix != ".out" and told.exists():
        assert problems, f"{name} has no fault: {told.name} must go"
        output.check(told.relative_to(SNIPPETS).as_posix(), once(problems, path))
    else:
        assert [] == problems


def once(problems: list[str], path: Path) -> str:
    """Tell each problem once, with all its lines."""
    lines: dict[str, list[str]] = {}
    for problem in problems:
        line, _, text = problem.removeprefix(f"{shown(path)}:").partition(": ")
        lines.setdefault(text, []).append(line)
    return "\n".join(
        f"{path.name}:{','.join(those)}: {text}" for text, those in lines.items()
    )


@pytest.mark.parametrize("name", [*GOOD, "Dockerfile"])
def test_a_good_file_passes(name: str, folder: Path) -> None:
    """A verifier finds nothing in a good file."""
    assert [] == verify(folder / name)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["name"])
def test_a_fault_is_found(fault: dict[str, Any], folder: Path) -> None:
    """A verifier finds what spoils a good file, and says where and what it is."""
    path = folder / fault["file"]
    good = path.read_text("utf-8")
    old = fault.get("replace", good)
    path.write_text(good.replace(old, fault["by"]), "utf-8")

    problems = zip_longest(fault["problems"], verify(path), fillvalue="")

    assert 1 == good.count(old)
    assert fault["problems"] == [found[: len(start)] for start, found in problems]


def test_every_verifier_is_seen_to_pass_and_to_fail() -> None:
    """No kind of file lacks a good example or a fault."""
    passing = {kind(BAD / name) for name in [*GOOD, "Dockerfile"]}
    failing = {kind(BAD / fault["file"]) for fault in FAULTS}

    assert (set(VERIFIERS), set(VERIFIERS)) == (passing, failing | {"svg"})


@pytest.mark.parametrize("name", VERIFIERS)
def test_a_file_that_is_not_there_is_never_fine(name: str, tmp_path: Path) -> None:
    """A tool that could not look is a problem, not a success and not a crash."""
    assert [] != VERIFIERS[name](tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("main.zig", "", "the suffix '.zig' has no verifier: add one to "),
        ("LICENSE", "", "the suffix '' has no verifier: add one to "),
        ("compose.yml", "services: {}", "its top-level keys are of no kind known to "),
        ("empty.yml", "# later", "its top-level keys are of no kind known to "),
        ("rules.yml", "groups: []\n---\ngroups: []", "its top-level keys are of no "),
        ("open.yaml", "on: [push", "1: ParserError: while parsing a flow sequence "),
        ("twice.yaml", "kind: Pod\nkind: Job", "1: MarkedYAMLError: a key stands "),
    ],
)
def test_a_file_that_no_tool_can_judge_is_refused(
    name: str, text: str, refusal: str, tmp_path: Path
) -> None:
    """The refusal names the file, the reason, and where to add a verifier."""
    path = tmp_path / name
    path.write_text(text, "utf-8")

    with pytest.raises(NoVerifierError) as caught:
        kind(path)

    assert re.match(
        rf"{re.escape(str(path))}:\s?{re.escape(refusal)}", str(caught.value)
    )


def test_a_missing_tool_skips_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the tool and says how to install it."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(pytest.skip.Exception) as skipped:
        require("no-such-tool")

    assert "no-such-tool is missing: pip install no-such-tool" == skipped.value.msg


def test_a_missing_tool_fails_its_test_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that is skipped in CI would be a check that nobody misses."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(pytest.fail.Exception) as failed:
        require("promtool")

    assert "promtool is missing: apt-get install prometheus" == failed.value.msg


def test_our_own_workflow_keeps_the_rules_that_we_give() -> None:
    """The workflow of this repository passes the verifier of workflows."""
    assert [] == verify(ROOT / ".github" / "workflows" / "ci.yml")


def test_the_table_of_actions_gives_one_full_sha_for_each_full_version() -> None:
    """No row of the table is short, and none contradicts another."""
    rows = tomllib.loads(ACTIONS.read_text("utf-8"))["action"]
    releases = {(row["uses"], row["tag"]) for row in rows}
    full = [
        row
        for row in rows
        if re.fullmatch(r"v\d+\.\d+\.\d+", row["tag"])
        and re.fullmatch(r"[0-9a-f]{40}", row["sha"])
    ]

    assert (rows, len(rows)) == (full, len(releases))
