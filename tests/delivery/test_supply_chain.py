"""A tag is moved, a key is committed and deleted, an image is built by a stranger."""

from __future__ import annotations

import re
import subprocess
import sys
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import yaml

from snippets.delivery.supply_chain import provenance_dont
from snippets.delivery.supply_chain.history import git, leaks
from snippets.delivery.supply_chain.pins import loose
from snippets.delivery.supply_chain.provenance import (
    EXPECTED,
    FILE,
    MAIN,
    SHOP,
    distrust,
)
from tests.delivery.repository import ENVIRONMENT, Repository
from tests.loopback import Loopback, Request
from tests.site.tools import require

if TYPE_CHECKING:
    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "snippets"
GREET = "echo hello\n"
STEAL = 'echo hello\necho "$TOKEN" | base64\n'  # the log masks the plain value alone
TOKEN = "c2VjcmV0"


@pytest.fixture
def action(tmp_path: Path) -> Repository:
    """Publish an action, version 1."""
    action = Repository(tmp_path / "example" / "greet")
    action.commit("Greet", {"main.sh": GREET})
    action.git("tag", "v1")
    return action


def attacked(action: Repository) -> None:
    """Move the tag to a commit that greets and steals."""
    action.commit("Greet faster", {"main.sh": STEAL})
    action.git("tag", "--force", "v1")


def used(uses: str, action: Repository, folder: Path) -> str:
    """Do as a runner does: fetch what is named, and run it."""
    runner = Repository(folder)
    runner.git("fetch", "--quiet", "--depth=1", str(action.folder), uses)
    runner.git("checkout", "--quiet", "FETCH_HEAD")
    return runner.run("sh", "main.sh", TOKEN=TOKEN).replace("\n", ", then ")


@pytest.mark.harm("pin-actions")
def test_a_tag_runs_what_it_names_today(
    action: Repository, tmp_path: Path, output: Output
) -> None:
    """The workflow is unchanged, and the job prints its token."""
    workflow = (SNIPPETS / "delivery/supply_chain/tags_dont.yml").read_text("utf-8")
    (step,) = yaml.safe_load(workflow)["jobs"]["test"]["steps"]
    tag = step["uses"].partition("@")[2]
    commit = action.git("rev-parse", "HEAD")
    monday = used(tag, action, tmp_path / "monday")
    attacked(action)
    tuesday = used(tag, action, tmp_path / "tuesday")
    pinned = used(commit, action, tmp_path / "pinned")

    assert ("hello", "hello") == (monday, pinned)
    assert "hello, then YzJWamNtVjAK" == tuesday
    rows = [
        f"Monday   greet@v1       {monday}",
        f"Tuesday  greet@v1       {tuesday}",
        f"Tuesday  greet@{commit[:7]}  {pinned}",
    ]
    output.check("delivery/supply_chain/tags_dont.out", "\n".join(rows))
    assert ["example/greet@v1: may be another commit tomorrow"] == [
        *loose(workflow, str(tmp_path))
    ]


@pytest.mark.proves("pin-actions")
def test_a_comment_that_lies_is_found(action: Repository, tmp_path: Path) -> None:
    """A pin is compared with the release that its comment names, through any tag."""
    old = action.git("rev-parse", "HEAD")
    attacked(action)
    new = action.git("rev-parse", "HEAD")
    action.git("tag", "--annotate", "--message", "Two", "v2")

    def told(ref: str, comment: str) -> list[str]:
        return [*loose(f"      - uses: example/greet@{ref}{comment}\n", str(tmp_path))]

    assert [] == told(new, " # v1")
    assert [] == told(new, " # v2")
    assert [f"example/greet@{old[:7]}: is not v1"] == told(old, " # v1")
    assert [f"example/greet@{new[:7]}: is not v3"] == told(new, " # v3")
    assert [f"example/greet@{new[:7]}: is not None"] == told(new, "")
    action.git("branch", "v4")
    assert [f"example/greet@{new[:7]}: is not v4"] == told(new, " # v4")
    quoted = f"      - uses: 'example/greet@{new}' # v1"
    assert [] == [*loose(quoted, str(tmp_path))]
    below = [*loose(f"      - uses: example/greet/a/b@{old} # v1", str(tmp_path))]
    assert [f"example/greet@{old[:7]}: is not v1"] == below
    assert ["example/greet@v1: may be another commit tomorrow"] == [
        *loose('        uses: "example/greet@v1"', str(tmp_path))
    ]
    for ref in ("main", new[:7]):
        assert [f"example/greet@{ref}: may be another commit tomorrow"] == told(ref, "")
    with pytest.raises(subprocess.CalledProcessError):
        [*loose(f"uses: nobody/greet@{new} # v1", str(tmp_path))]


def test_our_own_pins_are_those_that_were_checked() -> None:
    """Each action of our workflow is pinned to a commit, and has a comment."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    uses = re.findall(r"uses: (.+)", workflow)

    assert 10 < len(uses)
    assert all(re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u) for u in uses)


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """Make a repository in which somebody commits a key."""
    shop = Repository(tmp_path / "shop")
    shop.commit("Deploy from the laptop", {"deploy.key": key("private key")})
    return shop


def key(kind: str) -> str:
    """Make up a key; it stands in no file of ours, so that ours stay clean."""
    return {
        "private key": f"{'-' * 5}BEGIN PRIVATE KEY{'-' * 5}\nMIIE\n",
        "AWS access key": f"id = {'AKIA'}{'2' * 16}\n",
        "GitHub token": f"token: ghp_{'a' * 36}\n",
    }[kind]


@pytest.mark.harm("no-standing-keys")
def test_a_deleted_key_is_in_every_clone(shop: Repository, output: Output) -> None:
    """The file is gone, the key is not: whoever clones can read it."""
    script = SNIPPETS / "delivery/supply_chain/delete_dont.sh"
    shop.run("sh", str(script), "deploy.key")
    clone = shop.folder.with_name("clone")
    shop.git("clone", "--quiet", str(shop.folder), str(clone))
    files = sorted(path.name for path in clone.iterdir() if path.name != ".git")
    (found,) = leaks(clone)

    assert ["README.md"] == files
    assert "deploy.key: private key" == found.partition(" ")[2]
    assert "MIIE" in shop.git("show", f"{found.partition(' ')[0]}:deploy.key")
    rows = [f"files of a clone   {', '.join(files)}", f"history of it      {found}"]
    output.check("delivery/supply_chain/delete_dont.out", "\n".join(rows))


@pytest.mark.proves("no-standing-keys")
def test_each_form_of_a_key_is_known(shop: Repository) -> None:
    """The kinds have several beginnings, and a file in another encoding is read."""
    forms = ["ASIA" + "2" * 16, f"github_pat_{'a' * 82}"]
    forms += [f"gh{letter}_{'a' * 36}" for letter in "opsur"]
    forms += [f"{'-' * 5}BEGIN {kind} PRIVATE KEY{'-' * 5}" for kind in ("RSA", "EC")]
    name = "schlüssel.txt"
    (shop.folder / name).write_bytes("\n".join(["naïve", *forms]).encode("latin-1"))
    shop.git("add", name)
    shop.git("commit", "--quiet", "--message", "Add the keys")
    shop.git("config", "color.ui", "always")
    found = [each.partition(" ")[2] for each in leaks(shop.folder)]

    assert len(forms) == len([each for each in found if each.startswith(name)])


@pytest.mark.proves("no-standing-keys")
def test_a_key_stops_the_job(shop: Repository) -> None:
    """Run as a command, the scan names the place and fails, and passes without a key."""

    def scanned(folder: Path) -> subprocess.CompletedProcess[str]:
        scan = [sys.executable, str(SNIPPETS / "delivery/supply_chain/history.py")]
        return subprocess.run(
            scan, cwd=folder, capture_output=True, text=True, check=False
        )

    found = scanned(shop.folder)
    clean = scanned(Repository(shop.folder.with_name("clean")).folder)

    assert (1, True) == (found.returncode, "deploy.key: private key" in found.stdout)
    assert (0, "no key in the history\n") == (clean.returncode, clean.stdout)


@pytest.mark.proves("no-standing-keys")
@pytest.mark.parametrize("kind", ["private key", "AWS access key", "GitHub token"])
def test_a_key_is_found_wherever_it_was(shop: Repository, kind: str) -> None:
    """In a file, in a message, among bytes, on another branch, and in a merge."""
    shop.git("switch", "--quiet", "--create", "side")
    shop.commit("Add a", {"a.txt": key(kind), "e.bin": f"\0\x0b {key(kind)}"})
    shop.commit(f"Fix it\n\n{key(kind)}", {"b.txt": "b\n"})
    shop.git("switch", "--quiet", "--create", "other", "main")
    shop.commit("Write c", {"c.txt": "c\n"})
    shop.git("merge", "--quiet", "--no-commit", "side")
    shop.commit("Merge", {"d.txt": key(kind)})
    shop.git("rm", "--quiet", "a.txt", "d.txt", "e.bin")
    shop.git("commit", "--quiet", "--message", "Clean up")
    shop.git("switch", "--quiet", "main")
    found = sorted(each.partition(" ")[2] for each in leaks(shop.folder))

    places = ["a.txt", "d.txt", "e.bin", "the message"]
    expected = [*(f"{place}: {kind}" for place in places), "deploy.key: private key"]
    assert sorted(expected) == found
    assert not any(word in "".join(found) for word in ("AKIA", "ghp_", "BEGIN"))


@pytest.mark.proves("no-standing-keys")
def test_a_shallow_clone_is_no_clean_bill(shop: Repository) -> None:
    """Where the history is not, nobody says that it holds no key."""
    shop.git("rm", "--quiet", "deploy.key")
    shop.git("commit", "--quiet", "--message", "Remove the key")
    clone = shop.folder.with_name("clone")
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.folder}", str(clone))

    with pytest.raises(ValueError, match="a shallow clone"):
        [*leaks(clone)]


@pytest.mark.proves("no-standing-keys")
def test_a_folder_without_history_is_no_clean_bill(tmp_path: Path) -> None:
    """Where Git answers nothing, nobody says that there is no key."""
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "log")


class Issuer(Loopback):
    """GitHub's endpoint for tokens, as its documentation describes it."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body
        super().__init__()

    def answer(self, request: Request) -> None:
        """Note who asks for which audience, and answer."""
        self.asked = (request.path, request.headers["Authorization"])
        request.reply(self.status, self.body)


TOKENS = b'{"count": 1, "value": "header.claims.signature"}'


@pytest.mark.proves("no-standing-keys")
@pytest.mark.parametrize(
    ("status", "body"), [(200, TOKENS), (403, TOKENS), (200, b"{}")]
)
def test_a_job_logs_in_without_a_key(tmp_path: Path, status: int, body: bytes) -> None:
    """The token is asked for, masked and used; without one, nothing else is done.

    kubectl is a stand-in that notes its arguments: there is no cluster.
    """
    require("curl")
    require("jq")
    kubectl = tmp_path / "kubectl"
    kubectl.write_text('#!/bin/sh\necho "$@" >>"$NOTED"\n', "utf-8")
    kubectl.chmod(0o755)
    noted = tmp_path / "noted"
    noted.touch()
    with Issuer(status, body) as issuer:
        done = subprocess.run(
            ["sh", SNIPPETS / "delivery/supply_chain/login.sh"],
            env={
                "PATH": f"{tmp_path}:{ENVIRONMENT['PATH']}",
                "NOTED": str(noted),
                "CLUSTER": "https://cluster.example.com",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer.address}/token?v=1",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-this-job",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    path, bearer = issuer.asked
    assert {"v": ["1"], "audience": ["https://cluster.example.com"]} == parse_qs(
        path.removeprefix("/token?")
    )
    assert "Bearer of-this-job" == bearer
    if (status, body) == (200, TOKENS):
        assert "::add-mask::header.claims.signature\n" == done.stdout
        assert [
            "config set-cluster shop --server=https://cluster.example.com",
            "config set-credentials github --token=header.claims.signature",
            "config set-context shop --cluster=shop --user=github",
            "config use-context shop",
        ] == noted.read_text("utf-8").splitlines()
    else:
        assert 0 != done.returncode
        assert ("", "") == (done.stdout, noted.read_text("utf-8"))


IMAGE = b"the image that main built"
PROVENANCE: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "shop", "digest": {"sha256": sha256(IMAGE).hexdigest()}}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {
        "buildDefinition": {
            "buildType": EXPECTED["buildType"],
            "externalParameters": {
                "workflow": {"repository": SHOP, "ref": MAIN, "path": FILE}
            },
        },
        "runDetails": {"builder": {"id": f"{SHOP}/{FILE}@{MAIN}"}},
    },
}


def built(repository: str = SHOP, path: str = FILE, ref: str = MAIN) -> dict[str, Any]:
    """Give the provenance of a build of the same bytes."""
    made = deepcopy(PROVENANCE)
    made["predicate"]["buildDefinition"]["externalParameters"]["workflow"] = {
        "repository": repository,
        "ref": ref,
        "path": path,
    }
    made["predicate"]["runDetails"]["builder"]["id"] = f"{repository}/{path}@{ref}"
    return made


FORK = "https://github.com/stranger/shop"
STRANGE = {
    "main": {},
    "a fork": {"repository": FORK},
    "a branch": {"ref": "refs/heads/quick-fix"},
    "a workflow": {"path": ".github/workflows/test.yml"},
}


@pytest.mark.proves("verify-provenance")
def test_a_build_of_another_place_is_refused(output: Output) -> None:
    """A fork, a branch and another workflow are named, whatever they signed."""
    found = {name: distrust(built(**where), IMAGE) for name, where in STRANGE.items()}
    rows = [f"{name:<11} {told(reasons)}" for name, reasons in found.items()]

    assert [0, 2, 2, 2] == [len(reasons) for reasons in found.values()]
    output.check("delivery/supply_chain/provenance.out", "\n".join(rows))


def told(reasons: list[str]) -> str:
    """Say whether it is deployed, and else the last of the reasons."""
    return f"refused: {reasons[-1]}" if reasons else "deployed"


@pytest.mark.proves("verify-provenance")
def test_every_part_of_the_statement_counts() -> None:
    """Other bytes, another builder, an unknown parameter: each is a reason."""
    other = deepcopy(PROVENANCE)
    other["predicate"]["runDetails"]["builder"]["id"] = "a laptop"
    more = deepcopy(PROVENANCE)
    more["predicate"]["buildDefinition"]["externalParameters"]["inputs"] = "debug"
    kind = deepcopy(PROVENANCE)
    kind["predicate"]["buildDefinition"]["buildType"] = "make"
    less = deepcopy(PROVENANCE)
    del less["predicate"]["buildDefinition"]["externalParameters"]["workflow"]["ref"]
    sbom = PROVENANCE | {"predicateType": "https://spdx.dev/Document/v2.3"}

    assert ["it is another artifact"] == distrust(PROVENANCE, IMAGE + b"!")
    assert ["builder is a laptop"] == distrust(other, IMAGE)
    assert ["inputs is debug"] == distrust(more, IMAGE)
    assert ["ref is None"] == distrust(less, IMAGE)
    assert ["buildType is make"] == distrust(kind, IMAGE)
    assert ["it is no provenance"] == distrust(sbom, IMAGE)


@pytest.mark.harm("verify-provenance")
def test_attested_is_not_trusted(output: Output) -> None:
    """A check that asks for a statement about the bytes lets a stranger's build in."""
    found = {
        name: provenance_dont.distrust(built(**where), IMAGE)
        for name, where in STRANGE.items()
    }
    rows = [f"{name:<11} {told(reasons)}" for name, reasons in found.items()]

    assert not any(found.values())
    assert provenance_dont.distrust(PROVENANCE, IMAGE + b"!")
    output.check("delivery/supply_chain/provenance_dont.out", "\n".join(rows))
