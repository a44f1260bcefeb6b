"""What a branch rule requires, and what it lets through."""

from itertools import product

import yaml

MAIN = "github.ref == 'refs/heads/main'"


def reported(workflow: str) -> dict[str, str]:
    """Name the checks of a pull request, and the job of each.

    Args:
        workflow: Its text. A job for `main` alone is left out: a
            pull request skips it, and that counts as passed.
    """
    checks = {}
    for key, job in yaml.safe_load(workflow)["jobs"].items():
        axes = job.get("strategy", {}).get("matrix", {})
        for values in product(*axes.values()):
            name = job.get("name", key)
            for axis, value in zip(axes, values, strict=True):
                name = name.replace(f"${{{{ matrix.{axis} }}}}", value)
            if job.get("if") != MAIN:
                checks[name] = key
    return checks


def merges(
    needs: dict[str, list[str]], failing: str, required: set[str]
) -> bool:
    """Say whether GitHub merges although one job fails.

    A job is skipped if one that it needs did not pass, and a
    required check that was skipped does not stop the merge.

    Args:
        needs: What each job needs, no job before those.
        failing: The job that fails.
        required: The jobs whose checks are required.
    """
    results: dict[str, str] = {}
    for job, before in needs.items():
        if any(results[each] != "passed" for each in before):
            results[job] = "skipped"
        else:
            results[job] = "failed" if job == failing else "passed"
    return all(results[job] != "failed" for job in required)
