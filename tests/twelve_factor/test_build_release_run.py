"""A real program is committed, built, released, run, changed and rolled back."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile

import pytest

from snippets.twelve_factor.build_release_run import releases_dont
from snippets.twelve_factor.build_release_run.releases import (
    build,
    keep,
    release,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

    from handbook.outputs import Output

NET = "import os\nprint(f\"{1999 / 100:.2f} {os.environ['CURRENCY']}\")\n"
GROSS = NET.replace("1999", "1999 * 1.19")
EUR, CHF = {"CURRENCY": "EUR"}, {"CURRENCY": "CHF"}
MONDAY, TUESDAY = 1_790_000_000, 1_790_086_400


def git(folder: Path, *command: str) -> str:
    """Run git as nobody in particular."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    finished = subprocess.run(
        ["git", *identity, *command],
        cwd=folder,
        check=True,
        capture_output=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
        text=True,
    )
    return finished.stdout.strip()


def commit(folder: Path, program: str) -> str:
    """Commit a program, and give the commit."""
    (folder / "__main__.py").write_text(program)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change the price")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with a program that prints a price."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, NET)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Make a place for builds and releases."""
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def checked_out(repository: Path, name: str, when: int) -> Path:
    """Clone a repository at some time."""
    folder = repository.parent / name
    git(repository, "clone", "--quiet", ".", str(folder))
    os.utime(folder / "__main__.py", (when, when))
    return folder


@pytest.mark.proves("build-release-run")
def test_a_release_is_run_by_its_number(
    repository: Path, store: Path, capfd: pytest.CaptureFixture[str], output: Output
) -> None:
    """A change of code or of config is a release, and the first one still runs."""
    net = build(repository, "HEAD", store)
    gross = build(repository, commit(repository, GROSS), store)
    releases = {"v1": (net, EUR), "v2": (gross, EUR), "v3": (gross, CHF)}
    names = {net: "A", gross: "B"}
    numbers = [release(built, config, store) for built, config in releases.values()]
    assert [1, 2, 3] == numbers
    rows, printed = [f"{'release':<9}{'build':<7}{'config':<16}prints"], []
    for number in (*numbers, 1):
        assert 0 == run(number, store)
        built, config = releases[f"v{number}"]
        printed.append(capfd.readouterr().out.strip())
        setting = f"CURRENCY={config['CURRENCY']}"
        rows.append(f"v{number:<8}{names[built]:<7}{setting:<16}{printed[-1]}")

    assert ["19.99 EUR", "23.79 EUR", "23.79 CHF", "19.99 EUR"] == printed
    output.check("twelve_factor/build_release_run/releases.out", "\n".join(rows))


@pytest.mark.proves("build-release-run")
def test_two_builds_of_a_commit_are_one(
    repository: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another clone, its line ends, day, time zone and an open edit: one digest."""
    commit(repository, NET * 40)  # which would be compressed
    first = build(checked_out(repository, "one", MONDAY), "HEAD", store)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    other = checked_out(repository, "two", TUESDAY)
    git(other, "config", "core.autocrlf", "true")
    (other / "__main__.py").write_text("print('debug')")
    (other / "notes.txt").write_text("remember")

    assert first == build(other, "HEAD", store)
    with ZipFile(store / first) as artifact:
        assert [("__main__.py", ZIP_STORED)] == [
            (file.filename, file.compress_type) for file in artifact.infolist()
        ]
        assert git(repository, "rev-parse", "HEAD") == artifact.comment.decode()


@pytest.mark.proves("build-release-run")
@pytest.mark.parametrize("part", ["build", "config"])
def test_what_was_changed_is_not_run(
    repository: Path, store: Path, capfd: pytest.CaptureFixture[str], part: str
) -> None:
    """Nothing runs when the artifact, or the config, is not what was released."""
    built = build(repository, "HEAD", store)
    number = release(built, EUR, store)
    config = keep(b'{"CURRENCY": "EUR"}', store)
    changed = store / {"build": built, "config": config}[part]
    changed.write_bytes(changed.read_bytes().replace(b"CURRENCY", b"currency"))

    with pytest.raises(ValueError, match="has been changed"):
        run(number, store)
    assert "" == capfd.readouterr().out


@pytest.mark.proves("build-release-run")
def test_a_release_runs_in_its_config_alone(
    repository: Path,
    store: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the operator's shell has set does not reach the program."""
    monkeypatch.setenv("CURRENCY", "USD")
    monkeypatch.setenv("DEBUG", "1")
    printing = "import os\nprint(*map(os.environ.get, ('CURRENCY', 'DEBUG')))\n"
    built = build(repository, commit(repository, printing), store)

    assert 0 == run(release(built, EUR, store), store)
    assert "EUR None" == capfd.readouterr().out.strip()


@pytest.mark.proves("build-release-run")
def test_what_is_no_commit_is_not_built(repository: Path, store: Path) -> None:
    """A name that Git does not know is an error, and no empty artifact."""
    with pytest.raises(subprocess.CalledProcessError):
        build(repository, "no-such-commit", store)

    assert [] == [*store.iterdir()]


@pytest.mark.proves("build-release-run")
def test_one_config_has_one_digest(repository: Path, store: Path) -> None:
    """In whatever order its variables are named, a config is stored once."""
    built = build(repository, "HEAD", store)
    release(built, {"A": "1", "B": "2"}, store)
    before = {*store.iterdir()}
    release(built, {"B": "2", "A": "1"}, store)

    assert {store / "v2"} == {*store.iterdir()} - before


@pytest.mark.proves("build-release-run")
def test_a_release_is_never_made_again(repository: Path, store: Path) -> None:
    """Where a release was removed, the next does not take another's number."""
    built = build(repository, "HEAD", store)
    release(built, EUR, store)
    second = store / f"v{release(built, CHF, store)}"
    before = second.read_bytes()
    (store / "v1").unlink()

    with pytest.raises(FileExistsError):
        release(built, EUR, store)
    assert before == second.read_bytes()


@pytest.mark.harm("build-release-run")
def test_a_build_for_each_environment_is_another_build(
    repository: Path, tmp_path: Path, output: Output
) -> None:
    """Two builds of one commit, a day apart, have two digests."""
    rows: list[str] = []
    digests, contents = set(), set()
    for name, when in (("staging", MONDAY), ("production", TUESDAY)):
        artifact = tmp_path / f"{name}.pyz"
        checkout = checked_out(repository, name, when)
        digests.add(releases_dont.build(checkout, artifact))
        with ZipFile(artifact) as packed:
            (file,) = packed.infolist()
            contents.add(packed.read(file))
            time = "{}-{:02}-{:02}".format(*file.date_time)
        rows.append(f"{name:<12}{file.filename}  of {time}  digest {'AB'[len(rows)]}")

    assert 1 == len(contents)
    assert 2 == len(digests)
    output.check("twelve_factor/build_release_run/built_dont.out", "\n".join(rows))


@pytest.mark.harm("build-release-run")
def test_an_edit_on_the_server_is_run(
    repository: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    output: Output,
) -> None:
    """A repair in place runs, the next deploy undoes it, and nothing says either."""
    monkeypatch.setenv("CURRENCY", "EUR")
    artifact = tmp_path / "current.pyz"
    checkout = checked_out(repository, "deployed", MONDAY)
    rows = []
    for told in ("deployed", "repaired in place", "deployed again"):
        if told == "repaired in place":
            with ZipFile(artifact, "w") as opened:
                opened.writestr("__main__.py", GROSS)
        else:
            releases_dont.build(checkout, artifact)
        code = releases_dont.run(artifact)
        printed = capfd.readouterr().out.strip()
        rows.append(f"{told:<20}{printed}  exit code {code}")

    assert ["19.99", "23.79", "19.99"] == [row[20:25] for row in rows]
    output.check("twelve_factor/build_release_run/run_dont.out", "\n".join(rows))
