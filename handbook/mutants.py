"""Put one fault in each line of the snippets, and see whether a test fails.

mutmut and cosmic-ray were tried first. The one skips decorated functions, which
routes are, and sees no child process; the other runs every test for each fault.
The ledger knows which tests ran a line, in whatever process.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from handbook.copies import Copies
from handbook.errors import HandbookError
from handbook.ledger import Ledger, Test, mirrors
from handbook.sources import read
from snippets.testing.mutation_testing.mutating import Mutant, one_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator


GOAL: Final = 90.0  # percent
ENOUGH: Final = 60.0  # seconds of tests for one mutant, the fastest first
PATIENCE: Final = 30.0  # seconds on top of twice what the tests take
REASONS: Final = "tests/survivors.toml"
RESULTS: Final = ".cache/mutants.json"


@dataclass(frozen=True)
class Fault:
    """A mutant of one snippet.

    Attributes:
        file: The snippet, relative to the root.
        text: The line as it is.
        mutant: What becomes of it.
        tests: IDs of the tests that ran the line, the fastest first.
        digests: Of every file that these tests rest on.
    """

    file: str
    text: str
    mutant: Mutant
    tests: tuple[str, ...]
    digests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The line, and what becomes of it: the key of a reason."""
        change = f"{self.mutant.before} → {self.mutant.after}"
        return shorten(f"{self.text} [{change}]", 160)

    @property
    def key(self) -> str:
        """What the outcome rests on."""
        parts = (self.mutant.source, *self.tests, *self.digests)
        return sha256("\0".join(parts).encode()).hexdigest()


class Known:
    """What earlier runs found, kept in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        found = json.loads(read(file, RESULTS)) if file.exists() else {}
        self.seconds: dict[str, float] = found.get("seconds", {})
        self.survives: dict[str, bool] = found.get("survives", {})

    def write(self) -> None:
        """Keep it, so that a run that is cut off goes on where it was."""
        self.file.parent.mkdir(exist_ok=True)
        found = {"seconds": self.seconds, "survives": self.survives}
        whole = self.file.with_suffix(".part")
        whole.write_text(json.dumps(found), encoding="utf-8")
        whole.replace(self.file)


def faults(root: Path, ledger: Ledger, chosen: list[str]) -> Iterator[Fault]:
    """Give the mutants of all snippets, or of some chapters and pages."""
    wanted = [f"snippets/{c.replace('-', '_')}" for c in chosen] or ["snippets"]
    for file in sorted(root.glob("snippets/**/*.py")):
        path = file.relative_to(root).as_posix()
        if file.stem.endswith("_dont") or not path.startswith(tuple(wanted)):
            continue
        source = file.read_text(encoding="utf-8")
        lines = source.splitlines()
        for mutant in one_a_line(source):
            tests = running(ledger, path, mutant.line)
            digests = {f"{f} {d}" for t in tests for f, d in t.digests.items()}
            names = tuple(t.id for t in tests)
            text = lines[mutant.line - 1].strip()
            yield Fault(path, text, mutant, names, tuple(sorted(digests)))


def running(ledger: Ledger, path: str, line: int) -> list[Test]:
    """List the tests that a line is asked of: of its own page, if they ran it.

    A line that runs on import is asked of those that ran its file.
    """
    some = [test for test in ledger.tests if path in test.ran]
    ran = (
        [test for test in some if line in test.ran[path]]
        or some
        or [test for test in ledger.tests if path in test.digests]
    )
    own = mirrors(path)
    return [test for test in ran if test.path in own] or ran


def survives(copies: Copies, fault: Fault, seconds: dict[str, float]) -> bool:
    """Say whether every test passes in spite of a fault."""
    tests: list[str] = []
    total = 0.0
    for test in sorted(set(fault.tests) & seconds.keys(), key=seconds.__getitem__):
        total += seconds[test]
        if total > ENOUGH and tests:
            break
        tests.append(test)
    if not tests:
        return True
    with copies.one() as copy:
        file = copy / fault.file
        kept = file.read_bytes()
        file.write_text(fault.mutant.source, encoding="utf-8")
        try:
            code = copies.run(copy, tuple(tests), 2 * total + PATIENCE)
        finally:
            file.write_bytes(kept)
    return code == 0


def measure(root: Path, chosen: list[str]) -> tuple[list[Fault], list[Fault]]:
    """Try every mutant whose outcome is not known yet.

    Args:
        root: The project, with a ledger that is up to date.
        chosen: Chapters or pages, as `resilience` or `resilience/retries`; or none.

    Returns:
        All mutants, and those that survive.

    Raises:
        HandbookError: The ledger is old, or nothing is to be mutated.
    """
    ledger = Ledger.load(root)
    if problem := ledger.problem():
        raise HandbookError(problem)
    every = list(faults(root, ledger, chosen))
    if not every:
        raise HandbookError(f"no snippet has a mutant below {' '.join(chosen)}")
    known = Known(root / RESULTS)
    asked = [fault for fault in every if fault.key not in known.survives]
    workers = (os.cpu_count() or 1) + 1  # tests wait more than they compute
    with TemporaryDirectory(prefix="mutants-") as folder:
        copies = Copies(root, Path(folder), min(workers, len(asked)))
        with ThreadPoolExecutor(workers) as pool:
            new = {t for fault in asked for t in fault.tests} - known.seconds.keys()
            files = sorted({test.partition("::")[0] for test in new})
            for file, took in zip(files, pool.map(copies.rehearse, files), strict=True):
                known.seconds |= took
                say(f"{file}: {len(took)} tests pass without a fault")
                known.write()
            outcomes = pool.map(lambda f: survives(copies, f, known.seconds), asked)
            for done, (fault, lives) in enumerate(zip(asked, outcomes, strict=True), 1):
                known.survives[fault.key] = lives
                sign = "SURVIVES" if lives else "killed"
                say(f"{done}/{len(asked)} {sign} {fault.file}: {fault.name}")
                known.write()
    return every, [fault for fault in every if known.survives[fault.key]]


def report(root: Path, every: list[Fault], alive: list[Fault]) -> list[str]:
    """Print the score of each chapter.

    Returns:
        What must be mended.
    """
    total = Counter(Path(fault.file).parts[1] for fault in every)
    lost = Counter(Path(fault.file).parts[1] for fault in alive)
    total["all"], lost["all"] = len(every), len(alive)
    sys.stdout.write(f"{'chapter':<16}{'mutants':>8}{'killed':>8}{'score':>8}\n")
    for chapter, count in total.items():
        score = 100 * (count - lost[chapter]) / count
        sys.stdout.write(
            f"{chapter:<16}{count:>8}{count - lost[chapter]:>8}{score:>7.1f}%\n"
        )
    text = read(root / REASONS, REASONS) if (root / REASONS).exists() else ""
    reasons = tomllib.loads(text)
    problems = [
        f"{f.file}:{f.mutant.line} survives: kill it, or give its reason in {REASONS}:"
        f"\n  {json.dumps(f.name, ensure_ascii=False)} = "
        for f in alive
        if f.name not in reasons.get(f.file, {})
    ]
    names = {(fault.file, fault.name) for fault in alive}
    covered = {fault.file for fault in every}
    problems += [
        f"{REASONS}: {file} has no survivor {name!r}: take the reason away"
        for file, given in reasons.items()
        for name in given
        if file in covered and (file, name) not in names
    ]
    if score < GOAL:
        problems.append(f"the score is {score:.1f} %, and {GOAL:.0f} % is wanted")
    return problems


def say(line: str) -> None:
    """Show progress."""
    sys.stderr.write(f"{line}\n")


def main(chosen: list[str]) -> int:
    """Measure, and report.

    Returns:
        0 if all is well, 1 with every problem on standard error.
    """
    try:
        problems = report(Path.cwd(), *measure(Path.cwd(), chosen))
    except HandbookError as error:
        problems = [str(error)]
    for line in problems:
        say(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
