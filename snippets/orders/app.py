"""The orders service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Header,
    Request,
    Response,
)
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from openfeature import api
from psycopg import OperationalError
from starlette.middleware import Middleware

from snippets.delivery.feature_flags.provider import FlagFile
from snippets.observability.three_pillars.observed import observed
from snippets.orders.clients import Guard, client_of
from snippets.orders.described import problems
from snippets.orders.models import NewOrder, Order
from snippets.orders.payments import Payments
from snippets.orders.placing import Placing
from snippets.orders.settings import WebSettings
from snippets.orders.store import Store
from snippets.resilience.health_checks.liveness import health
from snippets.resilience.health_checks.readiness import Readiness
from snippets.resilience.idempotency.orders import sent
from snippets.resilience.structured_errors.domain import DomainError
from snippets.resilience.structured_errors.problems import (
    answer_problems,
    problem,
)
from snippets.resilience.timeouts.deadline import Deadline

LIMIT = 9.0  # seconds for a request: less than the drain's 10

logger = structlog.get_logger()


class OrderNotFoundError(DomainError):
    """The client has no such order."""

    code = "order-not-found"
    status = HTTPStatus.NOT_FOUND
    message = "Order {order_id} not found."


def service(settings: WebSettings) -> FastAPI:
    """Make the service: it is given its settings, and looks nowhere."""
    store = Store(settings.database_url.get_secret_value())
    payments = Payments(str(settings.payments))
    clients = settings.clients.get_secret_value()

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        api.set_provider_and_wait(FlagFile(settings.flags))
        with store.pool:
            async with payments.client:
                yield

    async def connected() -> None:
        await run_in_threadpool(store.connect)

    app = observed(
        "Orders",
        running,
        [
            Middleware(Deadline, limit=LIMIT),
            Middleware(Guard, clients=clients),
        ],
    )
    answer_problems(app)
    app.exception_handler(OperationalError)(unavailable)
    app.get("/health", response_class=Response)(health)
    ready = Readiness({"database": connected}).answer
    app.get(
        "/ready",
        response_class=Response,
        responses={503: {"description": "Not yet."}},
    )(ready)
    app.include_router(routes(store, Placing(store, payments)))
    return app


def routes(store: Store, placing: Placing) -> APIRouter:
    """Make the routes of the orders."""
    router = APIRouter(
        dependencies=[Depends(HTTPBearer(auto_error=False))],
        responses=problems(401, 408, 422, 500, 503, 504),
    )

    @router.post(
        "/orders", status_code=201, responses=problems(400, 402, 409)
    )
    async def place_order(
        order: NewOrder,
        request: Annotated[bytes, Depends(sent)],
        client: Annotated[str, Depends(client_of)],
        key: Annotated[
            str,
            Header(
                alias="Idempotency-Key",
                max_length=255,
                pattern=r"^[!-~]+$",
            ),
        ],
    ) -> Order:
        """Take an order, and charge it now or later."""
        return await placing.place(client, key, request, order)

    @router.get("/orders/{order_id}", responses=problems(404))
    def read_order(
        order_id: UUID, client: Annotated[str, Depends(client_of)]
    ) -> Order:
        """Read one of the client's own orders."""
        for order in store.find(client, str(order_id)):
            return order
        raise OrderNotFoundError({"order_id": order_id})

    return router


async def unavailable(_: Request, error: Exception) -> JSONResponse:
    """Answer for a database that does not."""
    logger.warning("database_unavailable", error=type(error).__name__)
    detail = "The database does not answer."
    answer = problem(503, "database-unavailable", detail)
    answer.headers["Retry-After"] = "2"
    return answer
