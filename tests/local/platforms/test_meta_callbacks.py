"""Meta's simulated platforms send their callbacks, signed as documented, when asked to."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from local.http_server import LocalServer
from local.platforms.facebook.twin import Facebook
from local.platforms.instagram.twin import Instagram
from local.platforms.meta.platform import MetaPlatform
from local.platforms.threads.twin import Threads
from shared import clock
from shared.platforms.meta.callbacks import Forged, notice_in

SECRET = "soku-secret"


class App:
    """The callbacks of an app: keeps what it got, and answers `status` and `body`."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.status = 200
        self.body: Any = {}
        flask_app = Flask("callbacks")
        flask_app.add_url_rule("/callback", view_func=self._receive, methods=["POST"])
        self.server = LocalServer(flask_app)
        self.url = f"{self.server.url}/callback"

    def _receive(self) -> Any:
        self.received.append(request.form["signed_request"])
        return self.body, self.status


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    app.server.start()
    yield app
    app.server.stop()


def call_back(twin: FlaskClient, app: App, **changed: str) -> Any:
    body = {"kind": "deauthorize", "person": "ada", "url": app.url, "secret": SECRET}
    return twin.post("/_sim/callbacks", json=body | changed)


@pytest.mark.parametrize("kind", [Facebook, Instagram, Threads])
def test_a_callback_names_the_user_as_the_app_knows_it(app: App, kind: type[MetaPlatform]) -> None:
    platform = kind()
    platform.add_account("ada", "ada_writes", "ada-access", refresh_token="ada-user")
    twin = platform.app.test_client()
    token = "ada-user" if kind is Facebook else "ada-access"
    query = {"access_token": token, "fields": "id"}
    user = twin.get(f"{kind.api}/me", query_string=query).json["id"]
    answer = call_back(twin, app)
    assert answer.json == {"status": 200, "body": {}, "accepted": True}
    [received] = app.received
    now = clock.now()
    assert notice_in(received, [SECRET], now).user_id == user
    with pytest.raises(Forged):
        notice_in(received, ["another-secret"], now)


@pytest.mark.parametrize(
    ("status", "body", "accepted"),
    [
        (200, {"url": "https://soku.example/d/1", "confirmation_code": "1"}, True),
        (200, {"url": "https://soku.example/d/1"}, False),
        (200, "done", False),
        (500, {"url": "https://soku.example/d/1", "confirmation_code": "1"}, False),
    ],
)
def test_a_deletion_needs_an_address_and_a_code(
    app: App, status: int, body: Any, accepted: bool
) -> None:
    platform = Threads()
    platform.add_account("ada", "ada_writes", "ada-access")
    app.status, app.body = status, body
    answer = call_back(platform.app.test_client(), app, kind="deletion")
    assert answer.json == {"status": status, "body": body, "accepted": accepted}


@pytest.mark.parametrize(
    "changed",
    [{"kind": "other"}, {"person": "nobody"}, {"url": "ftp://x/"}, {"url": "http://127.0.0.1:1/"}],
)
def test_a_callback_that_cannot_be_sent_is_refused(app: App, changed: dict[str, str]) -> None:
    platform = Facebook()
    platform.add_account("ada", "ada_writes", "ada-access")
    answer = call_back(platform.app.test_client(), app, **changed)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert app.received == []
