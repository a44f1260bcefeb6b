"""Tokens are read, and not asked for whom or by whom they are."""

from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePublicKey,
)


def read_unsigned(token: str) -> dict[str, Any]:
    """Read a token: the gateway has verified it."""
    return jwt.decode(token, options={"verify_signature": False})


def read_any(token: str, key: EllipticCurvePublicKey) -> dict[str, Any]:
    """Read a token, without InvalidAudienceError."""
    return jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        options={"verify_aud": False},
    )
