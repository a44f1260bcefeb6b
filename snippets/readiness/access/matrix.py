"""Ask a service, as each caller, for everything it offers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx


def differences(
    agreed: Mapping[str, list[Any]],
    described: Mapping[str, Any],
    callers: Mapping[str, httpx.Client],
    fresh: Callable[[], int],
) -> Iterator[str]:
    """Compare what each caller gets with what was agreed.

    It asks for each operation, to delete things too: give it a test
    system.

    Args:
        agreed: A status for each caller, for each operation.
        described: The service's OpenAPI document.
        callers: A client for each caller.
        fresh: Makes an order of the owner, and gives its number.

    Yields:
        One line for each difference, new operations included.
    """
    offered = {
        f"{method.upper()} {path}"
        for path, operations in described["paths"].items()
        for method in operations
    }
    for operation in sorted(offered - agreed.keys()):
        yield f"{operation}: nobody has agreed to it"
    for operation, statuses in agreed.items():
        if operation == "callers":
            continue
        method, path = operation.split()
        for name, status in zip(
            agreed["callers"], statuses, strict=True
        ):
            place = path.replace("{order_id}", str(fresh()))
            found = callers[name].request(method, place).status_code
            if found != status:
                yield f"{operation}: {name} gets {found}, not {status}"
