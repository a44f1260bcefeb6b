"""What a merge waits for, if every conversation must be resolved."""

from collections.abc import Sequence

from snippets.code_review.writing_comments.conventional import Comment


def waits_for(comments: Sequence[Comment]) -> list[str]:
    """List the subjects that must be settled before the merge."""
    return [each.subject for each in comments]
