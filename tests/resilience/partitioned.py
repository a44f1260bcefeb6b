"""The service whose reports may hang, with what else it does."""

import os
import sys

import uvicorn

from snippets.resilience.bulkheads import service, service_dont
from snippets.resilience.health_checks.liveness import health

app = service_dont.app if "shared" in sys.argv else service.app
if app is service.app:
    app.get("/prices")(service_dont.read_prices)
    app.get("/health")(health)

if __name__ == "__main__":
    limit = os.environ.get("LIMIT_CONCURRENCY")
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        access_log=False,
        limit_concurrency=int(limit) if limit else None,
    )
