"""The calculators by name, and the one table of cases that is asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from snippets.slos.calculators.burning import burning
from snippets.slos.calculators.error_budget import error_budget
from snippets.slos.calculators.grace_period import grace_period
from snippets.slos.calculators.retry_amplification import retry_amplification
from snippets.slos.calculators.typed import RefusedError
from tests.services import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FUNCTIONS: Final[dict[str, Callable[[Mapping[str, str]], Mapping[str, Any]]]] = {
    "error-budget": error_budget,
    "burn-rate": burning,
    "retry-amplification": retry_amplification,
    "grace-period": grace_period,
}


@dataclass(frozen=True)
class Case:
    """What is typed into a calculator, and what it must say.

    Attributes:
        calculator: Its name.
        typed: A text for each field.
        results: Some of its results; nothing if it refuses a field.
        says: The sentence above them, in the page.
        refusal: The refused field, and what it says.
    """

    calculator: str
    typed: dict[str, str]
    results: dict[str, Any] | None = None
    says: str = ""
    refusal: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        """Name it in the list of tests."""
        return f"{self.calculator} {' '.join(self.typed.values())}"


def cases(
    table: str = "slos/calculators/cases.json",
) -> tuple[list[Case], list[Case]]:
    """Read what is answered, and what is refused."""
    answered, refused = [], []
    for row in json.loads((ROOT / "snippets" / table).read_text(encoding="utf-8")):
        name, typed = row["calculator"], row["typed"]
        if "results" in row:
            answered.append(Case(name, typed, row["results"], row["says"]))
        for text in row.get("refused", ()):
            refusal = (row["field"], row["message"])
            bad = {**typed, row["field"]: text}
            refused.append(Case(name, bad, refusal=refusal))
    return answered, refused


def answer(name: str, typed: Mapping[str, str]) -> dict[str, Any] | tuple[str, str]:
    """Give what the function of a calculator says, or its refusal."""
    try:
        return dict(FUNCTIONS[name](typed))
    except RefusedError as refusal:
        return refusal.field, refusal.message
