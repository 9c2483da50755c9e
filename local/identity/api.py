"""Identity Toolkit's API, as far as Soku uses it, with its rules and the form of its errors.

(cloud.google.com/identity-platform/docs/reference/rest/v1/accounts, and the errors of
firebase.google.com/docs/reference/rest/auth, both read 2026-11-28)
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.wrappers import Request

from local.identity.accounts import Accounts, Person, Refused

API_KEY = "local-web-api-key"
OWNER = "Bearer owner"
"""Stands for the access token of a service account, as in Firebase's own emulator."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# method -> the fields that it knows here: a request with any other is refused.
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "sendOobCode": {
        "requestType": str,
        "email": str,
        "continueUrl": str,
        "canHandleCodeInApp": bool,
    },
    "signInWithEmailLink": {"email": str, "oobCode": str},
    "createAuthUri": {"providerId": str, "continueUri": str},
    "signInWithIdp": {"requestUri": str, "sessionId": str, "returnSecureToken": bool},
    "delete": {"idToken": str},
    "projects.delete": {"localId": str},
}
Answer = tuple[int, dict[str, Any]]


class Api:
    """`id_token(person, provider)` signs tokens, `user_of(token)` verifies them."""

    def __init__(
        self,
        accounts: Accounts,
        id_token: Callable[[Person, str], str],
        user_of: Callable[[str], str | None],
    ) -> None:
        self._accounts = accounts
        self._id_token = id_token
        self._user_of = user_of

    def answer(self, method: str, request: Request) -> Answer:
        """The status and the body for a request to /v1/accounts:`method`."""
        if method not in _FIELDS or "." in method:
            return _error(HTTPStatus.NOT_FOUND, "Method not found.", "NOT_FOUND")
        refusal = _key_refusal(request) or _body_refusal(method, request)
        if refusal is not None:
            return refusal
        body, origin = json.loads(request.get_data()), request.host_url.rstrip("/")
        calls: Mapping[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
            "sendOobCode": self._send_link,
            "signInWithEmailLink": self._use_link,
            "createAuthUri": self._begin_google,
            "signInWithIdp": self._end_google,
            "delete": self._delete,
        }
        try:
            return HTTPStatus.OK, calls[method](body, origin)
        except Refused as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))

    def remove(self, request: Request, *, is_own: bool) -> Answer:
        """The same for a request to /v1/projects/{project}/accounts:delete."""
        if request.headers.get("Authorization") != OWNER:
            message = "Request is missing required authentication credential."
            return _error(HTTPStatus.UNAUTHORIZED, message, "UNAUTHENTICATED")
        if not is_own:
            return _error(HTTPStatus.FORBIDDEN, "PROJECT_NOT_FOUND", "PERMISSION_DENIED")
        if refusal := _body_refusal("projects.delete", request):
            return refusal
        user_id = json.loads(request.get_data()).get("localId", "")
        if not user_id:
            return _error(HTTPStatus.BAD_REQUEST, "MISSING_LOCAL_ID")
        try:
            self._accounts.delete(user_id)
        except Refused as error:
            return _error(HTTPStatus.BAD_REQUEST, str(error))
        return HTTPStatus.OK, {"kind": "identitytoolkit#DeleteAccountResponse"}

    def _send_link(self, body: dict[str, Any], origin: str) -> dict[str, Any]:
        if body.get("requestType") != "EMAIL_SIGNIN":
            raise Refused("INVALID_REQ_TYPE")
        email = _email(body)
        continue_url = body.get("continueUrl", "")
        if not continue_url:
            raise Refused("MISSING_CONTINUE_URI")
        if not _is_address(continue_url):
            raise Refused("INVALID_CONTINUE_URI")
        if body.get("canHandleCodeInApp") is not True:
            raise Refused("OPERATION_NOT_ALLOWED : canHandleCodeInApp must be true.")
        self._accounts.send_link(email, f"{origin}/__/auth/action", continue_url, API_KEY)
        return {"kind": "identitytoolkit#GetOobConfirmationCodeResponse", "email": email}

    def _use_link(self, body: dict[str, Any], origin: str) -> dict[str, Any]:
        email = _email(body)
        if not body.get("oobCode"):
            raise Refused("MISSING_OOB_CODE")
        person, is_new = self._accounts.use_link(email, body["oobCode"])
        kind = "identitytoolkit#EmailLinkSigninResponse"
        return {"kind": kind, **self._signed_in(person, is_new, "password")}

    def _begin_google(self, body: dict[str, Any], origin: str) -> dict[str, Any]:
        if body.get("providerId") != "google.com":
            raise Refused("INVALID_PROVIDER_ID")
        if not _is_address(body.get("continueUri", "")):
            raise Refused("INVALID_CONTINUE_URI")
        state, session = self._accounts.begin_google(body["continueUri"])
        return {
            "kind": "identitytoolkit#CreateAuthUriResponse",
            "authUri": f"{origin}/o/oauth2/auth?{urlencode({'state': state})}",
            "providerId": "google.com",
            "sessionId": session,
        }

    def _end_google(self, body: dict[str, Any], origin: str) -> dict[str, Any]:
        if not body.get("sessionId"):
            raise Refused("MISSING_SESSION_ID")
        address, _, query = body.get("requestUri", "").partition("?")
        person, is_new = self._accounts.end_google(
            body["sessionId"], address, dict(parse_qsl(query))
        )
        return {
            "kind": "identitytoolkit#VerifyAssertionResponse",
            "federatedId": f"https://accounts.google.com/{person.user_id}",
            "providerId": "google.com",
            "emailVerified": person.email_verified,
            **self._signed_in(person, is_new, "google.com"),
            # Google's own tokens, which nobody needs.
            "oauthAccessToken": "ya29.simulated",
            "oauthRefreshToken": "1//simulated",
        }

    def _delete(self, body: dict[str, Any], origin: str) -> dict[str, Any]:
        user_id = self._user_of(body.get("idToken", ""))
        if user_id is None:
            raise Refused("INVALID_ID_TOKEN")
        self._accounts.delete(user_id)
        return {"kind": "identitytoolkit#DeleteAccountResponse"}

    def _signed_in(self, person: Person, is_new: bool, provider: str) -> dict[str, Any]:
        return {
            "idToken": self._id_token(person, provider),
            "email": person.email,
            "refreshToken": "simulated-refresh-token",
            "expiresIn": "3600",
            "localId": person.user_id,
            **({"isNewUser": True} if is_new else {}),
        }


def _key_refusal(request: Request) -> Answer | None:
    if set(request.args) - {"key"}:
        name = sorted(set(request.args) - {"key"})[0]
        message = (
            f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
        )
        return _error(HTTPStatus.BAD_REQUEST, message, "INVALID_ARGUMENT")
    if "key" not in request.args:
        message = (
            "Method doesn't allow unregistered callers (callers without established identity)."
        )
        return _error(HTTPStatus.FORBIDDEN, message, "PERMISSION_DENIED")
    if request.args.getlist("key") != [API_KEY]:
        message = "API key not valid. Please pass a valid API key."
        return _error(HTTPStatus.BAD_REQUEST, message, "INVALID_ARGUMENT")
    return None


def _body_refusal(method: str, request: Request) -> Answer | None:
    known = _FIELDS[method]
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if request.mimetype != "application/json" or not isinstance(body, dict):
        message = "Invalid JSON payload received."
        return _error(HTTPStatus.BAD_REQUEST, message, "INVALID_ARGUMENT")
    for name, value in body.items():
        if name not in known:
            message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
            return _error(HTTPStatus.BAD_REQUEST, message, "INVALID_ARGUMENT")
        if type(value) is not known[name]:
            message = f"Invalid value at '{name}'"
            return _error(HTTPStatus.BAD_REQUEST, message, "INVALID_ARGUMENT")
    return None


def _error(code: int, message: str, status: str = "") -> Answer:
    """The body of an error, as Google's APIs have it."""
    error: dict[str, Any] = {
        "code": int(code),
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": "invalid"}],
    }
    return code, {"error": {**error, **({"status": status} if status else {})}}


def _email(body: Mapping[str, Any]) -> str:
    email = body.get("email", "").lower()
    if not email:
        raise Refused("MISSING_EMAIL")
    if not _EMAIL.fullmatch(email):
        raise Refused("INVALID_EMAIL")
    return str(email)


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
