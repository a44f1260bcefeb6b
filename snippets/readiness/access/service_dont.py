"""A shop that knows who is calling, and asks no further."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)
from fastapi import FastAPI
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from starlette.middleware import Middleware

from snippets.readiness.access.guard import TokenGuard
from snippets.readiness.access.orders import one


def shop(pool: ConnectionPool, key: EllipticCurvePublicKey) -> FastAPI:
    """Make the application."""
    app = FastAPI(middleware=[Middleware(TokenGuard, key=key)])

    @app.get("/orders/{order_id}")
    def read_order(order_id: int) -> dict[str, Any]:
        query = "SELECT id, item FROM orders WHERE id = %s"
        with pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return one(cursor.execute(query, [order_id]).fetchall())

    @app.post("/orders/{order_id}/refund", status_code=204)
    def refund_order(order_id: int) -> None:
        """Pay an order back: only support has the button."""

    return app
