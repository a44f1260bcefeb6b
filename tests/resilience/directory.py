"""A directory of users that answers from copies, as the page does or as a draft."""

import os
import sys
from typing import Any

from circuitbreaker import CircuitBreakerMonitor
from redis import Redis

from snippets.observability.three_pillars.observed import observed, serve
from snippets.resilience.fallback import permissions, permissions_dont
from snippets.resilience.fallback.last_known import read_user
from snippets.resilience.fallback.unmarked_dont import get_user_with_fallback
from snippets.resilience.structured_errors.problems import answer_problems

DRAFT = "draft" in sys.argv
cache = Redis.from_url(
    os.environ["CACHE"], socket_timeout=0.2, socket_connect_timeout=0.2
)
app = observed()
answer_problems(app)


@app.get("/users/{user_id}")
def get_user(user_id: str) -> dict[str, Any]:
    """Read a user."""
    if DRAFT:
        return get_user_with_fallback(user_id)
    return read_user(user_id, cache)


@app.post("/users/{user_id}/refunds")
def refund(user_id: str) -> str:
    """Pay something back, if the user may order that."""
    (permissions_dont if DRAFT else permissions).require(user_id, "refund")
    return "refunded"


@app.post("/quiet")
def pass_thirty_seconds() -> None:
    """Close the circuit."""
    CircuitBreakerMonitor.get("users").reset()


if __name__ == "__main__":
    serve(app)
