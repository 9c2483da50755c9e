"""Removing a deleted user's account for signing in from Google's Identity Toolkit.

The caller's own service account authorizes it; it needs the permission firebaseauth.users.delete.
(cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts/delete, read
2026-11-28)
"""

import json
from http import HTTPStatus
from typing import Any

import google.auth
import google.auth.exceptions
import google.auth.transport.requests
import requests
import urllib3

from shared.config import Settings

_URL = "https://identitytoolkit.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What the simulated one accepts, as Firebase's own emulator does.
_SIMULATED_TOKEN = "owner"  # noqa: S105 - not a secret
_SECONDS = (5.0, 10.0)
# Its answers have less than 1 KB.
_LONGEST_ANSWER = 64 * 1024
_UNANSWERED = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    google.auth.exceptions.GoogleAuthError,
)
# The account is gone, or the project never had one.
_GONE = frozenset({"USER_NOT_FOUND", "CONFIGURATION_NOT_FOUND"})


class NotRemoved(Exception):
    """A user's data at another service was not removed. The message is for the operator."""


def remove_account(user_id: str, settings: Settings) -> bool:
    """Whether there was an account that is removed now. Raises NotRemoved."""
    url = f"{settings.identity_url or _URL}/v1/projects/{settings.project}/accounts:delete"
    try:
        token = _SIMULATED_TOKEN if settings.identity_url else _access_token()
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(
                url,
                json={"localId": user_id},
                headers={"Authorization": f"Bearer {token}"},
                timeout=_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            with response:
                text = response.raw.read(_LONGEST_ANSWER, decode_content=True)
    except _UNANSWERED as error:
        raise _not_removed(type(error).__name__) from error
    if response.status_code == HTTPStatus.OK:
        return True
    message = _message_of(text)
    # Some have an explanation after the code.
    if message.partition(" : ")[0] in _GONE:
        return False
    raise _not_removed(f"{response.status_code} {message[:200]}")


def _not_removed(reason: str) -> NotRemoved:
    return NotRemoved(
        f"The user's account for signing in was not removed: {reason}. Check that the "
        "sweeper's service account has the role sokuUserRemover."
    )


def _message_of(text: bytes) -> str:
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "no error message"


def _access_token() -> str:
    credentials: Any = google.auth.default(scopes=[_SCOPE])[0]
    credentials.refresh(google.auth.transport.requests.Request())
    return str(credentials.token)
