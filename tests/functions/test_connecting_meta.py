"""Connecting accounts of Facebook, Instagram and Threads, and what Meta tells us afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from functions.connect.app import create_app
from local.http_server import LocalServer
from local.platforms.meta.callbacks import Callback
from shared import clock
from tests.functions.api_client import ApiClient, post
from tests.functions.connect_client import ConnectBrowser
from tests.functions.connecting import (
    ACCOUNTS,
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
    grants_of,
)

META = ("facebook", "instagram", "threads")
IDS = {"facebook": "fb_ana", "instagram": "ig_ana", "threads": "threads_ana"}


@pytest.fixture
def browser(api: ApiClient) -> ConnectBrowser:
    return ConnectBrowser(create_app(), api.world)


@pytest.fixture
def callbacks(api: ApiClient) -> Iterator[str]:
    """The address of our callbacks."""
    server = LocalServer(create_app())
    server.start()
    yield f"{server.url}/meta"
    server.stop()


def simulate(user: ApiClient, platform: str, control: str, **body: Any) -> Any:
    twin = user.world.platforms[platform].app.test_client()
    answer = twin.post(f"/_sim/{control}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def call_back(user: ApiClient, platform: str, url: str, kind: str, secret: str = "") -> Any:
    client = user.world.parts.settings.platform_clients[platform.upper()]
    signed_with = secret or client.client_secret
    return simulate(
        user, platform, "callbacks", kind=kind, person="ana", url=url, secret=signed_with
    )


@pytest.mark.parametrize("platform", META)
def test_a_user_who_removes_our_app_must_reconnect(
    user: ApiClient, browser: ConnectBrowser, callbacks: str, platform: str
) -> None:
    a_person(user, platform, "ana")
    account_id = connect(user, browser, "ana", platform)
    assert account_id == IDS[platform]
    url = f"{callbacks}/{platform}/deauthorize"
    forged = call_back(user, platform, url, "deauthorize", secret="guessed")
    assert (forged["status"], forged["accepted"]) == (400, False)
    assert accounts_of(user, platform)[account_id]["status"] == "connected"
    assert call_back(user, platform, url, "deauthorize")["accepted"] is True
    assert accounts_of(user, platform)[account_id]["status"] == "reconnect_required"


def test_an_old_callback_does_not_end_what_the_user_gave_since(
    user: ApiClient, browser: ConnectBrowser
) -> None:
    """Meta's callback may be late, or come again."""
    a_person(user, "threads", "ana")
    connect(user, browser, "ana", "threads")
    [grant] = grants_of(user, "threads")
    secret = user.world.parts.settings.platform_clients["THREADS"].client_secret
    removed = Callback("deauthorize", grant["platformUserId"], secret).signed_request
    user.world.advance(timedelta(minutes=2))
    connect(user, browser, "ana", "threads")
    answer = browser.client.post(
        "/meta/threads/deauthorize",
        data={"signed_request": removed},
        base_url="https://soku.test",
    )
    assert answer.status_code == 200
    assert accounts_of(user, "threads")["threads_ana"]["status"] == "connected"


@pytest.mark.parametrize(
    "code", ["..", ".", "__code__", f"__{'A' * 18}__", "x" * 65, "a b", "%00", "%ff"]
)
def test_a_code_that_cannot_exist_is_not_looked_up(browser: ConnectBrowser, code: str) -> None:
    path = f"/meta/deletion/{code}".replace("/..", "/%2e%2e").replace("/.", "/%2e")
    assert browser.client.get(path, base_url="https://soku.test").status_code == 404


@pytest.mark.parametrize("platform", META)
def test_data_is_deleted_at_the_users_request_and_a_page_confirms_it(
    user: ApiClient, browser: ConnectBrowser, callbacks: str, platform: str
) -> None:
    a_person(user, platform, "ana")
    connect(user, browser, "ana", platform)
    answer = call_back(user, platform, f"{callbacks}/{platform}/delete", "deletion")
    assert answer["accepted"] is True
    assert (accounts_of(user, platform), grants_of(user, platform)) == ({}, [])
    address = answer["body"]["url"]
    assert urlsplit(address).path.endswith(answer["body"]["confirmation_code"])
    assert "Your data was deleted" in browser.get(address).text


def test_the_last_page_that_leaves_removes_our_app_from_facebook(
    user: ApiClient, browser: ConnectBrowser
) -> None:
    a_person(user, "facebook", "ana")
    connect(user, browser, "ana", "facebook")
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_ana")
    user.world.sweep()
    user.world.deliver_due()
    sent = [(r.method, r.path, r.status) for r in user.world.platforms["facebook"].requests.all()]
    assert sent.count(("DELETE", "/v26.0/me/permissions", 200)) == 1


def test_pages_on_which_the_user_may_not_publish_are_not_offered(
    user: ApiClient, browser: ConnectBrowser
) -> None:
    for page in ("bakery", "cafe"):
        a_person(user, "facebook", page, person="mia")
    simulate(user, "facebook", "tasks", accountId="bakery", tasks=["ANALYZE"])
    assert connect(user, browser, "mia", "facebook") == "fb_cafe"
    simulate(user, "facebook", "tasks", accountId="cafe", tasks=["ANALYZE"])
    begun = begin(user, "facebook")
    browser.come_back(browser.authorize(browser.start(begun["url"]), person="mia"))
    shown = connection(user, begun)
    assert shown["status"] == "failed"
    assert "bakery, cafe" in str(shown)


def test_a_permission_that_posts_need_is_asked_for_again(
    user: ApiClient, browser: ConnectBrowser
) -> None:
    """Instagram and Facebook name what was granted; Threads does not."""
    for platform, scope in (
        ("facebook", "pages_manage_posts"),
        ("instagram", "instagram_business_content_publish"),
    ):
        a_person(user, platform, "ana")
        begun = begin(user, platform)
        address = browser.start(begun["url"])
        browser.come_back(browser.authorize(address, person="ana", without=(scope,)))
        shown = connection(user, begun)
        assert (shown["status"], accounts_of(user, platform)) == ("failed", {})
        assert "publish posts" in str(shown)


@pytest.mark.full
@pytest.mark.parametrize("platform", ["instagram", "threads"])
def test_an_account_whose_tokens_are_renewed_does_not_expire(
    user: ApiClient, browser: ConnectBrowser, platform: str
) -> None:
    a_person(user, platform, "ana")
    account_id = connect(user, browser, "ana", platform)
    for _ in range(9):
        user.world.advance(timedelta(days=7))
        user.world.sweep()
        user.world.deliver_due()
    account = accounts_of(user, platform)[account_id]
    assert (account["status"], account["reason"]) == ("connected", None)
    # A post that is due after the end of today's tokens is at no risk.
    far = (clock.now() + timedelta(days=90)).isoformat()
    if platform == "threads":
        accepted = user.accept(post("Hello", platform, scheduledTime=far))
        targets = user.world.submission(accepted)["targets"]
        assert [target.get("risk") for target in targets] == [None]
