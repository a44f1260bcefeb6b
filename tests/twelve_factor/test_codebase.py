"""Real repositories are built, branched, fixed at night and deployed."""

from __future__ import annotations

import os
import subprocess
import tarfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from snippets.twelve_factor.codebase.litmus import on_main, strays
from tests.faults import Faulty
from tests.services import Service

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"
PLAIN = {  # nobody's settings, and always the same commits
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-11-23T09:00:00+00:00",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": "2026-11-23T09:00:00+00:00",
}
FIX = "Round up at half a cent"


class Repository:
    """A codebase, and what is built of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop"
        self.folder.mkdir()
        self.built = folder / "built"
        self.built.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Price an order", rounding="down")

    def git(self, *arguments: str) -> str:
        """Run Git, and give what it says."""
        return self.run("git", *arguments).stdout.strip()

    def run(
        self, *command: str, folder: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository, or in a folder of it."""
        return subprocess.run(
            command,
            cwd=self.folder / folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", **PLAIN},
            capture_output=True,
            text=True,
            check=check,
        )

    def commit(self, message: str, **files: str) -> str:
        """Write files, commit them, and give the commit."""
        for name, text in files.items():
            (self.folder / name).write_text(f"{text}\n", "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def build(self, script: str, folder: str = "", code: int = 0) -> str:
        """Run a script of the page, see how it ends, and give what it says."""
        run = self.run(
            "sh", str(SNIPPETS / script), str(self.built), folder=folder, check=False
        )
        assert code == run.returncode, run.stderr
        return (run.stdout + run.stderr).strip()

    def unpack(self, name: str) -> Path:
        """Deploy what was built last."""
        target = self.built / name
        with tarfile.open(self.built / "release.tar.gz") as artifact:
            artifact.extractall(target, filter="data")
        return target


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """Make a repository with one commit on main."""
    return Repository(tmp_path)


@pytest.mark.proves("one-codebase")
def test_two_deploys_run_one_commit(shop: Repository, output: Output) -> None:
    """Staging and production, of one artifact, name the same commit of main."""
    assert "" == shop.build("twelve_factor/codebase/build.sh")
    rows = []
    with ExitStack() as stack:
        deploys = []
        for deploy in ("staging", "production"):
            service = Service(
                "tests.twelve_factor.deployed",
                "",
                DEPLOY=deploy,
                RELEASE=str(shop.unpack(deploy)),
            )
            deploys.append(stack.enter_context(service).address)
            rows.append(httpx.get(f"{deploys[-1]}/version").text)

        assert {} == strays(deploys, shop.folder)
    commit = shop.git("rev-parse", "main")
    assert [commit in row for row in rows] == [True, True]
    output.check("twelve_factor/codebase/version.out", "\n".join(rows))


@pytest.mark.proves("one-codebase")
def test_a_commit_that_main_lacks_is_a_stray(shop: Repository) -> None:
    """A deploy of a branch is found by its commit, and so is one of nowhere."""
    shop.git("switch", "--quiet", "--create", "production")
    fix = shop.commit(FIX, rounding="half-up")
    shop.build("twelve_factor/codebase/build.sh")
    with Service(
        "tests.twelve_factor.deployed",
        "",
        DEPLOY="production",
        RELEASE=str(shop.unpack("production")),
    ) as service:
        assert {"production": fix} == strays([service.address], shop.folder)
    shop.git("switch", "--quiet", "main")
    shop.git("merge", "--quiet", "production")

    assert on_main(fix, shop.folder)
    assert not on_main("0" * 40, shop.folder)


@pytest.mark.proves("one-codebase")
def test_one_new_file_stops_the_build(shop: Repository) -> None:
    """A file that Git does not track, and no other change, stops the build."""
    (shop.folder / "override").write_text("free\n", "utf-8")
    told = shop.build("twelve_factor/codebase/build.sh", code=1)

    assert "?? override" == told.split("\n")[-1]
    assert [] == [*shop.built.iterdir()]


@pytest.mark.proves("one-codebase")
def test_what_no_commit_holds_is_not_built(shop: Repository, output: Output) -> None:
    """A changed file and a new one are refused by name, and nothing is built."""
    (shop.folder / "rounding").write_text("half-up\n", "utf-8")
    (shop.folder / "override").write_text("free\n", "utf-8")
    told = shop.build("twelve_factor/codebase/build.sh", code=1)

    assert [] == [*shop.built.iterdir()]
    output.check("twelve_factor/codebase/build.out", told)


@pytest.mark.proves("one-codebase")
def test_a_build_in_a_folder_is_a_build_of_the_whole(shop: Repository) -> None:
    """Started in a folder of the repository, the build packs all of it, and its ID."""
    (shop.folder / "till").mkdir()
    shop.commit("Add a till", **{"till/open": "yes"})
    shop.build("twelve_factor/codebase/build.sh", folder="till")
    files = {file.name for file in shop.unpack("production").iterdir()}

    assert {"COMMIT", "rounding", "till"} == files


@pytest.mark.proves("one-codebase")
def test_no_name_stands_for_a_commit(shop: Repository) -> None:
    """A deploy that names a branch, a part of an ID or nothing is a stray."""
    commit = shop.git("rev-parse", "main")
    names = ["main", "HEAD", "@", "", commit[:12], f"{commit}~0"]

    assert on_main(commit, shop.folder)
    assert [] == [name for name in names if on_main(name, shop.folder)]


@pytest.mark.proves("one-codebase")
def test_what_cannot_be_asked_is_an_error(shop: Repository) -> None:
    """Neither a clone without main nor a deploy without an answer is passed over."""
    with pytest.raises(subprocess.CalledProcessError):
        strays([], shop.folder, "origin/main")
    with Faulty() as deploy:
        deploy.status = 503
        with pytest.raises(httpx.HTTPStatusError):
            strays([deploy.address], shop.folder)


@pytest.mark.proves("one-codebase")
def test_what_git_ignores_stays_out(shop: Repository) -> None:
    """An ignored file, which no check of the tree sees, is not in the artifact."""
    shop.commit("Ignore the laptop's settings", **{".gitignore": ".env"})
    (shop.folder / ".env").write_text("PAYMENT_KEY=sk_live_4242\n", "utf-8")
    shop.build("twelve_factor/codebase/build.sh")
    files = {file.name for file in shop.unpack("production").iterdir()}

    assert {"COMMIT", "rounding", ".gitignore"} == files


@pytest.mark.proves("one-codebase")
def test_a_build_holds_the_lines_as_committed(shop: Repository) -> None:
    """In a clone that converts line ends, the artifact has those of the commit."""
    shop.git("config", "core.autocrlf", "true")
    shop.build("twelve_factor/codebase/build.sh")

    committed = shop.git("show", "HEAD:rounding")
    packed = (shop.unpack("production") / "rounding").read_bytes()
    assert f"{committed}\n".encode() == packed


@pytest.mark.proves("one-codebase")
def test_the_artifact_alone_names_its_commit(shop: Repository) -> None:
    """Git reads the commit from the archive, even without the file that says it."""
    shop.build("twelve_factor/codebase/build.sh")
    read = "gzip --decompress --stdout ../built/release.tar.gz | git get-tar-commit-id"

    assert shop.git("rev-parse", "main") == shop.run("sh", "-c", read).stdout.strip()


@pytest.mark.harm("one-codebase")
def test_a_folder_that_is_packed_holds_what_no_commit_does(
    shop: Repository, output: Output
) -> None:
    """`git describe --dirty` says clean of a folder with a file of its own."""
    (shop.folder / "override").write_text("free\n", "utf-8")
    shop.build("twelve_factor/codebase/build_dont.sh")
    release = shop.unpack("production")
    committed = shop.git("ls-tree", "--name-only", "HEAD").split()
    packed = sorted(file.name for file in release.iterdir() if file.name != "COMMIT")
    stamp = (release / "COMMIT").read_text("utf-8").strip()

    assert shop.git("rev-parse", "--short", "HEAD") == stamp
    assert ["override", "rounding"] == packed
    rows = [
        f"the artifact says it is  {stamp}",
        f"{stamp} holds            {' '.join(committed)}",
        f"the artifact holds       {' '.join(packed)}",
    ]
    output.check("twelve_factor/codebase/build_dont.out", "\n".join(rows))


@pytest.mark.harm("one-codebase")
def test_a_branch_for_production_drifts(shop: Repository, output: Output) -> None:
    """Staging tests one program, production runs another, and then nobody can release."""
    shop.git("branch", "production")
    shop.git("switch", "--quiet", "production")
    fix = shop.commit(FIX, rounding="half-up")
    shop.git("switch", "--quiet", "main")
    shop.commit("Ship to Iceland", shipping="IS")
    shop.build("twelve_factor/codebase/build.sh")
    staging = shop.unpack("staging")
    shop.build("twelve_factor/codebase/deploy_dont.sh")
    production = shop.unpack("production")
    drift = shop.git("log", "--oneline", "main..production")
    ran = {
        deploy.name: (deploy / "rounding").read_text("utf-8").strip()
        for deploy in (staging, production)
    }
    shop.git("switch", "--quiet", "main")
    shop.commit("Round to even", rounding="half-even")
    conflict = shop.build("twelve_factor/codebase/deploy_dont.sh", code=1).split("\n")

    assert {"staging": "down", "production": "half-up"} == ran
    assert not on_main(fix, shop.folder)
    assert "CONFLICT (content): Merge conflict in rounding" == conflict[1]
    rows = [
        "$ git log --oneline main..production",
        drift,
        "",
        "rounding, as tested in staging:  down",
        "rounding, as run in production:  half-up",
        "",
        "the next release, when main rounds to even:",
        *conflict[1:],
    ]
    output.check("twelve_factor/codebase/deploy_dont.out", "\n".join(rows))
