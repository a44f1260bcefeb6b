"""Whether an artifact was built where it should have been."""

from hashlib import sha256
from typing import Any

SHOP = "https://github.com/example/shop"
FILE = ".github/workflows/deliver.yml"
MAIN = "refs/heads/main"
EXPECTED = {
    "builder": f"{SHOP}/{FILE}@{MAIN}",
    "buildType": "https://actions.github.io/buildtypes/workflow/v1",
    "repository": SHOP,
    "path": FILE,
    "ref": MAIN,
}


def distrust(statement: dict[str, Any], artifact: bytes) -> list[str]:
    """Say what speaks against an artifact, before it is deployed.

    Args:
        statement: SLSA provenance, its signature verified before.
        artifact: What would be deployed; of an image, its manifest.

    Returns:
        The reasons; none if it may be deployed.
    """
    if statement["predicateType"] != "https://slsa.dev/provenance/v1":
        return ["it is no provenance"]
    reasons = []
    if sha256(artifact).hexdigest() not in digests(statement):
        reasons.append("it is another artifact")
    predicate = statement["predicate"]
    build = predicate["buildDefinition"]
    parameters = {**build["externalParameters"]}
    found = {
        "builder": predicate["runDetails"]["builder"]["id"],
        "buildType": build["buildType"],
        **parameters.pop("workflow"),
        **parameters,  # none are expected
    }
    reasons += [
        f"{name} is {found.get(name)}"
        for name in {**EXPECTED, **found}
        if found.get(name) != EXPECTED.get(name)
    ]
    return reasons


def digests(statement: dict[str, Any]) -> list[str]:
    """List the artifacts that a statement is about."""
    return [each["digest"]["sha256"] for each in statement["subject"]]
