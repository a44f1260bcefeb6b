"""Each route remembers to ask who is calling, until one forgets."""

from fastapi import Depends, FastAPI

from snippets.twelve_factor.beyond_the_twelve.guarded import caller

app = FastAPI()


@app.get("/orders/{order_id}", dependencies=[Depends(caller)])
def read_order(order_id: str) -> str:
    """Read an order."""
    return order_id


@app.delete("/orders/{order_id}")
def delete_order(order_id: str) -> str:
    """Delete an order."""
    return f"{order_id} deleted"
