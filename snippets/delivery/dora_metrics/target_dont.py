"""The target of the quarter is ten deployments a week."""

from collections.abc import Sequence

from snippets.delivery.dora_metrics.log import Deployment


def reached(deployments: Sequence[Deployment]) -> list[Deployment]:
    """Run the deployment job a second time for each change."""
    again = [
        Deployment(each.at, waited=[], unplanned=False)
        for each in deployments
    ]
    return [*deployments, *again]
