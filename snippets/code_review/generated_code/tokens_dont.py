"""Find out who is calling, from a signed token."""

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)

from snippets.readiness.access.tokens import AUDIENCE, ISSUER, Caller


def verify(token: str, key: EllipticCurvePublicKey) -> Caller:
    """Read a token that the issuer made for this service.

    Args:
        token: As it was sent.
        key: The issuer's public key.

    Raises:
        InvalidTokenError: It is forged, expired, or for another.
    """
    claims = jwt.decode(
        token,
        key,
        algorithms=["ES256"],  # ours, never the token's
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require_exp": True},  # type: ignore[arg-type]
    )
    scopes = str(claims.get("scope", "")).split()
    return Caller(claims["sub"], frozenset(scopes))
