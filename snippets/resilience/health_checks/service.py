"""A service that says when it has its prices."""

from fastapi import FastAPI

from snippets.resilience.health_checks.liveness import health
from snippets.resilience.health_checks.readiness import Readiness

app = FastAPI()
prices: dict[str, str] = {}  # loaded in the background, by each replica


async def has_prices() -> None:
    """Raise unless this instance has loaded its prices."""
    if not prices:
        raise LookupError("no prices yet")


app.get("/health")(health)
app.get("/ready")(Readiness({"prices": has_prices}).answer)
