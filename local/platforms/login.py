"""The pages on which people log in and allow an app something (OAuth 2.0, RFC 6749 and 7636).

`GET` of the authorize path shows a form that works without JavaScript. It is posted to the same
path, with the query in hidden fields and these fields:

    person          who logs in: the account, or the person where a login reaches several accounts
    grantedScope    one for each scope that stays ticked, where the platform has checkboxes
    decision        allow or deny

`POST /_sim/clients` registers an app, `POST /_sim/accounts` an account with its person, and
`POST /_sim/people` changes what a person does: `{"person": "ada", "unticks": ["video.list"]}` never
grants these scopes, `{"person": "eve", "nothing": true}` is a person without accounts.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlencode

from flask import Response, abort, redirect, request
from markupsafe import Markup

from local import pages
from local.platforms import clock
from local.platforms.accounts import Account, Grant, LoginCode
from local.platforms.simulation import Endpoints, S
from shared.platforms import registry

_OURS = ("person", "grantedScope", "decision")


class LoginPage(Endpoints[S]):
    """The authorize page of a platform, from what the platform declares."""

    code_lifetime: ClassVar[timedelta]
    scopes: ClassVar[Sequence[str]]
    """All scopes that an app can have."""
    required: ClassVar[Sequence[str]] = ("scope",)
    """The parameters without which a query is not valid, besides client, redirect URI and type."""
    client_id_field: ClassVar[str] = "client_id"
    scope_separator: ClassVar[str] = " "
    has_checkboxes: ClassVar[bool] = False
    """People can untick scopes."""
    always_granted: ClassVar[Sequence[str]] = ()
    """Scopes without a checkbox."""
    reaches_all_accounts: ClassVar[bool] = False
    """A login is for all accounts of a person, and not for one account."""
    code_ending: ClassVar[str] = ""
    """The last characters of every code."""
    challenge_methods: ClassVar[Sequence[str]] = ("S256", "plain")
    default_challenge_method: ClassVar[str] = "plain"
    stops: ClassVar[Mapping[str, tuple[int, str]]]
    """Reason -> status and text of a page of the platform; the browser does not come back.

    The reasons: `client`, `redirect`, `missing` (a parameter, whose name replaces {}), `type` (of
    the response), `scope` and `challenge`.
    """
    returns: ClassVar[Mapping[str, tuple[str, str]]]
    """Reason -> error and description with which the browser comes back; `denied` is one more."""

    def show(self) -> Response:
        """`GET`: the form, or a refusal."""
        return _page(f"Log in to {self._name()}", self._form(self._checked_query()))

    def decide(self) -> Any:
        """`POST`: the browser goes back to the app with a code, or with the refusal."""
        query = self._checked_query()
        if request.form.get("decision") != "allow":
            self._refuse("denied", query)
        account = self._logins().get(request.form.get("person", ""))
        if account is None:
            self.stop(400, "Choose who logs in.")
        scopes = self._allowed_scopes(query, account)
        client_id = query[self.client_id_field]
        grant = Grant(account, client_id, frozenset(scopes))
        self.prepare(grant, query)
        code = LoginCode(grant, query, clock.now() + self.code_lifetime)
        value = self._accounts.issue_code(code, self.code_ending)
        return self.back(query, {"code": value} | self.more(scopes))

    # What a platform changes.

    def more(self, scopes: Sequence[str]) -> dict[str, str]:
        """What the browser brings back besides code and state."""
        return {}

    def prepare(self, grant: Grant, query: Mapping[str, str]) -> None:
        """What a consent does besides: to earlier ones, and to its own tokens."""

    def back(self, query: Mapping[str, str], parameters: Mapping[str, str]) -> Response:
        """The redirect to the app."""
        state = {"state": query["state"]} if "state" in query else {}
        address = query["redirect_uri"]
        joint = "&" if "?" in address else "?"
        return _redirect(f"{address}{joint}{urlencode({**parameters, **state})}")

    def check_more(self, query: Mapping[str, str]) -> str | None:
        """A further reason to refuse a query."""
        return None

    # What a platform uses.

    def stop(self, status: int, text: str) -> NoReturn:
        """Show a page of the platform: the browser does not come back."""
        abort(_page(f"{self._name()}: something went wrong", f"<p>{escape(text)}</p>", status))

    def requested(self, query: Mapping[str, str]) -> list[str]:
        """The scopes in the query."""
        return [name for name in query.get("scope", "").split(self.scope_separator) if name]

    def identity(self, person: str) -> Account:
        """Which account a person is, where a login reaches all accounts of the person."""
        accounts = self._accounts.of_person(person)
        return accounts[0] if accounts else self._accounts.nobody(person)

    # Steps.

    def _checked_query(self) -> dict[str, str]:
        values = request.args if request.method == "GET" else request.form
        query = {name: value for name, value in values.items() if name not in _OURS}
        clients = self._platform.clients
        client_id, address = query.get(self.client_id_field, ""), query.get("redirect_uri", "")
        if not client_id or not clients.knows(client_id):
            self._refuse("client", query)
        if not address or not clients.redirects_to(client_id, address):
            self._refuse("redirect", query)
        for name in ("response_type", *self.required):
            if not query.get(name):
                self._refuse("missing", query, name)
        if reason := self._reason(query, client_id):
            self._refuse(reason, query)
        return query

    def _reason(self, query: Mapping[str, str], client_id: str) -> str | None:
        if query["response_type"] != "code":
            return "type"
        available = self._platform.clients.scopes(client_id)
        if not set(self.requested(query)) <= set(self.scopes if available is None else available):
            return "scope"
        method = query.get("code_challenge_method", self.default_challenge_method)
        if "code_challenge" in query and method not in self.challenge_methods:
            return "challenge"
        return self.check_more(query)

    def _refuse(self, reason: str, query: Mapping[str, str], name: str = "") -> NoReturn:
        if reason in self.stops:
            status, text = self.stops[reason]
            self.stop(status, text.format(name))
        error, description = self.returns[reason]
        parameters = {"error": error}
        if description:
            parameters["error_description"] = description.format(name)
        abort(self.back(query, parameters))

    def _allowed_scopes(self, query: Mapping[str, str], account: Account) -> list[str]:
        requested = self.requested(query)
        if not self.has_checkboxes:
            return requested
        ticked = request.form.getlist("grantedScope")
        unticked = self._accounts.person(account.person).unticks
        return [
            name
            for name in requested
            if name in self.always_granted or (name in ticked and name not in unticked)
        ]

    def _logins(self) -> dict[str, Account]:
        """Value of the form's field `person` -> the account that it logs in to."""
        book = self._accounts
        logins: dict[str, Account] = {}
        for person in book.people():
            if self.reaches_all_accounts:
                logins[person] = self.identity(person)
            else:
                accounts = book.of_person(person) or [book.nobody(person)]
                logins |= {account.account_id: account for account in accounts}
        return logins

    def _form(self, query: Mapping[str, str]) -> str:
        hidden = [_input("hidden", name, value) for name, value in query.items()]
        people = [
            _labeled(_input("radio", "person", value, checked=index == 0), account.username)
            for index, (value, account) in enumerate(self._logins().items())
        ]
        return "\n".join(
            [
                '<form method="post">',
                *hidden,
                f"<fieldset><legend>Who are you?</legend>{''.join(people)}</fieldset>",
                f"<p>{escape(query[self.client_id_field])} asks for:</p>",
                *map(self._scope, self.requested(query)),
                '<p><button name="decision" value="allow">Allow</button>',
                '<button name="decision" value="deny">Deny</button></p>',
                "</form>",
            ]
        )

    def _scope(self, name: str) -> str:
        if not self.has_checkboxes or name in self.always_granted:
            return f"<p>{escape(name)}</p>"
        return _labeled(_input("checkbox", "grantedScope", name, checked=True), name)

    def _name(self) -> str:
        return registry.display_name(self._platform.name)


def is_verified(query: Mapping[str, str], verifier: str | None) -> bool:
    """Whether the verifier fits the challenge of the login, if that had one."""
    challenge = query.get("code_challenge")
    if challenge is None:
        return True
    if not verifier:
        return False
    if query.get("code_challenge_method") != "S256":
        return verifier == challenge
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def _page(title: str, body: str, status: int = 200) -> Response:
    # What comes from a request is escaped where the body is made.
    page = pages.render("plain.html", title=title, body=Markup(body))
    return Response(page, status, {"Cache-Control": "no-store"}, mimetype="text/html")


def _redirect(address: str) -> Response:
    answer = redirect(address)
    answer.headers["Cache-Control"] = "no-store"
    assert isinstance(answer, Response)
    return answer


def _labeled(field: str, label: str) -> str:
    return f"<p><label>{field} {escape(label)}</label></p>"


def _input(kind: str, name: str, value: str, *, checked: bool = False) -> str:
    tick = " checked" if checked else ""
    return f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}"{tick}>'
