"""Flags from a file, answered through OpenFeature."""

import json
from pathlib import Path
from typing import Any

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import TargetingKeyMissingError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider.in_memory_provider import (
    InMemoryFlag,
    InMemoryProvider,
)

from snippets.delivery.feature_flags.bucket import bucket

EVERYBODY = 100  # %


def as_flag(key: str, entry: dict[str, Any]) -> InMemoryFlag[bool]:
    """Make a flag that is on for a share of users, and some by name.

    Args:
        key: Of the flag.
        entry: What the file says: `percent`, and perhaps `users`.
    """
    percent, users = entry["percent"], entry.get("users", [])

    def decide(
        _flag: InMemoryFlag[bool], context: EvaluationContext
    ) -> FlagResolutionDetails[bool]:
        user = context.targeting_key or ""
        if not user and 0 < percent < EVERYBODY:
            raise TargetingKeyMissingError(f"{key} needs a user")
        named = user in users
        on = named or bucket(key, user) < percent * 100
        return FlagResolutionDetails(
            value=on,
            reason=Reason.TARGETING_MATCH if named else Reason.SPLIT,
            variant="on" if on else "off",
        )

    variants = {"on": True, "off": False}
    return InMemoryFlag("off", variants, context_evaluator=decide)


class FlagFile(InMemoryProvider):
    """A provider that reads a file when it starts.

    Args:
        path: Of the file, in JSON.
    """

    def __init__(self, path: Path) -> None:
        super().__init__({})
        self._path = path

    def initialize(self, _context: EvaluationContext) -> None:
        """Read the flags, before the first question.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is no JSON.
            KeyError: It has no flags, or one has no `percent`.
        """
        text = self._path.read_text(encoding="utf-8")
        entries = json.loads(text)["flags"].items()
        self._flags = {key: as_flag(key, flag) for key, flag in entries}
