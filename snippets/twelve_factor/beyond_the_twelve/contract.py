"""Hold a service against the contract that its callers were given."""

from collections.abc import Iterator, Mapping
from typing import Any


def broken_promises(
    contract: Mapping[str, Any], offered: Mapping[str, Any]
) -> Iterator[str]:
    """List what a caller who follows the contract will miss.

    Args:
        contract: OpenAPI, as it was agreed; it names what matters.
        offered: OpenAPI, as the service describes itself.

    Yields:
        One line for each operation or property that is gone or has
        another type, and for each parameter that is asked anew.
    """
    for path, operations in contract["paths"].items():
        for method, agreed in operations.items():
            name = f"{method.upper()} {path}"
            if not (now := offered["paths"].get(path, {}).get(method)):
                yield f"{name} is gone"
                continue
            for parameter in required(now) - required(agreed):
                yield f"{name} now requires {parameter}"
    schemas = offered["components"]["schemas"]
    for name, schema in contract["components"]["schemas"].items():
        now = schemas.get(name, {}).get("properties", {})
        for key, agreed in schema["properties"].items():
            if key not in now:
                yield f"{name}.{key} is gone"
            elif now[key].get("type") != agreed["type"]:
                yield f"{name}.{key} is no {agreed['type']} any more"


def required(operation: Mapping[str, Any]) -> set[str]:
    """Name the parameters that a caller must send."""
    parameters = operation.get("parameters", [])
    return {each["name"] for each in parameters if each["required"]}
