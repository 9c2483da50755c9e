"""The browser of a signed-in user of the API's tests, without the steps of signing in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import flask
import pytest
from werkzeug.test import TestResponse

from local.identity.api import API_KEY
from shared import clock
from shared.gcp.messages import Batch
from shared.gcp.sessions import session_path, write_session
from shared.web import sessions
from shared.web.sessions import Browser
from tests.functions.api_client import ApiClient
from tests.functions.apps import dashboard_app
from tests.functions.connect_client import Form
from tests.functions.dashboard_client import ORIGIN, forget_attempts, form_to

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


class SignedInBrowser:
    """A browser with a session of its own."""

    def __init__(self, api: ApiClient, app: flask.Flask | None = None) -> None:
        self.api, self.db = api, api.world.parts.db
        self.configure(identity_api_key=API_KEY)
        self.app = app or dashboard_app()
        self.client = self.app.test_client()
        batch = Batch(self.db)
        self.session_id = write_session(batch, self.db, api.user_id, AGENT)
        batch.commit()
        settings = api.world.parts.settings
        browser = Browser("a nonce", api.user_id, self.session_id)
        kept = sessions.keep(flask.Response(), browser, settings)
        value = kept.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        self.cookie = value
        self.client.set_cookie(sessions.COOKIE, value, domain="soku.test", secure=True)

    def configure(self, **changes: Any) -> None:
        """Change the settings; the fixture `api` restores them."""
        self.api.world.with_parts(settings=replace(self.api.world.parts.settings, **changes))

    def another(self) -> "SignedInBrowser":
        """Another browser of the same user."""
        return SignedInBrowser(self.api, self.app)

    def get(self, address: str) -> TestResponse:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.client.get(path, base_url=ORIGIN)

    def page(self, address: str) -> str:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, address: str, form: Mapping[str, Any]) -> TestResponse:
        return self.client.post(
            urlsplit(address).path, base_url=ORIGIN, data=form, headers={"Origin": ORIGIN}
        )

    def submit(self, page: str, action: str, **fields: Any) -> TestResponse:
        """Send the form of `page` that goes to `action`."""
        form = self.form(page, action)
        return self.post(form.action, {**dict(form.fields), **fields})

    def form(self, page: str, action: str) -> Form:
        return form_to(self.get(page), action)

    def age_the_sign_in(self, by: timedelta) -> None:
        """Let the sign-in be that long ago."""
        document = self.db.document(session_path(self.api.user_id, self.session_id))
        document.update({"authTime": clock.now() - by})


@pytest.fixture
def browser(api: ApiClient) -> Iterator[SignedInBrowser]:
    forget_attempts()
    yield SignedInBrowser(api)
    forget_attempts()
