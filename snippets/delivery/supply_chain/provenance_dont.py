"""Whether an artifact is attested, by whomever."""

from hashlib import sha256
from typing import Any

from snippets.delivery.supply_chain.provenance import digests


def distrust(statement: dict[str, Any], artifact: bytes) -> list[str]:
    """Say what speaks against an artifact that somebody signed."""
    if sha256(artifact).hexdigest() not in digests(statement):
        return ["it is another artifact"]
    return []
