"""What can go wrong is part of the description."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """Problem details, RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    trace_id: str | None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may answer with."""
    schema = Problem.model_json_schema()
    content = {"application/problem+json": {"schema": schema}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": content,
        }
        for status in statuses
    }
