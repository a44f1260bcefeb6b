"""Each route remembers to ask who is calling, until one forgets."""

from fastapi import Depends, FastAPI, HTTPException, Request

from snippets.twelve_factor.beyond_the_twelve.guarded import (
    CHALLENGE,
    is_known,
)


def shop(token: str) -> FastAPI:
    """Make the application: it is given its token."""
    app = FastAPI()

    def caller(request: Request) -> None:
        if not is_known(request, token):
            raise HTTPException(401, headers=CHALLENGE)

    @app.get("/orders/{order_id}", dependencies=[Depends(caller)])
    def read_order(order_id: str) -> str:
        return order_id

    @app.delete("/orders/{order_id}")
    def delete_order(order_id: str) -> str:
        return f"{order_id} deleted"

    return app
