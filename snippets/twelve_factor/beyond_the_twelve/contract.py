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
        One line for each operation, answer or property that is gone
        or another, and for whatever a caller must send anew.
    """
    for path, operations in contract["paths"].items():
        for method, agreed in operations.items():
            name = f"{method.upper()} {path}"
            if now := offered["paths"].get(path, {}).get(method):
                for change in changes(agreed, now):
                    yield f"{name} {change}"
            else:
                yield f"{name} is gone"
    for name, schema in schemas(contract).items():
        now = schemas(offered).get(name, {}).get("properties", {})
        for key, agreed in schema["properties"].items():
            if key not in now:
                yield f"{name}.{key} is gone"
            elif now[key].get("type") != agreed["type"]:
                yield f"{name}.{key} is no {agreed['type']} any more"


def changes(
    agreed: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    """Compare what an operation asks for and answers."""
    for what in sorted(required(now) - required(agreed)):
        yield f"now requires {what}"
    answers = answered(now)
    for status, schema in answered(agreed).items():
        if status not in answers:
            yield f"answers no {status} any more"
        elif schema and schema != answers[status]:
            yield f"answers {status} with no {schema} any more"


def required(operation: Mapping[str, Any]) -> set[str]:
    """Name the parameters, and the body, that a caller must send."""
    sent = [*operation.get("parameters", [])]
    if body := operation.get("requestBody"):
        sent.append({"name": "a body", **body})
    return {each["name"] for each in sent if each.get("required")}


def answered(operation: Mapping[str, Any]) -> dict[str, str]:
    """Name the schema of the JSON that comes with each status."""
    found = {}
    for status, answer in operation.get("responses", {}).items():
        json = answer.get("content", {}).get("application/json", {})
        reference = json.get("schema", {}).get("$ref", "")
        found[status] = reference.rpartition("/")[2]
    return found


def schemas(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the named schemas of a document, if it has any."""
    found: Mapping[str, Any] = document.get("components", {})
    return dict(found.get("schemas", {}))
