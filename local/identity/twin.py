"""Signs users in as Firebase Authentication does, with its own key.

    POST /v1/accounts:…          Identity Toolkit's API: sendOobCode (EMAIL_SIGNIN),
                                 signInWithEmailLink, createAuthUri and signInWithIdp
                                 (google.com), delete
    POST /v1/projects/{project}/accounts:delete   the same for the project's own functions
    GET  /__/auth/action         where the links in mails lead, and from there to the page of Soku
    GET  /o/oauth2/auth          Google's page, with the people to choose from
    GET  /certs                  key ID -> PEM, as Google serves the certificates of ID tokens
    GET  /_sim/token?user=demo   {idToken, uid, email, expiresIn}: an ID token of this user, who is
                                 signed in from now on for an hour
    GET  /_sim/mails             the mails that were sent, newest last: [{email, link, sentAt}]
    GET  /_sim/                  the same as a page

It refuses unknown parameters and wrong methods. Errors of the API have its own form; all others are
{"error": message}. Tokens use real time, as everywhere; links follow the clock.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from google.auth import exceptions, jwt
from markupsafe import Markup, escape
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local import pages
from local.http_server import LocalServer
from local.identity.accounts import Accounts, Person
from local.identity.api import Api
from local.signing_key import SigningKey, real_seconds
from shared.gcp.identity import ISSUER

__all__ = ["IdentityTwin", "Person"]

LIFETIME_SECONDS = 3600
"""Of every ID token (firebase.google.com/docs/auth/admin/manage-sessions, read 2026-11-28)."""
# As Google does, whose own age changes with each answer: for hours, and never without asking again.
_CACHED = "public, max-age=19302, must-revalidate, no-transform"
_ROUTES = Map(
    [
        Rule("/certs", methods=["GET"], endpoint="certs"),
        Rule("/v1/accounts:<method>", methods=["POST"], endpoint="call_api"),
        Rule("/v1/projects/<project>/accounts:delete", methods=["POST"], endpoint="remove"),
        Rule("/__/auth/action", methods=["GET"], endpoint="follow_link"),
        Rule("/o/oauth2/auth", methods=["GET"], endpoint="google"),
        Rule("/o/oauth2/choose", methods=["GET"], endpoint="choose"),
        Rule("/_sim/token", methods=["GET"], endpoint="token"),
        Rule("/_sim/mails", methods=["GET"], endpoint="mails"),
        Rule("/_sim/", methods=["GET"], endpoint="mailbox"),
    ]
)


class IdentityTwin:
    """The WSGI application. `people`: the users that can sign in, by name.

    `key`: signs the tokens; a new one by default, which takes a while to generate.
    """

    def __init__(
        self, project: str, people: Mapping[str, Person], key: SigningKey | None = None
    ) -> None:
        self._project = project
        self._people = people
        self.key = key or SigningKey("identity-twin.local")
        self.accounts = Accounts(people.values())
        self._api = Api(self.accounts, self.id_token, self._user_of)

    def serve(self, port: int = 0) -> LocalServer:
        return LocalServer(self, port)

    def claims(self, person: Person, provider: str = "password") -> dict[str, Any]:
        """The claims of a token for a user who signs in now, by default with a link in an email."""
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
            "email_verified": person.email_verified,
            "firebase": {"identities": {"email": [person.email]}, "sign_in_provider": provider},
        }

    def id_token(self, person: Person, provider: str = "password") -> str:
        return self.key.sign(self.claims(person, provider))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        try:
            endpoint, arguments = _ROUTES.bind_to_environ(environ).match()
            response = getattr(self, f"_{endpoint}")(request, **arguments)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
            response.headers.extend(
                (name, value) for name, value in error.get_headers() if name == "Allow"
            )
        return response(environ, start_response)

    def _user_of(self, token: str) -> str | None:
        """The user of an ID token of this twin."""
        try:
            claims = jwt.decode(token, certs=self.key.certs, audience=self._project)
        except (ValueError, exceptions.GoogleAuthError):
            return None
        return str(claims["sub"])

    def _certs(self, request: Request) -> Response:
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
                "idToken": self.id_token(person),
                "uid": person.user_id,
                "email": person.email,
                # A string of seconds, as Identity Toolkit has it.
                "expiresIn": str(LIFETIME_SECONDS),
            }
        )

    def _call_api(self, request: Request, method: str) -> Response:
        status, body = self._api.answer(method, request)
        return _json(body, status)

    def _remove(self, request: Request, project: str) -> Response:
        status, body = self._api.remove(request, is_own=project == self._project)
        return _json(body, status)

    def _follow_link(self, request: Request) -> Response:
        """Firebase's own page behind a link, which goes on with the parameters to Soku's page."""
        query = request.args.to_dict()
        address = query.pop("continueUrl", "")
        if not address.startswith(("http://", "https://")):
            raise BadRequest("The link has no continueUrl.")
        return self._redirect(address, query)

    def _google(self, request: Request) -> Response:
        state = request.args.get("state", "")
        if not self.accounts.is_open(state):
            raise BadRequest("Google's page was not opened by createAuthUri, or was used.")
        people = ""
        for person in self.accounts.google_accounts():
            query = urlencode({"state": state, "email": person.email})
            link = escape(f"/o/oauth2/choose?{query}")
            people += f'<li><a href="{link}">{escape(person.email)}</a></li>'
        return _page("Choose an account", f"<ul>{people}</ul>")

    def _choose(self, request: Request) -> Response:
        address = self.accounts.choose(request.args.get("state", ""), request.args.get("email", ""))
        if address is None:
            raise BadRequest("Choose one of the people on Google's page.")
        return self._redirect(address, {})

    def _mails(self, request: Request) -> Response:
        return _json(
            [
                {"email": mail.email, "link": mail.link, "sentAt": mail.sent_at.isoformat()}
                for mail in self.accounts.mails
            ]
        )

    def _mailbox(self, request: Request) -> Response:
        mails = "".join(
            f"<li>{escape(mail.email)}, {mail.sent_at:%H:%M:%S}: "
            f'<a href="{escape(mail.link)}">Sign in to Soku</a></li>'
            for mail in reversed(self.accounts.mails)
        )
        return _page("Sent mails", f"<ul>{mails}</ul>" if mails else "<p>No mail was sent yet.</p>")

    @staticmethod
    def _redirect(address: str, query: Mapping[str, str]) -> Response:
        separator = "&" if "?" in address else "?"
        return redirect(f"{address}{separator}{urlencode(query)}" if query else address)


def _page(title: str, content: str) -> Response:
    # Addresses are escaped where the content is made.
    page = pages.render("plain.html", title=title, body=Markup(content))
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(body: object, status: int = 200) -> Response:
    response = Response(f"{json.dumps(body)}\n", status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
