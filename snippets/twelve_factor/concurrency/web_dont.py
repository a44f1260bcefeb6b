"""A web process that is its own worker."""

from fastapi import BackgroundTasks, FastAPI

from snippets.twelve_factor.concurrency.receipts import send_receipt

app = FastAPI()


@app.post("/orders/{order_id}/receipt", status_code=202)
def request_receipt(order_id: str, later: BackgroundTasks) -> None:
    """Answer, then do the job in this process."""
    later.add_task(send_receipt, order_id)
