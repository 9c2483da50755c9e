"""Verifying the ID token with which a signed-in user calls the API.

Firebase Authentication signs it for every account of the project, also for one that anybody made
with the project's public web key: a valid token says who the caller is, not that Soku has this
user.
(firebase.google.com/docs/auth/admin/verify-id-tokens, "using a third-party JWT library", read
2026-11-28)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.clock import EPOCH
from shared.config import Settings
from shared.gcp.oidc import InvalidToken, claims_of

CERTS_URL = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)
ISSUER = "https://securetoken.google.com/"
"""Followed by the project."""
_ALGORITHM = "RS256"
# The clocks of Google's machines differ by less, and a token is valid for an hour.
_SKEW_SECONDS = 10
# Firebase's limit. A slash would name another document.
_USER_ID = re.compile("[^/]{1,128}")


class EmailNotVerified(Exception):
    """The token is valid, but its user has not shown that the email address is theirs."""


@dataclass(frozen=True)
class VerifiedPerson:
    """Who has signed in, and the email address that they have shown to be theirs."""

    user_id: str
    email: str
    signed_in_at: datetime
    """In real time, which tests do not change."""


def person_of(token: str, settings: Settings) -> VerifiedPerson:
    """The user that a valid token belongs to.

    Raises InvalidToken, EmailNotVerified, or CertificatesUnavailable.
    """
    project = settings.project
    _check_algorithm(token)
    claims = claims_of(
        token,
        audience=project,
        certs_url=settings.id_token_certs_url or CERTS_URL,
        skew_seconds=_SKEW_SECONDS,
    )
    if claims.get("iss") != f"{ISSUER}{project}":
        raise InvalidToken("the token has a different issuer")
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id) or user_id in (".", ".."):
        raise InvalidToken("the token has no valid user ID")
    signed_in_at = _sign_in_of(claims)
    email = claims.get("email")
    if not isinstance(email, str) or not email or claims.get("email_verified") is not True:
        raise EmailNotVerified
    return VerifiedPerson(user_id, email, EPOCH + timedelta(seconds=signed_in_at))


def _check_algorithm(token: str) -> None:
    """Only Firebase's own algorithm: none at all, or one with a shared key, proves nothing."""
    from google.auth import jwt

    decode_header: Any = jwt.decode_header
    try:
        algorithm = decode_header(token).get("alg")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from error
    if algorithm != _ALGORITHM:
        raise InvalidToken("the token has a different algorithm")


def _sign_in_of(claims: Mapping[str, Any]) -> int:
    """When the user signed in: before the token, whose own time is already checked."""
    signed_in, issued = claims.get("auth_time"), claims["iat"]
    if not isinstance(signed_in, int) or signed_in > issued + _SKEW_SECONDS:
        raise InvalidToken("the token has no valid time of sign-in")
    # Firebase has none that is older.
    return max(signed_in, 0)
