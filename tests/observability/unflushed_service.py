"""A service that leaves its last spans to the end of the interpreter."""

import os

import uvicorn
from fastapi import FastAPI

from snippets.observability.tracing.exporting_dont import start_tracing

app = FastAPI(telemetry={"operation_spans": False})


@app.post("/charges/{order_id}")
def charge(order_id: str) -> dict[str, str]:
    """Charge anybody."""
    return {"charged": order_id}


if __name__ == "__main__":
    start_tracing()
    uvicorn.run(app, port=int(os.environ["PORT"]))
