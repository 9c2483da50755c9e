"""Who calls an internal function: the OIDC token that Cloud Tasks and Cloud Scheduler send.

Cloud Run checks it before us; the functions check it again, so that a function
deployed open by mistake still does nothing for a stranger.
"""

from functools import cache
from typing import Any

from shared.config import Settings

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")


class NotOurCaller(Exception):
    """No token, or one that was not made for this function by our own identity."""


class CertificatesUnavailable(Exception):
    """The certificates to check the token with could not be fetched. Nothing is known."""


def verify(header: str | None, *, audience: str, email: str, settings: Settings) -> None:
    """Check an Authorization header. Raises NotOurCaller or CertificatesUnavailable."""
    from google.auth import exceptions
    from google.oauth2 import id_token

    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotOurCaller("no bearer token")
    certs_url = settings.oidc_certs_url or id_token._GOOGLE_OAUTH2_CERTS_URL
    try:
        claims = id_token.verify_token(token, _transport(), audience=audience, certs_url=certs_url)
    except exceptions.TransportError as error:
        raise CertificatesUnavailable(str(error)) from error
    except (ValueError, TypeError, exceptions.GoogleAuthError) as error:
        raise NotOurCaller(f"the token does not verify: {_reason(error, token)}") from error
    if claims.get("iss") not in _ISSUERS:
        raise NotOurCaller("the token has another issuer")
    if claims.get("email") != email or claims.get("email_verified") is not True:
        raise NotOurCaller("the token is another account's")


def _reason(error: Exception, token: str) -> str:
    """What is wrong with the token; google-auth repeats of it what it cannot read."""
    said = str(error)
    return type(error).__name__ if any(part in said for part in token.split(".")) else said


@cache
def _transport() -> Any:
    """Keeps the certificates as long as their Cache-Control says, instead of fetching each time."""
    import cachecontrol
    import requests
    from google.auth.transport.requests import Request

    session = requests.Session()
    session.trust_env = False
    return Request(cachecontrol.CacheControl(session))
