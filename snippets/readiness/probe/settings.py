"""What the probe is told of a service: `readiness.toml`, and flags."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from snippets.readiness.review.waivers import Waiver


class Told(BaseModel):
    """A table of the file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid")


class Request(Told):
    """A request that succeeds, and needs the dependency.

    It is sent to copies that the probe starts, never to the service.
    `$NAME` in a header is a variable, `{uuid}` another value each time.
    """

    method: str = "GET"
    path: str
    headers: dict[str, str] = {}
    body: Any = None


class Start(Told):
    """How the probe starts a copy.

    Attributes:
        command: As for a shell, but no shell reads it; `{port}` in it
            is the port.
        port: The variable that names the port.
        environment: Further variables.
        without: Variables that take a dependency away; it must start.
        seconds: How long until it is ready, at most.
        grace: Seconds from SIGTERM to its end, at most.
    """

    command: str = ""
    port: str = "PORT"
    environment: dict[str, str] = {}
    without: dict[str, str] = {}
    seconds: float = Field(default=20, gt=0)
    grace: float = Field(default=30, gt=0)


class Dependency(Told):
    """A service that it calls over HTTP: the probe takes its place.

    Attributes:
        variable: The variable with its address.
        answer: What it answers, as JSON, when it is well; `{uuid}` in it
            is another value each time.
        mark: A word that is in every answer without it.
        seconds: How long an answer may take while it is silent.
    """

    variable: str
    answer: Any = {}
    mark: str = ""
    seconds: float = Field(default=10, gt=0)


class Repository(Told):
    """Where things are, as patterns of files below `--repo`."""

    rules: list[str] = ["**/*rules*.y*ml", "**/*alerts*.y*ml"]
    dashboards: list[str] = ["**/dashboards/**/*.json"]
    workflows: list[str] = [".github/workflows/*.y*ml"]
    locks: list[str] = [
        "**/requirements*.txt", "**/uv.lock", "**/poetry.lock",
        "**/go.sum", "**/package-lock.json", "**/pnpm-lock.yaml",
        "**/yarn.lock", "**/Cargo.lock", "**/Gemfile.lock",
    ]  # fmt: skip
    runbooks: list[str] = ["**/*runbook*.md", "**/runbooks/**/*.md"]
    rollbacks: list[str] = ["**/*rollback*.md", "**/*runbook*.md"]
    scanners: list[str] = [
        "bandit", "codeql", "gosec", "govulncheck", "grype", "osv-scanner",
        "semgrep", "snyk", "trivy", "zizmor",
    ]  # fmt: skip
    watchers: list[str] = [
        ".github/dependabot.y*ml", ".github/renovate.json*",
        "renovate.json*",
    ]  # fmt: skip


class Settings(Told):
    """Everything that the probe can be told.

    Attributes:
        objective: The availability objective, which chooses the tier.
        timeout: Seconds for each answer.
        public: Further paths that need no token.
        standalone: It calls no other service.
        waiver: What the last review has waived, and until when.
    """

    objective: float = Field(default=0.999, gt=0, lt=1)
    timeout: float = Field(default=5, gt=0)
    health: str = "/health"
    ready: str = "/ready"
    metrics: str = "/metrics"
    openapi: str = "/openapi.json"
    public: list[str] = []
    standalone: bool = False
    request: Request | None = None
    start: Start = Start()
    dependency: Dependency | None = None
    repository: Repository = Repository()
    waiver: list[Waiver] = []


class SettingsError(Exception):
    """The file, or a flag, is wrong; the message is one line."""


def read(file: Path | None, flags: dict[str, Any]) -> Settings:
    """Read the file, and let flags have the last word.

    Raises:
        SettingsError: It cannot be read, or says what nobody knows.
    """
    told: dict[str, Any] = {}
    name = str(file)
    if file:
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            why = error.strerror
            raise SettingsError(f"{name}: {why}") from error
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from error
    command = flags.pop("command", None)
    told |= {
        key: value for key, value in flags.items() if value is not None
    }
    if command:
        told["start"] = {**told.get("start", {}), "command": command}
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    source = f"{name}: {where}"
    if flags.get(where) is not None:
        source = f"--{where}"
    raise SettingsError(f"{source}: {first['msg']}")


def expanded(values: dict[str, str]) -> dict[str, str]:
    """Put variables of the environment in the place of their names.

    Raises:
        SettingsError: One is not set.
    """
    filled = {
        key: os.path.expandvars(value) for key, value in values.items()
    }
    for key, value in filled.items():
        if missing := re.search(r"\$\{?(\w+)", value):
            raise SettingsError(
                f"{key}: there is no variable {missing[1]}"
            )
    return filled
