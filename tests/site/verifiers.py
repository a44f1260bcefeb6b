"""One verifier for each kind of file under snippets/: a real tool reads it.

A verifier returns the problems that it found, one line each, and never answers
"fine" when its tool did not look.
"""

import functools
import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import kubernetes_validate
import promql_parser
import yaml
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.jsonschema import specification_with

from handbook.diffs import difference
from tests.site.pins import pins
from tests.site.tools import (
    GO,
    ROOT,
    documents,
    fault,
    postgres,
    require,
    run,
    shown,
    told,
)

YAML_KEYS = {  # the kind of a YAML file, by the keys at its top
    "workflow": {"on", "jobs"},
    "prometheus-tests": {"rule_files", "tests"},
    "prometheus-rules": {"groups"},
    "alertmanager": {"route", "receivers"},
    "kubernetes": {"apiVersion", "kind"},
}
RUFF = "--no-cache --no-force-exclude --config=pyproject.toml"
NOTHING = r"\A\Z"
COMMANDS = {  # kind: tool, arguments, and what a success must also say
    "alertmanager": [("amtool", "check-config", "SUCCESS")],
    "dockerfile": [("hadolint", "--no-color --format=gnu", NOTHING)],
    "prometheus-rules": [
        ("promtool", "check rules --lint=all --lint-fatal", "SUCCESS: [1-9]")
    ],
    "prometheus-tests": [  # a rule file that is not there is but a warning
        ("promtool", "test rules", r"\A(?!(?s:.*)WARNING)(?s:.*)SUCCESS")
    ],
    "py": [
        ("ruff", f"check --output-format=concise {RUFF}", r"\AAll checks passed"),
        ("ruff", f"format --check {RUFF}", "1 file already formatted"),
        ("mypy", "--strict --no-pretty --cache-dir=.cache/mypy", "1 source file"),
    ],
    "sh": [("shellcheck", "--norc --format=gcc", NOTHING), ("shfmt", "-d", NOTHING)],
    "workflow": [
        ("actionlint", "-oneline -pyflakes=", NOTHING),
        ("zizmor", "--offline --strict-collection --format=github", "completed"),
        ("check-jsonschema", "--builtin-schema=vendor.github-workflows", "done"),
    ],
}


class NoVerifierError(Exception):
    """No tool can say whether this file is good."""


def kind(path: Path) -> str:
    """Say what a file under snippets/ is: a key of VERIFIERS."""
    suffix = ".dockerfile" if path.name == "Dockerfile" else path.suffix
    why = f"the suffix {suffix!r} has no verifier: add one to {shown(__file__)}"
    if suffix in {".yml", ".yaml"}:
        why = f"its top-level keys are of no kind known to {shown(__file__)}"
        try:
            found = documents(path)
        except (OSError, yaml.YAMLError) as error:
            raise NoVerifierError(fault(path, error)) from None
        for name, keys in YAML_KEYS.items():
            if len(found) > 1 and name != "kubernetes":
                continue
            if found and all(keys <= _keys(each) for each in found):
                return name
    elif (name := suffix.removeprefix(".")) in VERIFIERS.keys() - YAML_KEYS.keys():
        return name
    why = f"{shown(path)}: {why}"
    raise NoVerifierError(why)


def _keys(document: object) -> set[str]:
    keys = document if isinstance(document, dict) else ()
    return {"on" if key is True else str(key) for key in keys}  # YAML's `on` is True


def _verify(name: str, path: Path) -> list[str]:
    """List the problems of a file; what goes wrong in here is a problem as well."""
    path, problems = path.absolute(), list[str]()
    try:
        for tool, arguments, fine in COMMANDS.get(name, ()):
            result = run(require(tool), *arguments.split(), path)
            problems += told(tool, path, result, fine)
        if check := CHECKS.get(name):
            problems += check(path)
    except Exception as error:  # noqa: BLE001 -- no fault may pass for "fine"
        problems.append(fault(path, error))
    return problems


def _alertmanager(path: Path) -> Iterator[str]:
    """See that the templates exist, which amtool counts without looking."""
    for pattern in documents(path)[0].get("templates") or []:
        if not any(path.parent.glob(pattern)):
            yield f"{shown(path)}: no file matches the template {pattern}"


def _diff(path: Path) -> Iterator[str]:
    """Make it again from the two versions that it names."""
    text = path.read_text("utf-8")
    if text != difference(ROOT, text, path.name) + "\n":
        yield f"{shown(path)}: not the difference of the versions that it names"


def _diagram(path: Path) -> Iterator[str]:
    """See that the picture of a diagram was made from its source as it is now.

    A picture without a source is drawn by a test, which compares it.
    """
    source, picture = path.with_suffix(".dot"), path.with_suffix(".svg")
    root = ET.parse(picture).getroot()  # noqa: S314 -- a file of our own
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        yield f"{shown(picture)}: the root is {root.tag}, not that of an SVG"
    if not source.exists():
        if not root.get("aria-label"):
            yield f"{shown(picture)}: no aria-label says what it shows"
        return
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    stamp = rf"<!--[^>]*source-sha256: {digest}\b"
    if not re.search(stamp, picture.read_text("utf-8")):
        yield f"{shown(picture)}: not made from {source.name} as it is now"


def _go(path: Path) -> Iterator[str]:
    """Format a file; vet the package in its folder; race the tests in there."""
    tool = require("go")
    gofmt = Path(run(tool, "env", "GOROOT").stdout.strip(), "bin", "gofmt")
    yield from told("gofmt", path, run(gofmt, "-d", path), NOTHING)
    package = sorted(file.name for file in path.parent.glob("*.go"))
    run_go = functools.partial(
        run,
        tool,
        cwd=path.parent,
        **GO,
        CGO_ENABLED="1",  # the race detector is linked with C
    )
    faults = told("go vet", path, run_go("vet", *package), NOTHING)
    yield from faults
    if faults or not any(name.endswith("_test.go") for name in package):
        return
    if sys.platform == "linux" and not shutil.which(os.environ.get("CC", "gcc")):
        require("gcc")
    result = run_go("test", "-race", *package)
    frame = rf"DATA RACE\n(?s:.*?) {re.escape(str(path.parent))}/(.+\.go):(\d+)"
    if at := re.search(frame, result.stdout):
        yield f"{shown(path.with_name(at[1]))}:{at[2]}: data race [go test -race]"
    else:  # "[no tests to run]" would stand at the end of its line
        yield from told("go test -race", path, result, r"^ok .*(s|\(cached\))$")


def _json(path: Path) -> Iterator[str]:
    """Parse it, and hold it against the schema beside it, if there is one."""
    value = json.loads(path.read_text("utf-8"))
    beside = path.with_suffix(".schema.json")
    if path.name.endswith(".schema.json"):
        specification_with(value["$schema"])  # or it would be checked against a guess
        validator_for(value).check_schema(value)
    elif beside.exists():
        schema = json.loads(beside.read_text("utf-8"))
        # An empty registry: a reference to another host is an error, not a download.
        validator = validator_for(schema)(schema, registry=Registry())
        for error in validator.iter_errors(value):
            yield f"{shown(path)}: {error.json_path}: {error.message}"


def _kubernetes(path: Path) -> Iterator[str]:
    """Hold each document against the schema of its kind; no field may be unknown."""
    for number, document in enumerate(documents(path), start=1):
        try:
            kubernetes_validate.validate(document, "1.37", strict=True)
        except Exception as error:  # noqa: BLE001 -- five classes without a base
            where = ".".join(map(str, getattr(error, "path", ()))) or "top"
            why = getattr(error, "message", repr(error))
            yield f"{shown(path)}: document {number}: {where}: {why}"


def _markdown(path: Path) -> Iterator[str]:
    """See that a template has a heading, and that its author left nothing open."""
    text = path.read_text("utf-8")
    if not re.search(r"^#{1,6} \S", text, re.MULTILINE):
        yield f"{shown(path)}: no heading"
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(r"\bTODO\b", line):
            yield f"{shown(path)}:{number}: an unfilled TODO"


def _output(path: Path) -> Iterator[str]:
    """See that it is tidy text; its own test compares it with a run."""
    lines = path.read_bytes().decode("utf-8").split("\n")
    if lines[-1] or not any(lines[-2:]):
        yield f"{shown(path)}: must be text that ends in one newline"
    for number, line in enumerate(lines, start=1):
        if line != line.rstrip():
            yield f"{shown(path)}:{number}: trailing space"


def _promql(path: Path, text: str = "", name: str = "the file") -> Iterator[str]:
    """Parse the one expression in a file, or one of a rule file."""
    try:
        promql_parser.parse(text or path.read_text("utf-8"))
    except ValueError as error:
        yield f"{shown(path)}: {name}: {error} [promql-parser]"


def _prometheus_rules(path: Path) -> Iterator[str]:
    """Let a second parser read each expression."""
    for group in documents(path)[0]["groups"]:
        for rule in group["rules"]:
            yield from _promql(path, str(rule["expr"]), rule.get("alert", "a record"))


def _prometheus_tests(path: Path) -> Iterator[str]:
    """See that each test expects something."""
    for number, test in enumerate(documents(path)[0]["tests"] or [{}], start=1):
        if not (test.get("alert_rule_test") or test.get("promql_expr_test")):
            yield f"{shown(path)}: test {number} expects nothing"


def _sql(path: Path) -> Iterator[str]:
    """Run it in a PostgreSQL database of its own, up to the first error."""
    server, name = postgres(), f"snippet_{uuid.uuid4().hex}"
    psql = (server.bin_path / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-d")
    outside, inside = server.get_uri("postgres"), server.get_uri(name)
    create = run(*psql, outside, "-c", f"CREATE DATABASE {name}")
    yield from told("psql", path, create, "CREATE")
    # What is run is echoed first: a file that ran nothing has not been verified.
    result = run(*psql, inside, "--echo-queries", "-f", path, cwd=path.parent)
    yield from told("psql", path, result, r"\S")
    drop = run(*psql, outside, "-c", f"DROP DATABASE {name} WITH (FORCE)")
    yield from told("psql", path, drop, "DROP")


def _toml(path: Path) -> Iterable[str]:
    """Parse it."""
    tomllib.loads(path.read_text("utf-8"))
    return ()


CHECKS: dict[str, Callable[[Path], Iterable[str]]] = {  # what no command does
    "alertmanager": _alertmanager,
    "diff": _diff,
    "dot": _diagram,
    "go": _go,
    "json": _json,
    "kubernetes": _kubernetes,
    "md": _markdown,
    "out": _output,
    "prometheus-rules": _prometheus_rules,
    "prometheus-tests": _prometheus_tests,
    "promql": _promql,
    "sql": _sql,
    "svg": _diagram,
    "toml": _toml,
    "workflow": pins,
}
VERIFIERS: dict[str, Callable[[Path], list[str]]] = {
    name: functools.partial(_verify, name) for name in {**COMMANDS, **CHECKS}
}
