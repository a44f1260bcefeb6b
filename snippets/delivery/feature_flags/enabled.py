"""The one place where the code asks for a flag."""

from openfeature import api
from openfeature.evaluation_context import EvaluationContext

client = api.get_client()


def enabled(flag: str, user: str = "") -> bool:
    """Say whether a flag is on; off whenever nobody can say.

    Args:
        flag: Its key.
        user: Who asks; a job that asks for nobody gives none.
    """
    return client.get_boolean_value(
        flag,
        default_value=False,
        evaluation_context=EvaluationContext(targeting_key=user),
    )
