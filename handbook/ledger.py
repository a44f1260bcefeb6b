"""Read what the last test run proved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from handbook.errors import HandbookError
from handbook.sources import Embed, body_lines, parse, read

NAME: Final = "ledger.json"
SCHEMA: Final = 1


@dataclass(frozen=True)
class Test:
    """One test of the last run.

    Attributes:
        id: Its pytest node ID.
        line: Where it starts in its file.
        summary: The first sentence of its docstring.
        proves: Practices that it proves.
        harm: Practices whose absence it shows to hurt.
        ran: Lines of each Python snippet that ran; other files that it names.
        digests: SHA-256 of its own file, and of each file that it ran or imports.
    """

    id: str
    line: int
    summary: str
    proves: list[str] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)
    ran: dict[str, list[int]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file that holds it."""
        return self.id.partition("::")[0]


class Ledger:
    """The tests that passed in the last run.

    A test counts only while every file that it rests on is as it was.

    Attributes:
        missing: Whether no run has written a ledger.
        tests: Tests that passed.
        failed: IDs of tests that failed, and have not passed since.
        versions: What was installed, by distribution.
    """

    def __init__(self, root: Path, data: dict[str, Any] | None) -> None:
        content = data or {"tests": [], "failed": [], "versions": {}, "support": ""}
        self.root = root
        self.missing = data is None
        self.failed: list[str] = content["failed"]
        self.support: str = content["support"]
        self.tests = [Test(**entry) for entry in content["tests"]]
        self.versions: dict[str, str] = {"Python": "", **content["versions"]}

    @classmethod
    def load(cls, root: Path) -> Ledger:
        """Read the ledger of a project, once for each time it is written.

        Raises:
            HandbookError: The file is cut short, or not a ledger.
        """
        file = root / NAME
        full = file.exists() and (file.is_dir() or file.stat().st_size)
        return _load(root, file.stat().st_mtime_ns if full else 0)

    def problem(self) -> str:
        """Say why nothing, or not everything, is verified; nothing if all is."""
        if self.missing:
            return f"there is no {NAME}: nox -s tests writes it"
        if self.failed:
            return f"{len(self.failed)} tests failed in the last run: nox -s tests"
        if stale := len(self.tests) - len(self.current()):
            return f"{stale} tests ran before the last edit: nox -s tests"
        return ""

    def current(self) -> list[Test]:
        """List the tests that still count."""
        return self._fresh(self.tests)

    def proofs(self, practice: str) -> list[Test]:
        """List the tests that show a practice to hold."""
        return self._shown([t for t in self.tests if practice in t.proves])

    def harms(self, practice: str) -> list[Test]:
        """List the tests that show what breaks without a practice."""
        return self._shown([t for t in self.tests if practice in t.harm])

    def ran(self, embed: Embed) -> list[Test]:
        """List the tests that ran lines of an embed.

        A block that runs on import is credited to the mirrored test file.
        """
        wanted = set(embed.lines)
        if embed.language == "python":
            source = (self.root / embed.path).read_text(encoding="utf-8")
            wanted &= body_lines(parse(source, embed.path))
        if not wanted:
            own = [test for test in self.tests if test.path in mirrors(embed.path)]
            return self._shown([test for test in own if embed.path in test.digests])
        tests = [test for test in self.tests if embed.path in test.ran]
        lines = embed.path.endswith(".py")
        return self._shown(
            [t for t in tests if not lines or wanted & {*t.ran[embed.path]}]
        )

    def _shown(self, tests: list[Test]) -> list[Test]:
        """Take the fresh ones, a test with many parameters once."""
        fresh = self._fresh(tests)
        return list({test.id.partition("[")[0]: test for test in fresh}.values())

    def _fresh(self, tests: list[Test]) -> list[Test]:
        if self.support != support_digest(self.root):
            return []
        return [
            test
            for test in tests
            if all(digest(self.root / f) == seen for f, seen in test.digests.items())
        ]


def mirrors(path: str) -> list[str]:
    """Name the test files that a snippet may have.

    `snippets/a/b.py` and `snippets/a/b/c.py` are both proved by
    `tests/a/test_b.py`. `snippets/a/b.py` may also be proved by `tests/a/test_a.py`,
    where the files of a folder are one service.
    """
    parts = Path(path).with_suffix("").parts[1:]
    own = Path(
        "tests", *parts[:-1], f"test_{parts[-1].removesuffix('_dont').strip('_')}.py"
    )
    page = Path("tests", parts[0], f"test_{parts[1]}.py") if parts[2:] else own
    whole = Path("tests", parts[0], f"test_{parts[0]}.py")
    return list(dict.fromkeys(test.as_posix() for test in (page, own, whole)))


@cache
def support_digest(root: Path) -> str:
    """Give one digest of what every test leans on: helpers, settings, this package.

    It is asked for each block of a page: `cache_clear()` begins a new build.
    """
    helpers = {p for p in root.glob("tests/**/*") if p.name[:5] != "test_"}
    own = {*root.glob("handbook/*.py"), *root.glob("*.toml"), *root.glob("conftest.py")}
    full = {p for p in helpers | own if p.is_file() and p.stat().st_size}
    files = sorted(p for p in full if p.suffix != ".pyc")
    return sha256("".join(map(digest, files)).encode()).hexdigest()


def digest(file: Path) -> str:
    """Give the SHA-256 of a file, or nothing if there is no such file."""
    return _digest(file, file.stat().st_mtime_ns) if file.is_file() else ""


@cache
def _digest(file: Path, _changed: int) -> str:
    return sha256(file.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def _load(root: Path, changed: int) -> Ledger:
    if not changed:
        return Ledger(root, None)
    try:
        data = json.loads(read(root / NAME, NAME))
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])  # noqa: TRY301 # one way out
        ledger = Ledger(root, data)
        ledger.current()  # touches every field, so that a wrong one is found here
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{NAME} is cut short or not a ledger: delete it, then nox -s tests"
        raise HandbookError(message) from error
    return ledger
