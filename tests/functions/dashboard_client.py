"""A person's browser: the dashboard in this process, the simulated Identity Toolkit over HTTP."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask
from werkzeug.test import TestResponse

from functions.dashboard import limits
from local.identity.api import API_KEY
from local.identity.twin import IdentityTwin, Person
from shared.gcp import oidc
from shared.gcp.sessions import session_path
from shared.web import sessions
from tests.functions.apps import dashboard_app
from tests.functions.connect_client import Form, form_of
from tests.signed_in import KEY
from tests.world import World

ORIGIN = "https://soku.test"
CALLBACK = "/sign-in/google/callback"
PEOPLE = {"ann": Person("ann", "ann@example.com")}
_FORM = re.compile(r'<form\b[^>]*? action="([^"]+)".*?</form>', re.DOTALL)


@dataclass
class Dashboard:
    """The function, and Google."""

    app: Flask
    world: World
    twin: IdentityTwin
    url: str
    """The base URL of the twin."""

    def browser(self) -> "Browser":
        return Browser(self)

    def configure(self, **changes: Any) -> None:
        settings = replace(self.world.parts.settings, **changes)
        self.world.with_parts(settings=settings)

    def document(self, path: str) -> dict[str, Any] | None:
        fields: dict[str, Any] | None = self.world.parts.db.document(path).get().to_dict()
        return fields

    def sessions_of(self, user_id: str) -> list[dict[str, Any]]:
        collection = self.world.parts.db.collection(f"users/{user_id}/sessions")
        return [snapshot.to_dict() for snapshot in collection.stream()]

    def links_to(self, email: str) -> list[str]:
        """The links in the mails to an address, oldest first."""
        mails = requests.get(f"{self.url}/_sim/mails", timeout=30).json()
        return [mail["link"] for mail in mails if mail["email"] == email]

    def google_person(self, name: str, **more: Any) -> Person:
        """A person with a Google account who has never signed in here."""
        person = Person(f"g-{name}", f"{name}@example.com", **more)
        self.twin.accounts.add_google_account(person)
        return person


class Browser:
    """One browser, with its own cookies."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.client = dashboard.app.test_client()

    def get(self, address: str, **headers: str) -> TestResponse:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.client.get(path, base_url=ORIGIN, headers=headers)

    def post(
        self, address: str, form: Mapping[str, str], origin: str | None = ORIGIN
    ) -> TestResponse:
        headers = {"User-Agent": "A test's browser", **({"Origin": origin} if origin else {})}
        path = urlsplit(address).path
        return self.client.post(path, base_url=ORIGIN, data=form, headers=headers)

    def submit(self, page: TestResponse, action: str, **fields: str) -> TestResponse:
        """Send the form of a page that goes to `action`."""
        form = form_to(page, action)
        return self.post(form.action, {**dict(form.fields), **fields})

    def ask_for_link(self, email: str) -> TestResponse:
        return self.submit(self.get("/sign-in"), "/sign-in/email", email=email)

    def open_link(self, link: str) -> TestResponse:
        """Open a link of a mail: Firebase's page leads to ours."""
        answer = requests.get(link, allow_redirects=False, timeout=30)
        assert answer.is_redirect, answer.text
        assert answer.headers["Location"].startswith(f"{ORIGIN}/sign-in/link?")
        return self.get(answer.headers["Location"])

    def sign_in_by_link(self, email: str) -> TestResponse:
        """The answer to the button on the page behind the link."""
        assert self.ask_for_link(email).status_code == 200
        page = self.open_link(self.dashboard.links_to(email.strip().lower())[-1])
        return self.submit(page, "/sign-in/link")

    def choose_at_google(self, person: Person) -> str:
        """Begin to sign in with Google, choose a person; returns the address to come back to."""
        begun = self.get("/sign-in/google")
        assert begun.status_code == 303, begun.text
        page = requests.get(begun.headers["Location"], timeout=30)
        assert person.email in page.text
        state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
        chosen = requests.get(
            f"{self.dashboard.url}/o/oauth2/choose",
            params={"state": state, "email": person.email},
            allow_redirects=False,
            timeout=30,
        )
        assert chosen.headers["Location"].startswith(f"{ORIGIN}{CALLBACK}?")
        return chosen.headers["Location"]

    def sign_in_by_google(self, person: Person) -> TestResponse:
        return self.get(self.choose_at_google(person))

    @property
    def cookie(self) -> str:
        cookie = self.client.get_cookie(sessions.COOKIE, "soku.test")
        return cookie.value if cookie else ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.client.set_cookie(sessions.COOKIE, value, domain="soku.test", secure=True)

    @property
    def is_signed_in(self) -> bool:
        answer = self.get("/settings/profile")
        assert answer.status_code in (200, 303), answer.text
        return answer.status_code == 200

    @property
    def session_path(self) -> str:
        """The document of this browser's session."""
        settings = self.dashboard.world.parts.settings
        stored: Any = sessions._signer(settings).loads(self.cookie)
        return session_path(stored["u"], stored["s"])


def form_to(page: TestResponse, action: str) -> Form:
    """The form of a page that goes to the path `action`."""
    for match in _FORM.finditer(page.text):
        if urlsplit(match[1]).path.endswith(action):
            return form_of(match[0])
    raise AssertionError(f"no form to {action}: {page.status_code} {page.text}")


@contextmanager
def serving(world: World) -> Iterator[Dashboard]:
    """A dashboard of `world` with a twin of its own. The world keeps its settings."""
    parts = world.parts
    twin = IdentityTwin(parts.settings.project, PEOPLE, KEY)
    server = twin.serve()
    server.start()
    forget_attempts()
    try:
        dashboard = Dashboard(dashboard_app(), world, twin, server.url)
        dashboard.configure(
            identity_url=server.url,
            identity_api_key=API_KEY,
            id_token_certs_url=f"{server.url}/certs",
        )
        yield dashboard
    finally:
        server.stop()
        world.parts = parts
        forget_attempts()


def forget_attempts() -> None:
    """What the instance remembers: attempts to sign in and to connect, and certificates."""
    limits.limiter.cache_clear()
    oidc._transport.cache_clear()
