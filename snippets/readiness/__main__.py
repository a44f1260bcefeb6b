"""Run the readiness checklist on a service: `check URL --repo PATH`."""

import argparse
import asyncio
import sys
from pathlib import Path

import httpx

from snippets.readiness.probe.asking import UnreachableError
from snippets.readiness.probe.check import check
from snippets.readiness.probe.report import (
    Report,
    as_json,
    as_junit,
    as_table,
)
from snippets.readiness.probe.settings import (
    Settings,
    SettingsError,
    read,
)
from snippets.readiness.probe.starting import StartError

FAILED, USAGE, UNREACHABLE = 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Check a service, print the report, and give the exit code.

    Returns:
        0 if nothing fails, 1 if something does, 2 if the probe was
        told nonsense, 3 if the service does not answer.
    """
    told = parser().parse_args(arguments)
    try:
        settings = read(config(told.config, told.repo), flags(told))
        address = base(told.address)
        sys.stderr.write(f"asking {address} ...\n")
        return show(run(address, settings, told.repo), told)
    except UnreachableError as error:
        return say(error, UNREACHABLE)
    except (SettingsError, StartError) as error:
        return say(error, USAGE)


def show(made: Report, told: argparse.Namespace) -> int:
    """Print the report in the form that was asked for."""
    write = (
        as_json if told.json else as_junit if told.junit else as_table
    )
    sys.stdout.write(write(made) + "\n")
    return FAILED if made.failed else 0


def run(
    address: str, settings: Settings, repository: Path | None
) -> Report:
    """Check a service, from code that does not wait."""
    return asyncio.run(check(address, settings, repository))


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    whole = argparse.ArgumentParser("python -m snippets.readiness")
    commands = whole.add_subparsers(required=True, metavar="check")
    made = commands.add_parser("check", help="check a service")
    made.add_argument("address", metavar="URL", help="where it is")
    made.add_argument("--repo", type=Path, help="its source")
    made.add_argument("--start", dest="command", help="starts a copy")
    made.add_argument(
        "--config", type=Path, help="not REPO/readiness.toml"
    )
    made.add_argument("--objective", help="its availability, as 0.999")
    made.add_argument("--timeout", help="seconds for each answer")
    for path in ("health", "ready", "metrics", "openapi"):
        made.add_argument(f"--{path}", help=f"not /{path}")
    output = made.add_mutually_exclusive_group()
    output.add_argument(
        "--json", action="store_true", help="for programs"
    )
    output.add_argument("--junit", action="store_true", help="for CI")
    return whole


def flags(told: argparse.Namespace) -> dict[str, str | None]:
    """Pick out what has a say in the settings."""
    others = {"address", "repo", "config", "json", "junit"}
    return {k: v for k, v in vars(told).items() if k not in others}


def config(named: Path | None, repository: Path | None) -> Path | None:
    """Find the settings: the file that is named, or the usual one.

    Raises:
        SettingsError: There is no such repository.
    """
    if repository and not repository.is_dir():
        raise SettingsError(f"--repo: {repository} is no folder")
    usual = (repository or Path()) / "readiness.toml"
    return named or (usual if usual.is_file() else None)


def base(address: str) -> str:
    """Give an address without a slash at its end.

    Raises:
        SettingsError: It is no address of a web service.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise SettingsError(f"{address!r}: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError(f"{address!r}: give http://HOST:PORT")
    return address.rstrip("/")


def say(error: Exception, code: int) -> int:
    """Write one line to stderr, and give the exit code."""
    sys.stderr.write(f"{' '.join(str(error).split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
