"""Whatever is added to this service asks who is calling."""

import os
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer


def caller(
    sent: Annotated[
        HTTPAuthorizationCredentials, Depends(HTTPBearer())
    ],
) -> None:
    """Let in who has the token.

    Raises:
        HTTPException: 401, for everybody else.
    """
    token = os.environ["TOKEN"].encode()
    if not compare_digest(sent.credentials.encode(), token):
        raise HTTPException(401)


public = APIRouter()
private = APIRouter(dependencies=[Depends(caller)])


@public.get("/health")
def read_health() -> str:
    """Say that the process answers."""
    return "ok"


@private.delete("/orders/{order_id}")
def delete_order(order_id: str) -> str:
    """Delete an order."""
    return f"{order_id} deleted"


app = FastAPI()
app.include_router(public)
app.include_router(private)
