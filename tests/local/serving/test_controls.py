"""The paths below `/_sim`."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from werkzeug.http import parse_date

from local.platforms.accounts import TokenTaken
from local.platforms.threads.twin import Threads
from local.platforms.x.twin import X
from shared import clock
from tests.local.serving.client import LIMIT, Client


def test_requests_are_shown_with_masked_secrets(x: Client, threads: Client) -> None:
    x.tweet("Hello", token="ada-access")
    x.refresh_on_x()
    threads.container()
    threads.refresh_on_threads()
    form = {"client_id": "app", "client_secret": "app-secret", "code": "login-code"}
    threads.post("/oauth/access_token", data=form)
    x.get("/_sim/posts")
    tweet, token = x.received()
    assert (tweet["method"], tweet["path"], tweet["status"]) == ("POST", "/2/tweets", 201)
    assert tweet["headers"]["Authorization"] == "***"
    assert token["parameters"]["grant_type"] == "refresh_token"
    everything = x.get("/_sim/requests").text + threads.get("/_sim/requests").text
    for secret in ("ada-access", "ada-refresh", "app-secret", "login-code"):
        assert secret not in everything
    assert len(threads.received()) == 3


def test_a_reset_forgets_everything_but_the_accounts(x: Client) -> None:
    x.tweet()
    pair = x.refresh_on_x().json()
    x.fault("POST /2/tweets", "status", status=500, times=9)
    x.fault("GET /2/users/me", "revoked_token")
    x.get("/2/users/me", headers={"Authorization": "Bearer ada-access"})
    x.post("/_sim/lag", json={"seconds": 60})
    assert x.post("/_sim/reset").status_code == 200
    assert (x.visible(), x.received()) == ([], [])
    assert x.tweet("with the token as registered").status_code == 201
    assert x.tweet("with the token given last", pair["access_token"]).status_code == 201
    assert x.refresh_on_x("ada-refresh").status_code == 200
    assert [entry["requestCount"] for entry in x.visible()] == [1, 1]


def test_the_feed_shows_posts_newest_first_and_escaped(x: Client) -> None:
    assert "Nothing has been published yet." in x.get("/_sim/").text
    x.tweet("first <script>alert(1)</script>")
    x.tweet("second & last")
    page = x.get("/_sim/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "@ada_writes" in page.text
    assert page.text.index("second &amp; last") < page.text.index("first &lt;script&gt;")


@pytest.mark.parametrize(
    "body",
    [
        {"accountId": "cy", "username": "cy"},
        {"accountId": "cy", "username": "cy", "accessToken": "ada-access"},
        {"accountId": "cy", "username": "cy", "accessToken": "t", "password": "p"},
        {"accountId": "cy", "username": "cy", "accessToken": 5},
        {"accountId": "cy", "username": "cy", "accessToken": "t", "scopes": "all"},
        {"accountId": "cy", "username": "cy", "accessToken": "t", "person": 5},
        "cy",
    ],
)
def test_an_account_that_cannot_be_registered_is_refused(x: Client, body: Any) -> None:
    answer = x.post("/_sim/accounts", json=body)
    assert (answer.status_code, "error" in answer.json()) == (400, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clients", {"clientId": "app", "clientSecret": "s"}),
        ("clients", {"clientId": "app", "clientSecret": "s", "redirectUris": "https://a"}),
        ("clients", {"clientId": "app", "clientSecret": 5, "redirectUris": ["https://a"]}),
        ("people", {"unticks": ["scope"]}),
        ("people", {"person": "cy", "unticks": "scope"}),
        ("people", {"person": "cy", "nothing": "yes"}),
    ],
)
def test_an_app_or_person_that_is_not_valid_is_refused(x: Client, path: str, body: Any) -> None:
    answer = x.post(f"/_sim/{path}", json=body)
    assert (answer.status_code, "error" in answer.json()) == (400, True)


def test_an_account_gets_the_same_external_id_in_every_run() -> None:
    first, second = (X().add_account("ada", "ada", "t").external_id for _ in range(2))
    assert first == second
    assert first.isdigit() and len(first) == 17
    assert Threads().add_account("ada", "ada", "t").external_id != first
    platform = X()
    platform.add_account("ada", "ada", "t")
    with pytest.raises(TokenTaken):
        platform.add_account("bob", "bob", "t")


def test_many_clients_at_once_lose_nothing(x: Client) -> None:
    answers: list[int] = []

    def write(writer: int) -> None:
        answers.extend(x.tweet(f"{writer} {n}").status_code for n in range(10))

    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(LIMIT)
    assert answers == [201] * 80
    assert len({entry["id"] for entry in x.visible()}) == 80


def _dated(answer: requests.Response) -> datetime:
    """The header Date."""
    date = parse_date(answer.headers["Date"])
    assert date is not None
    return date


@pytest.mark.parametrize("seconds", [-90, 90, 86_400])
def test_a_skewed_clock_dates_posts_and_every_answer(x: Client, seconds: int) -> None:
    skew = timedelta(seconds=seconds)
    assert x.post("/_sim/skew", json={"seconds": seconds}).status_code == 200
    about_now = clock.now() + skew
    created = x.tweet("Hello")
    refused = x.get("/2/nowhere")
    bearer = {"Authorization": "Bearer ada-access"}
    query = {"tweet.fields": "created_at"}
    path = f"/2/tweets/{created.json()['data']['id']}"
    shown = x.get(path, headers=bearer, params=query).json()["data"]["created_at"]
    for time in (_dated(created), _dated(refused), datetime.fromisoformat(shown)):
        assert abs(time - about_now) < timedelta(seconds=10)
    x.post("/_sim/reset")
    assert abs(_dated(x.get("/2/nowhere")) - clock.now()) < timedelta(seconds=10)


def test_a_scripted_answer_has_the_skewed_date_too(x: Client) -> None:
    x.post("/_sim/skew", json={"seconds": -600})
    x.fault("POST /2/tweets", "status", status=500)
    assert abs(_dated(x.tweet()) - clock.now() + timedelta(minutes=10)) < timedelta(seconds=10)


@pytest.mark.parametrize("body", [{}, {"seconds": "90"}, {"seconds": True}, {"minutes": 1}])
def test_a_skew_is_a_number_of_seconds(x: Client, body: Any) -> None:
    assert x.post("/_sim/skew", json=body).status_code == 400
