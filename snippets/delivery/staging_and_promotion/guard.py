"""Who can deploy to an environment without being asked."""

from typing import Any


def doors(
    environment: dict[str, Any], branches: list[str]
) -> list[str]:
    """Find what is open in the settings of an environment.

    Args:
        environment: What GitHub answers to
            `GET /repos/{owner}/{repo}/environments/{name}`.
        branches: The names in `deployment-branch-policies` below that.

    Returns:
        A line for each way in; none if two people and main are needed.
    """
    rules = {
        each["type"]: each for each in environment["protection_rules"]
    }
    review = rules.get("required_reviewers", {})
    policy = environment["deployment_branch_policy"] or {}
    listed = policy.get("custom_branch_policies")
    found = {
        "nobody has to approve": not review.get("reviewers"),
        "whoever started it may approve": not review.get(
            "prevent_self_review"
        ),
        "not only main may deploy": not (
            listed and branches == ["main"]
        ),
        "administrators may bypass it": environment[
            "can_admins_bypass"
        ],
    }
    return [door for door, is_open in found.items() if is_open]
