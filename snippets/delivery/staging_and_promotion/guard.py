"""Who can deploy to an environment without being asked."""

from typing import Any


def doors(environment: dict[str, Any]) -> list[str]:
    """Find what is open in the settings of an environment.

    Args:
        environment: What GitHub answers to
            `GET /repos/{owner}/{repo}/environments/{name}`.

    Returns:
        A line for each way in; none if two people and main are needed.
    """
    rules = {
        each["type"]: each for each in environment["protection_rules"]
    }
    review = rules.get("required_reviewers", {})
    branches = environment["deployment_branch_policy"] or {}
    found = {
        "nobody has to approve": not review.get("reviewers"),
        "whoever started it may approve": not review.get(
            "prevent_self_review"
        ),
        "any branch may deploy": not any(branches.values()),
        "administrators may bypass it": environment[
            "can_admins_bypass"
        ],
    }
    return [door for door, is_open in found.items() if is_open]
