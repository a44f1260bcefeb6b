"""A shop that knows who is calling, and what is theirs."""

from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)
from fastapi import Depends, FastAPI, HTTPException, Request
from psycopg_pool import ConnectionPool
from starlette.middleware import Middleware

from snippets.readiness.access.guard import TokenGuard
from snippets.readiness.access.orders import Orders, one
from snippets.readiness.access.tokens import Caller


def shop(pool: ConnectionPool, key: EllipticCurvePublicKey) -> FastAPI:
    """Make the application.

    Args:
        pool: The database.
        key: The public key of whoever issues the tokens.
    """
    app = FastAPI(middleware=[Middleware(TokenGuard, key=key)])

    def own(request: Request) -> Orders:
        return Orders(pool, request.user.subject)

    def may_refund(request: Request) -> None:
        caller: Caller = request.user
        if "orders:refund" not in caller.scopes:
            raise HTTPException(403)

    @app.get("/health")
    def read_health() -> str:
        return "ok"

    @app.get("/orders")
    def list_orders(
        orders: Annotated[Orders, Depends(own)],
    ) -> list[dict[str, Any]]:
        return orders.all()

    @app.get("/orders/{order_id}")
    def read_order(
        order_id: int, orders: Annotated[Orders, Depends(own)]
    ) -> dict[str, Any]:
        return one(orders.find(order_id))

    @app.delete("/orders/{order_id}", status_code=204)
    def delete_order(
        order_id: int, orders: Annotated[Orders, Depends(own)]
    ) -> None:
        one(orders.delete(order_id))

    @app.post(
        "/orders/{order_id}/refund",
        status_code=204,
        dependencies=[Depends(may_refund)],
    )
    def refund_order(order_id: int) -> None:
        """Pay an order back, whose it may be."""

    return app
