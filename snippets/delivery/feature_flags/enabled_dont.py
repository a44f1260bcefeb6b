"""Ask for a flag, and hope that the provider answers."""

from openfeature import api
from openfeature.evaluation_context import EvaluationContext

client = api.get_client()


def enabled(flag: str, user: str) -> bool:
    """Say whether a flag is on; we expect that it is."""
    return client.get_boolean_value(
        flag,
        default_value=True,
        evaluation_context=EvaluationContext(targeting_key=user),
    )
