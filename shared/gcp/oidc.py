"""Verifying the OIDC token that Cloud Tasks and Cloud Scheduler send to internal functions.

Cloud Run verifies it first. The functions verify it again, so that a function that was made public
by mistake still does nothing for strangers.
"""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from shared import clock
from shared.config import Settings

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")


class NotOurCaller(Exception):
    """There is no token, or it was not issued to our service account for this function."""


class CertificatesUnavailable(Exception):
    """The certificates to verify the token could not be downloaded, so nothing is known."""


def verify(header: str | None, *, audience: str, email: str, settings: Settings) -> None:
    """Verify an Authorization header. Raises NotOurCaller or CertificatesUnavailable."""
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
        raise NotOurCaller(f"the token is invalid: {_reason(error, token)}") from error
    if claims.get("iss") not in _ISSUERS:
        raise NotOurCaller("the token has a different issuer")
    if claims.get("email") != email or claims.get("email_verified") is not True:
        raise NotOurCaller("the token belongs to a different account")


def _reason(error: Exception, token: str) -> str:
    """What is wrong with the token, without quoting it: google-auth quotes what it cannot parse."""
    message = str(error)
    return type(error).__name__ if any(part in message for part in token.split(".")) else message


class _Certificates:
    """Downloads the certificates, and keeps them for as long as their Cache-Control allows.

    Called as google-auth calls its transports.
    """

    def __init__(self, download: Any) -> None:
        self._download = download
        self._stored: tuple[str, float, Any] = ("", 0.0, None)

    def __call__(self, url: str, method: str = "GET", **options: Any) -> Any:
        now = clock.real_seconds()
        stored_url, fresh_until, response = self._stored
        if url == stored_url and now < fresh_until:
            return response
        response = self._download(url, method=method, **options)
        if response.status == HTTPStatus.OK:
            self._stored = (url, now + _seconds_fresh(response.headers), response)
        return response


def _seconds_fresh(headers: Mapping[str, str]) -> int:
    """How long a response may be used, by its Cache-Control (RFC 9111, 4.2)."""
    directives = headers.get("Cache-Control", "").lower()
    longest = re.search(r"(?:^|[\s,])max-age=([0-9]+)", directives)
    if longest is None or "no-store" in directives or "no-cache" in directives:
        return 0
    age = re.fullmatch("[0-9]+", headers.get("Age", "0"))
    return int(longest[1]) - int(age[0]) if age else 0


@cache
def _transport() -> Any:
    import requests
    from google.auth.transport.requests import Request

    session = requests.Session()
    session.trust_env = False
    return _Certificates(Request(session))
