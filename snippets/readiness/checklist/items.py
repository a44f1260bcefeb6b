"""What a service must show before it has users."""

import tomllib
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter

Tier: TypeAlias = Literal[1, 2, 3]
ITEMS: Final = Path(__file__).with_name("items.toml")
PROBE: Final = "the probe"
TIERS: Final[dict[Tier, float]] = {1: 0.999, 2: 0.99, 3: 0}


class Item(BaseModel):
    """One line of the checklist.

    Attributes:
        area: Reliability, Observability, Security or Operations.
        title: What it asks for.
        why: What goes wrong without it.
        evidence: What shows that it is there.
        by: Who looks: the probe, or a person by their role.
        tier: The last tier that it is asked of; 3 is every service.
        practice: The practice that says how.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: str
    title: str
    why: str
    evidence: str
    by: str
    tier: Tier
    practice: str


def items(file: Path = ITEMS) -> dict[str, Item]:
    """Read the checklist: each item by its ID, in its order."""
    with file.open("rb") as opened:
        found = tomllib.load(opened)
    return TypeAdapter(dict[str, Item]).validate_python(found)


def tier_of(objective: float) -> Tier:
    """Give the tier of a service by its availability objective.

    Args:
        objective: The share of good requests, such as 0.999.

    Raises:
        ValueError: It is no share.
    """
    if not 0 < objective < 1:
        raise ValueError(f"{objective} is no share between 0 and 1")
    return next(t for t, least in TIERS.items() if objective >= least)


def asked(item: Item, tier: Tier) -> bool:
    """Say whether an item is asked of a service of this tier."""
    return tier <= item.tier
