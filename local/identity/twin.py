"""Signs ID tokens as Firebase Authentication does, with a key of its own.

    GET  /certs                  key ID -> PEM, as Google serves the certificates of ID tokens
    GET  /_sim/token?user=demo   {idToken, uid, email, expiresIn}: an ID token of this user, who is
                                 signed in from now on for an hour

It signs in nobody else, and refuses every other parameter. Errors are returned as
{"error": message}. Tokens use real time, as everywhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.signing_key import SigningKey, real_seconds
from shared.gcp.identity import ISSUER

LIFETIME_SECONDS = 3600
"""Of every ID token (firebase.google.com/docs/auth/admin/manage-sessions, read 2026-11-28)."""
# As Google does, whose own age changes with each answer: for hours, and never without asking again.
_CACHED = "public, max-age=19302, must-revalidate, no-transform"
_ROUTES = Map(
    [
        Rule("/certs", methods=["GET"], endpoint="certs"),
        Rule("/_sim/token", methods=["GET"], endpoint="token"),
    ]
)


@dataclass(frozen=True)
class Person:
    user_id: str
    email: str


class IdentityTwin:
    """The WSGI application. `people`: the users that can sign in, by name."""

    def __init__(self, project: str, people: Mapping[str, Person]) -> None:
        self._project = project
        self._people = people
        self.key = SigningKey("identity-twin.local")

    def serve(self, port: int = 0) -> LocalServer:
        return LocalServer(self, port)

    def claims(self, person: Person) -> dict[str, Any]:
        """The claims of a token for a user who signs in now with a link in an email."""
        now = real_seconds()
        return {
            "iss": f"{ISSUER}{self._project}",
            "aud": self._project,
            "auth_time": now,
            "user_id": person.user_id,
            "sub": person.user_id,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "email": person.email,
            "email_verified": True,
            "firebase": {"identities": {"email": [person.email]}, "sign_in_provider": "password"},
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        try:
            endpoint, _ = _ROUTES.bind_to_environ(environ).match()
            response = self._certs() if endpoint == "certs" else self._token(request)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
            response.headers.extend(
                (name, value) for name, value in error.get_headers() if name == "Allow"
            )
        return response(environ, start_response)

    def _certs(self) -> Response:
        response = _json(self.key.certs)
        response.headers["Cache-Control"] = _CACHED
        return response

    def _token(self, request: Request) -> Response:
        names = request.args.getlist("user")
        if set(request.args) != {"user"} or len(names) != 1:
            raise BadRequest("Send the parameter user once, and no other.")
        person = self._people.get(names[0])
        if person is None:
            raise NotFound(f"User not found. The users are {', '.join(sorted(self._people))}.")
        return _json(
            {
                "idToken": self.key.sign(self.claims(person)),
                "uid": person.user_id,
                "email": person.email,
                # A string of seconds, as Identity Toolkit has it.
                "expiresIn": str(LIFETIME_SECONDS),
            }
        )


def _json(body: object, status: int = 200) -> Response:
    response = Response(f"{json.dumps(body)}\n", status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
