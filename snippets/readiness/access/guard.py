"""Nobody gets past who has no token of the issuer."""

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from snippets.readiness.access.tokens import verify
from snippets.twelve_factor.beyond_the_twelve.guarded import (
    CHALLENGE,
    PUBLIC,
)


class TokenGuard:
    """Stand before all routes, and tell them who is calling.

    Args:
        app: What is guarded.
        key: The issuer's public key.
    """

    def __init__(
        self, app: ASGIApp, key: EllipticCurvePublicKey
    ) -> None:
        self.app = app
        self.key = key

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a request on, or answer 401."""
        place = (scope.get("method"), scope.get("path"))
        if scope["type"] != "lifespan" and place not in PUBLIC:
            try:
                scope["user"] = verify(bearer(scope), self.key)
            except jwt.InvalidTokenError:
                refusal = Response(status_code=401, headers=CHALLENGE)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


def bearer(scope: Scope) -> str:
    """Find the token of a request; empty if there is none."""
    header = HTTPConnection(scope).headers.get("Authorization", "")
    kind, _, token = header.partition(" ")
    return token if kind.lower() == "bearer" else ""
