"""What a merge waits for."""

from collections.abc import Sequence

from snippets.code_review.writing_comments.conventional import Comment

FORMS = {  # what a practice asks, and how a reviewer asks for it
    "must": "issue (blocking)",
    "should": "suggestion (non-blocking)",
    "may": "thought",
}


def waits_for(comments: Sequence[Comment]) -> list[str]:
    """List the subjects that must be settled before the merge.

    Args:
        comments: Those that are still open.

    Raises:
        ValueError: Nobody can tell whether one of them blocks.
    """
    unclear = [each for each in comments if each.blocks is None]
    if unclear:
        raise ValueError(f"does the merge wait? {unclear[0].subject}")
    return [each.subject for each in comments if each.blocks]
