"""Signing in with Google's Identity Toolkit, from the server: links by email, and Google accounts.

An ID token from here is not believed before `shared.gcp.identity` has verified it. The other tokens
of the answers, Google's refresh token among them, are not read.
(cloud.google.com/identity-platform/docs/reference/rest/v1/accounts, and the errors of
firebase.google.com/docs/reference/rest/auth, both read 2026-11-28)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from shared import logs
from shared.config import ConfigurationError, Settings
from shared.platforms.sending import send
from shared.platforms.wire import AnswerLost, NotSent

log = logs.logger("identity")

_URL = "https://identitytoolkit.googleapis.com"
_GOOGLE_PAGE = "https://accounts.google.com/"
_GOOGLE = "google.com"
# From connecting to the last byte, while a user waits for a page.
_SECONDS = 15.0
# Its answers have about 3 KB, most of it tokens.
_LONGEST_ANSWER = 64 * 1024
# Ours is in a cookie, which has at most 4 KB.
_LONGEST_SESSION = 1000
# What the user can answer by starting again.
_USED = frozenset({"INVALID_OOB_CODE", "EXPIRED_OOB_CODE"})
_REFUSED = frozenset(
    {"INVALID_IDP_RESPONSE", "INVALID_CREDENTIAL_OR_PROVIDER_ID", "MISSING_SESSION_ID"}
    | {"INVALID_SESSION_ID", "SESSION_EXPIRED", "INVALID_PENDING_TOKEN", "USER_CANCELLED"}
)
# What passes by itself, or is about the address. All other refusals are for the operator, who must
# change something in the Firebase console.
_NOT_FOR_OPERATOR = frozenset(
    {"TOO_MANY_ATTEMPTS_TRY_LATER", "QUOTA_EXCEEDED", "INVALID_EMAIL", "INVALID_ID_TOKEN"}
    | {"USER_NOT_FOUND"}
)


class LinkNotValid(Exception):
    """The link was used before, has expired, or was never sent."""


class OtherAddress(Exception):
    """The link was sent to another address."""


class GoogleRefused(Exception):
    """The sign-in with Google did not end, or not in the browser where it began."""


class GoogleNotOffered(Exception):
    """The operator has not enabled Google for signing in."""


class AccountDisabled(Exception):
    """The operator has disabled this account."""


class IdentityUnavailable(Exception):
    """Signing in does not work at the moment. The message is for the log."""


@dataclass(frozen=True)
class SignedIn:
    """The answer to a sign-in."""

    id_token: str = field(repr=False)
    is_new: bool
    """Signing in has created the account."""


class IdentityToolkit:
    """Raises IdentityUnavailable in each method, also if the operator must change something."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError."""
        if not settings.identity_api_key:
            raise ConfigurationError("IDENTITY_API_KEY is not set: this function signs users in.")
        self._key = settings.identity_api_key
        self._url = settings.identity_url or _URL
        self._google_page = f"{settings.identity_url}/" if settings.identity_url else _GOOGLE_PAGE

    def send_link(self, email: str, continue_url: str) -> None:
        """Send a link that leads to `continue_url`, with the parameters mode and oobCode."""
        self._call(
            "sendOobCode",
            requestType="EMAIL_SIGNIN",
            email=email,
            continueUrl=continue_url,
            canHandleCodeInApp=True,
        )

    def sign_in_with_link(self, email: str, code: str) -> SignedIn:
        """Sign in with the code of a link. Raises LinkNotValid, OtherAddress, AccountDisabled."""
        return _signed_in(self._call("signInWithEmailLink", email=email, oobCode=code))

    def google_page(self, continue_uri: str) -> tuple[str, str]:
        """The address of Google's page, and the id that completes this sign-in.

        Raises GoogleNotOffered.
        """
        answer = self._call("createAuthUri", providerId=_GOOGLE, continueUri=continue_uri)
        address, session = _text(answer, "authUri"), _text(answer, "sessionId")
        if not address.startswith(self._google_page) or len(session) > _LONGEST_SESSION:
            raise IdentityUnavailable("createAuthUri: not an address of Google")
        return address, session

    def sign_in_with_google(self, request_uri: str, session: str) -> SignedIn:
        """Sign in with the address at which Google's page ended.

        Raises GoogleRefused, AccountDisabled.
        """
        answer = self._call(
            "signInWithIdp", requestUri=request_uri, sessionId=session, returnSecureToken=True
        )
        if answer.get("needConfirmation") or "errorMessage" in answer:
            raise GoogleRefused
        return _signed_in(answer)

    def delete(self, id_token: str) -> None:
        """Delete the account of a token."""
        self._call("delete", idToken=id_token)

    def _call(self, method: str, **body: Any) -> Mapping[str, Any]:
        url = f"{self._url}/v1/accounts:{method}"
        try:
            status, answer = _post(url, self._key, body)
        except (NotSent, AnswerLost, ValueError, RecursionError) as error:
            raise IdentityUnavailable(f"{method}: {type(error).__name__}") from error
        if status == HTTPStatus.OK:
            return answer
        raise _error_of(method, status, answer)


def _post(url: str, key: str, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
    """The status and the JSON object of an answer. Raises NotSent, AnswerLost, ValueError."""
    with send("POST", url, within=_SECONDS, params={"key": key}, json=body) as response:
        text = bytearray()
        while part := response.read_available(_LONGEST_ANSWER):
            text += part
            if len(text) > _LONGEST_ANSWER:
                raise ValueError("the answer is too long")
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("the answer is not an object")
    return response.status, answer


def _signed_in(answer: Mapping[str, Any]) -> SignedIn:
    return SignedIn(_text(answer, "idToken"), answer.get("isNewUser") is True)


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise IdentityUnavailable(f"the answer has no {name}")
    return value


def _error_of(method: str, status: int, answer: Mapping[str, Any]) -> Exception:
    error = answer.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    # Some have an explanation: "INVALID_IDP_RESPONSE : The supplied auth credential is malformed".
    code = str(message).partition(" : ")[0][:100]
    if code in _USED:
        return LinkNotValid()
    if code == "INVALID_EMAIL" and method == "signInWithEmailLink":
        return OtherAddress()
    if code in _REFUSED:
        return GoogleRefused()
    if code == "OPERATION_NOT_ALLOWED" and method == "createAuthUri":
        return GoogleNotOffered()
    if code == "USER_DISABLED":
        return AccountDisabled()
    is_refusal = 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS
    if is_refusal and code not in _NOT_FOR_OPERATOR:
        fields = logs.fields(operatorAction=True, method=method, status=status, code=code)
        log.error("sign-in misconfigured", extra=fields)
    return IdentityUnavailable(f"{method}: {status} {code}")
