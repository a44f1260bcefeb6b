"""Orders, declined inside of the span."""

import os

import uvicorn
from fastapi import FastAPI

from snippets.observability.spans.status_dont import process_order
from snippets.observability.tracing.exporting import tracing

app = FastAPI(lifespan=tracing, telemetry={"operation_spans": False})
app.post("/orders/{order_id}/payment")(process_order)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
