"""A real service that answers with whatever status it is asked for."""

import os

import uvicorn
from fastapi import FastAPI, Response
from starlette.middleware import Middleware

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics import RequestMetrics

app = FastAPI(middleware=[Middleware(RequestMetrics)])
app.get("/metrics", include_in_schema=False)(metrics)


@app.get("/answers/{status}")
async def answer(status: int) -> Response:
    """Answer with a status."""
    return Response(status_code=status)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False)
