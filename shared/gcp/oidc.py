"""Verifying the tokens that Google signs.

Here are those that Cloud Tasks and Cloud Scheduler send to internal functions; the ID tokens of
users are in `identity`. Cloud Run verifies the former first. The functions verify them again, so
that a function that was made public by mistake still does nothing for strangers.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from shared.config import Settings

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
# For downloading the certificates, while a caller waits. They are a few kilobytes.
_CERTS_SECONDS = 10
# It can contain what the token says, such as its audience, and goes into a log.
_LONGEST_REASON = 200


class InvalidToken(Exception):
    """The token is malformed, expired, for another audience, or not signed by Google."""


class NotOurCaller(Exception):
    """There is no token, or it was not issued to our service account for this function."""


class CertificatesUnavailable(Exception):
    """The certificates to verify the token could not be downloaded, so nothing is known."""


def verify(header: str | None, *, audience: str, email: str, settings: Settings) -> None:
    """Verify an Authorization header. Raises NotOurCaller or CertificatesUnavailable."""
    from google.oauth2 import id_token

    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotOurCaller("no bearer token")
    certs_url = settings.oidc_certs_url or id_token._GOOGLE_OAUTH2_CERTS_URL
    try:
        claims = claims_of(token, audience=audience, certs_url=certs_url)
    except InvalidToken as error:
        raise NotOurCaller(f"the token is invalid: {error}") from error
    if claims.get("iss") not in _ISSUERS:
        raise NotOurCaller("the token has a different issuer")
    if claims.get("email") != email or claims.get("email_verified") is not True:
        raise NotOurCaller("the token belongs to a different account")


def claims_of(
    token: str, *, audience: str, certs_url: str, skew_seconds: int = 0
) -> Mapping[str, Any]:
    """The claims of a token whose signature, times and audience are valid.

    `skew_seconds`: how far our clock may be from the signer's. Raises InvalidToken or
    CertificatesUnavailable.
    """
    from google.auth import exceptions
    from google.oauth2 import id_token

    try:
        claims: Mapping[str, Any] = id_token.verify_token(
            token,
            _transport(),
            audience=audience,
            certs_url=certs_url,
            clock_skew_in_seconds=skew_seconds,
        )
    except exceptions.TransportError as error:
        raise CertificatesUnavailable(str(error)) from error
    except (ValueError, TypeError, RecursionError, exceptions.GoogleAuthError) as error:
        raise InvalidToken(_reason(error, token)) from error
    return claims


def _reason(error: Exception, token: str) -> str:
    """What is wrong with the token, without quoting it: google-auth quotes what it cannot parse."""
    message = str(error)[:_LONGEST_REASON]
    return type(error).__name__ if any(part in message for part in token.split(".")) else message


@cache
def _transport() -> Any:
    """Caches the certificates for as long as their Cache-Control allows."""
    import cachecontrol
    import requests
    from google.auth.transport.requests import Request

    session = requests.Session()
    session.trust_env = False
    return partial(Request(cachecontrol.CacheControl(session)), timeout=_CERTS_SECONDS)
