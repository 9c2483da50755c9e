"""What the simulated Identity Toolkit remembers: its accounts, the links it sent, its sign-ins."""

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from shared import clock

LINK_LIFETIME = timedelta(hours=6)
"""Google does not document it; links are reported to work for about this long."""
GOOGLE_LIFETIME = timedelta(minutes=10)
"""Of a sign-in with Google that has begun."""


@dataclass(frozen=True)
class Person:
    user_id: str
    email: str
    email_verified: bool = True


@dataclass(frozen=True)
class Mail:
    """A mail with a link to sign in."""

    email: str
    link: str
    sent_at: datetime


@dataclass
class _Link:
    email: str
    sent_at: datetime
    used: bool = False


@dataclass
class _GoogleSignIn:
    continue_uri: str
    state: str
    began_at: datetime
    code: str = ""
    email: str = ""


class Refused(Exception):
    """The request is refused, with one of the API's messages."""


class Accounts:
    """Accounts by email address, as with the setting "one account per email address"."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._lock = threading.Lock()
        self._accounts = {person.email: person for person in people}
        # Those who have signed in here before, besides the seeded people.
        self._google = dict(self._accounts)
        self._links: dict[str, _Link] = {}
        self._sign_ins: dict[str, _GoogleSignIn] = {}
        self.has_google = True
        """The project has enabled Google for signing in."""
        self.mails: list[Mail] = []
        self.deleted: list[str] = []
        """Email addresses of the accounts that were deleted."""

    def add_google_account(self, person: Person) -> None:
        """Give a person a Google account that has never signed in here."""
        self._google[person.email] = person

    def google_accounts(self) -> list[Person]:
        return list(self._google.values())

    def send_link(self, email: str, page: str, continue_url: str, key: str) -> None:
        code = secrets.token_urlsafe(40)
        query = {"mode": "signIn", "oobCode": code, "apiKey": key, "continueUrl": continue_url}
        link = f"{page}?{urlencode({**query, 'lang': 'en'})}"
        with self._lock:
            self._links[code] = _Link(email, clock.now())
            self.mails.append(Mail(email, link, clock.now()))

    def use_link(self, email: str, code: str) -> tuple[Person, bool]:
        """The person of a link, and whether the account is new. Raises Refused."""
        with self._lock:
            link = self._links.get(code)
            if link is None or link.used:
                raise Refused("INVALID_OOB_CODE")
            if clock.now() - link.sent_at >= LINK_LIFETIME:
                raise Refused("EXPIRED_OOB_CODE")
            if link.email != email:
                raise Refused(
                    "INVALID_EMAIL : The email provided does not match the sign-in email address."
                )
            link.used = True
            return self._enter(Person(secrets.token_hex(14), email))

    def begin_google(self, continue_uri: str) -> tuple[str, str]:
        """The state of Google's page and the id of the session. Raises Refused."""
        if not self.has_google:
            raise Refused(
                "OPERATION_NOT_ALLOWED : The identity provider configuration is not found."
            )
        session, state = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        with self._lock:
            self._sign_ins[session] = _GoogleSignIn(continue_uri, state, clock.now())
        return state, session

    def choose(self, state: str, email: str) -> str | None:
        """Where the browser goes after a person was chosen on Google's page."""
        with self._lock:
            sign_in = self._with_state(state)
            if sign_in is None or email not in self._google:
                return None
            sign_in.code, sign_in.email = secrets.token_urlsafe(24), email
            query = urlencode({"state": state, "code": sign_in.code})
            return f"{sign_in.continue_uri}?{query}"

    def is_open(self, state: str) -> bool:
        """Whether Google's page with this state can be used."""
        with self._lock:
            return self._with_state(state) is not None

    def end_google(
        self, session: str, request_uri: str, query: dict[str, str]
    ) -> tuple[Person, bool]:
        """The person who was chosen, and whether the account is new. Raises Refused."""
        with self._lock:
            sign_in = self._sign_ins.get(session)
            if sign_in is None:
                raise Refused("INVALID_SESSION_ID")
            is_own = request_uri == sign_in.continue_uri and query.get("state") == sign_in.state
            if not is_own or not sign_in.code or query.get("code") != sign_in.code:
                raise Refused("INVALID_IDP_RESPONSE : The supplied auth credential is malformed.")
            if clock.now() - sign_in.began_at >= GOOGLE_LIFETIME:
                raise Refused("SESSION_EXPIRED")
            del self._sign_ins[session]
            return self._enter(self._google[sign_in.email])

    def delete(self, user_id: str) -> None:
        """Raises Refused."""
        with self._lock:
            for email, person in self._accounts.items():
                if person.user_id == user_id:
                    del self._accounts[email]
                    self.deleted.append(email)
                    return
        raise Refused("USER_NOT_FOUND")

    def _with_state(self, state: str) -> _GoogleSignIn | None:
        return next((each for each in self._sign_ins.values() if each.state == state), None)

    def _enter(self, person: Person) -> tuple[Person, bool]:
        """The account of a person's address, which is created if there is none."""
        is_new = person.email not in self._accounts
        return self._accounts.setdefault(person.email, person), is_new
