"""Routes that look alike, in routers and in an application that is mounted."""

import asyncio
import os

import uvicorn
from fastapi import APIRouter, BackgroundTasks, FastAPI
from starlette.middleware import Middleware

from snippets.observability.metrics.exposition import metrics
from snippets.observability.metrics.http_metrics import RequestMetrics

router = APIRouter()


@router.get("/{name}")
def read(name: str) -> str:
    """Find anything."""
    return name


app = FastAPI(middleware=[Middleware(RequestMetrics)])
app.get("/metrics")(metrics)
app.include_router(router, prefix="/orders")
app.include_router(router, prefix="/users")
shop = FastAPI()
shop.include_router(router, prefix="/items")
app.mount("/shop", shop)


@app.post("/receipts")
async def send_receipt(tasks: BackgroundTasks) -> None:
    """Answer, and then work for a second."""
    tasks.add_task(asyncio.sleep, 1)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
