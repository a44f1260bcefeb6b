"""Find out who is calling, from a signed token."""

from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)

ISSUER = "https://id.example.com"
AUDIENCE = "https://orders.example.com"  # this service, no other


@dataclass(frozen=True)
class Caller:
    """Who is calling, and what they may do at all."""

    subject: str
    scopes: frozenset[str]


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
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    scopes = str(claims.get("scope", "")).split()
    return Caller(claims["sub"], frozenset(scopes))
