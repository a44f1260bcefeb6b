"""The commands of two Dockerfiles are run and stopped; no container is needed for that."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import kubernetes_validate
import pytest

from snippets.delivery.container_image.rules import faults, instructions
from tests.site.tools import documents, require

if TYPE_CHECKING:
    from handbook.outputs import Output

SNIPPETS = Path(__file__).parents[2] / "snippets"
DO = "delivery/container_image/Dockerfile"
IMAGE = Path(__file__).with_name("image")  # what would be in it
SHELL = ["dash", "-c"]  # Docker runs /bin/sh, and that is dash in Debian's images


class Stopped:
    """A service that was started as an image starts it, and told to stop.

    Attributes:
        first: The name of the process that the signal went to.
        code: How that ended.
        said: What the service wrote until then.
        answers: Whether it answers afterwards.
    """

    def __init__(self, command: list[str]) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.Popen(
            command,
            cwd=IMAGE,
            env={**os.environ, "HOST": "127.0.0.1", "PORT": "0", "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that what is left can be ended
        )
        assert process.stdout
        with process, process.stdout as output:
            lines = iter(output.readline, "")
            found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in lines)
            address = next(each[0] for each in found if each)
            self.first = Path(f"/proc/{process.pid}/comm").read_text("utf-8").strip()
            process.terminate()
            self.code = process.wait()
            try:
                httpx.get(f"{address}/health").raise_for_status()
                self.answers = True
                os.killpg(process.pid, signal.SIGKILL)
            except httpx.ConnectError:
                self.answers = False
            self.said = output.read()

    def row(self, form: str) -> str:
        """Write what became of it."""
        after = "answers" if self.answers else "has closed"
        return f"{form}   SIGTERM went to {self.first:<7} the service {after}"


def text(name: str) -> str:
    """Read a snippet."""
    return (SNIPPETS / name).read_text("utf-8")


def command(dockerfile: str) -> list[str]:
    """Give what an image of this file starts."""
    words = dict(instructions(text(dockerfile)))["CMD"]
    return [*json.loads(words)] if words.startswith("[") else [*SHELL, words]


@pytest.mark.proves("exec-form")
def test_the_service_gets_the_signal() -> None:
    """Started in exec form, the service is the process that is told to stop, and does."""
    stopped = Stopped(command("delivery/container_image/Dockerfile"))

    assert stopped.first.startswith("python")
    assert not stopped.answers
    assert "closed" in stopped.said


@pytest.mark.harm("exec-form")
def test_the_shell_gets_the_signal(output: Output) -> None:
    """Started in shell form, the shell ends, and the service was told nothing."""
    require("dash")
    good = Stopped(command("delivery/container_image/Dockerfile"))
    stopped = Stopped(command("delivery/container_image/shell_dont.dockerfile"))

    assert "dash" == stopped.first
    assert -signal.SIGTERM == stopped.code
    assert stopped.answers
    assert "closed" not in stopped.said
    rows = [good.row("exec form "), stopped.row("shell form")]
    output.check("delivery/container_image/shell_dont.out", "\n".join(rows))


@pytest.mark.proves("exec-form")
def test_exec_hands_the_process_over() -> None:
    """A script that ends in `exec` leaves its place to the service."""
    require("dash")
    stopped = Stopped([*SHELL, "true && exec python -m shop"])

    assert stopped.first.startswith("python")
    assert "closed" in stopped.said


@pytest.mark.proves("container-image")
def test_a_good_file_has_none_of_the_faults() -> None:
    """Bases by digest, a number for a user, named files, a list for a command."""
    assert [] == [*faults(text("delivery/container_image/Dockerfile"))]


@pytest.mark.proves("container-image")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("USER 10001\n", "", "USER is root"),
        ("USER 10001", "USER 0:0", "USER is 0"),
        ("USER 10001", "USER shop", "USER is shop"),
        ("USER 10001", "USER 10001\nFROM build", "USER is root"),
        ("COPY shop.py .", "ADD  . .", "ADD . ."),
        ('["python", "-m", "shop"]', "['python', '-m', 'shop']", "CMD ['python'"),
        ('CMD ["python", "-m", "shop"]', 'ENTRYPOINT "shop"', "ENTRYPOINT"),
        ('"python", "-m", ', '"/bin/sh", "-c", ', 'CMD ["/bin/sh", "-c", "shop"]'),
        ("COPY shop.py .", "COPY --chown=10001 ./ .", "COPY --chown=10001 ./ ."),
        ("COPY shop.py .", 'COPY ["*", "/shop"]', 'COPY ["*", "/shop"]'),
        ("USER 10001", "USER 10001\n  user\troot", "USER is root"),
        (" AS build", "\nFROM python:3.13-slim AS build", "FROM python:3.13-slim: "),
    ],
)
def test_each_fault_is_found(old: str, new: str, told: str) -> None:
    """Whatever is spoilt is told, and nothing else."""
    good = text(DO)
    assert 1 == good.count(old)
    (found,) = faults(good.replace(old, new))

    assert found.startswith(told)


@pytest.mark.proves("container-image")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("USER 10001", "USER 10001:10001"),
        ("COPY shop.py .", "COPY shop.py .\nFROM build as last\nFROM last"),
        ("COPY shop.py .", "COPY --from=build . ."),
        ('CMD ["python"', 'CMD ["sh", "-c", "exec python -m shop"]\n#CMD ["python"'),
        ("COPY shop.py .", "COPY shop.py .\nFROM scratch\n# CMD shop"),
        ("COPY shop.py .", "COPY shop.py \\\n    ."),
    ],
)
def test_what_is_as_good_is_not_accused(old: str, new: str) -> None:
    """A group, small letters, a stage, an `exec`: nothing is told."""
    assert [] == [*faults(text(DO).replace(old, new))]


@pytest.mark.proves("container-image")
def test_the_pod_says_it_again() -> None:
    """Each field of the restricted standard is set, and what the page adds to it."""
    (manifest,) = documents(SNIPPETS / "delivery/container_image/deployment.yaml")
    pod = manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["automountServiceAccountToken"] is False
    assert {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    } == pod["securityContext"]
    assert {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    } == container["securityContext"]
    assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"])


@pytest.mark.proves("container-image")
def test_the_image_holds_what_was_locked() -> None:
    """Packages come with hashes, and the environment comes out of the first stage."""
    found = [*instructions(text(DO))]
    (install,) = (words for _, words in found if "pip install" in words)
    (settings,) = (words for name, words in found if name == "ENV")
    (copied,) = (words for _, words in found if ".venv .venv" in words)

    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert "HOST=0.0.0.0" in settings  # else nobody outside reaches it
    assert copied.startswith("--from=build ")
    assert ("FROM", *found[0][1].split(" AS ")[:1]) in found[1:]  # the same base


@pytest.mark.harm("container-image")
def test_a_linter_does_not_know_who_runs(output: Output) -> None:
    """Four faults, of which hadolint tells two."""
    found = [*faults(text("delivery/container_image/shell_dont.dockerfile"))]
    linted = text("delivery/container_image/shell_dont_faults.out")

    assert 4 == len(found)
    assert {"1", "4", "6"} == {line.split(":")[1] for line in linted.splitlines()}
    output.check("delivery/container_image/rules_dont.out", "\n".join(found))


@pytest.mark.proves("container-image")
def test_a_misspelt_field_of_the_manifest_is_refused() -> None:
    """A strict check refuses what a lenient one drops, and root with it."""
    (manifest,) = documents(SNIPPETS / "delivery/container_image/deployment.yaml")
    pod = manifest["spec"]["template"]["spec"]
    pod["securityContext"]["runAsNonRot"] = pod["securityContext"].pop("runAsNonRoot")

    kubernetes_validate.validate(manifest, "1.37", strict=False)
    with pytest.raises(kubernetes_validate.ValidationError, match="runAsNonRot"):
        kubernetes_validate.validate(manifest, "1.37", strict=True)
