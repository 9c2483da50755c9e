"""/settings/integrations: accounts by health, connecting, coming back, and disconnecting."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.connect.app import create_app as create_connect
from functions.dashboard.settings.connecting import CONNECTIONS_PER_MINUTE
from shared import clock
from shared.domain.run import RunStatus
from shared.gcp.accounts import account_path, integration_path, reservation_path
from shared.platforms import registry
from shared.web.envelope import time_text
from tests.functions.api_client import ApiClient
from tests.functions.half_way import authorize, leave_half_way
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]
ACCOUNTS = "/settings/integrations"
CONNECT = f"{ACCOUNTS}/connect"


def _change(api: ApiClient, platform: str, account_id: str = "", **fields: Any) -> None:
    path = account_path(api.user_id, platform, account_id or f"{platform}_main")
    api.world.parts.db.document(path).update(fields)


def _schedule(api: ApiClient, text: str, platform: Any, days: int) -> str:
    at = time_text(clock.now() + timedelta(days=days))
    content = {"text": text, "platform": platform}
    return api.accept({"post": {"content": content}, "scheduledTime": at})


def test_accounts_are_shown_worst_first_with_what_depends_on_them(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    _change(api, "x", status="reconnect_required", statusReason="X has ended it.")
    _change(api, "linkedin", endsAt=clock.now() + timedelta(days=3))
    _change(api, "facebook", missingScopes=["read_insights"])
    _schedule(api, "Later", ["x", "threads"], 4)
    _schedule(api, "Sooner", "x", 2)
    page = browser.page(ACCOUNTS)
    order = [page.index(f">{name}_main</a>") for name in ("x", "linkedin", "facebook", "threads")]
    assert order == sorted(order)
    for words in ("Reconnect required", "Expires soon", "Permissions missing"):
        assert page.count(words) == 1
    assert page.count(">Connected<") == len(api.world.platforms) - 3
    assert "X has ended it." in page
    assert "show the numbers of your posts" in page
    rows = dict(zip(order, page.split('<li class="account">')[1:], strict=False))
    assert "2 posts, first" in rows[order[0]]
    assert "1 post, first" in page
    assert page.count('aria-label="Reconnect ') == 3


def test_accounts_of_one_lost_grant_are_one_message(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    for name in ("ig_two", "ig_three"):
        api.connect("instagram", name)
    for name in ("ig_two", "ig_three"):
        _change(api, "instagram", name, status="reconnect_required", grantId="one")
    page = browser.page(ACCOUNTS)
    assert page.count('aria-label="Reconnect ') == 1
    assert "This also renews ig_two." in page
    assert 'Reconnected together with <span dir="auto">ig_three</span>' in page


def test_names_of_accounts_are_text(api: ApiClient, browser: SignedInBrowser) -> None:
    hostile = '"><script>alert(1)</script>{{ 7 * 7 }}'
    _change(api, "x", label=hostile, username=hostile, avatarUrl="javascript:alert(1)")
    for path in (ACCOUNTS, f"{ACCOUNTS}/x/x_main", f"{ACCOUNTS}/x/x_main/disconnect"):
        page = browser.page(path)
        assert "<script>" not in page
        assert "javascript:" not in page
        assert "{{ 7 * 7 }}" in page


def test_each_button_leads_to_the_function_that_connects(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    page = browser.page(ACCOUNTS)
    form = dict(browser.form(ACCOUNTS, CONNECT).fields)
    for platform in registry.names():
        for login in registry.logins(platform):
            assert f'aria-label="Connect {login.title}"' in page
            assert login.demands in page
            answer = browser.post(CONNECT, form | {"platform": platform, "kind": login.kind})
            address = answer.headers["Location"]
            assert address.startswith("https://soku.test/connect/start/")
            stored = browser.db.document(f"connections/{address.rpartition('/')[2]}").get()
            fields = ("platform", "kind", "userId", "returnTo")
            assert [stored.get(name) for name in fields] == [
                *(platform, login.kind, api.user_id),
                f"https://soku.test{ACCOUNTS}",
            ]


def test_the_owner_goes_straight_to_the_platform_and_the_policy_allows_it(
    browser: SignedInBrowser,
) -> None:
    page = browser.get(ACCOUNTS)
    begun = browser.submit(ACCOUNTS, CONNECT, platform="x", kind="profile")
    client = create_connect().test_client()
    client.set_cookie("__session", browser.cookie, domain="soku.test", secure=True)
    sent_on = client.get(urlsplit(begun.headers["Location"]).path, base_url="https://soku.test")
    goal = urlsplit(sent_on.headers["Location"])
    [rule] = re.findall("form-action ([^;]*)", page.headers["Content-Security-Policy"])
    assert {f"{goal.scheme}://{goal.netloc}", "https://soku.test"} <= set(rule.split())


def test_what_cannot_be_connected_is_an_error_page(browser: SignedInBrowser) -> None:
    csrf = {"csrf": dict(browser.form(ACCOUNTS, CONNECT).fields)["csrf"]}
    for form in (
        {},
        {"platform": "myspace"},
        {"platform": "x", "kind": "page"},
        *(
            {"platform": "x", "account": name}
            for name in ("x_nobody", "../../x", ".", "", "é" * 301, "__x__", "x\0")
        ),
    ):
        refused = browser.post(CONNECT, csrf | form)
        assert refused.status_code in (400, 404), form
        assert "<h1>" in refused.text


def test_a_user_begins_a_limited_number_of_connections(browser: SignedInBrowser) -> None:
    browser.api.world.advance(timedelta(seconds=60 - clock.now().second))
    form = dict(browser.form(ACCOUNTS, CONNECT).fields)
    statuses = [browser.post(CONNECT, form).status_code for _ in range(22)]
    assert statuses == [303] * CONNECTIONS_PER_MINUTE + [429] * 2


@pytest.mark.full
def test_after_reconnecting_the_posts_that_failed_for_it_are_retried(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    account = api.connect("facebook", "fb_shop")
    reserved = reservation_path(api.user_id, "facebook", account.external_id)
    browser.db.document(reserved).set({"accountId": "fb_shop"})
    _change(api, "facebook", "fb_shop", status="reconnect_required")
    target = {"platform": "facebook", "accountId": "fb_shop"}
    content = {"text": "Lost to the gap", "platform": [target, "threads"]}
    failed = api.accept({"post": {"content": content}})
    api.world.deliver_due()
    assert api.read(failed).json["status"] == "partially_failed"

    begun = browser.submit(ACCOUNTS, CONNECT, platform="facebook", account="fb_shop")
    back = authorize(
        browser, begun.headers["Location"], person="fb_shop", without=("read_insights",)
    )
    assert parse_qs(urlsplit(back).query)["status"] == ["connected"]
    page = browser.page(back)
    assert re.search("Reconnected *Facebook", page)
    assert "You did not grant 1 permission." in page
    assert "<code>read_insights</code>" in page
    assert "Lost to the gap" in page
    answer = browser.submit(back, f"{ACCOUNTS}/retry", post=failed)
    assert "retried=1" in answer.headers["Location"]
    assert "Retrying 1 post." in browser.page(answer.headers["Location"])
    api.world.deliver_due()
    runs = {run["platform"]: run["status"] for run in api.read(failed).json["runs"]}
    assert runs == {"facebook": RunStatus.SUCCEEDED, "threads": RunStatus.SUCCEEDED}
    assert len(api.world.visible("threads")) == 1


def test_a_connection_of_somebody_else_is_not_shown(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    other = SignedInBrowser(api.another_user(), browser.app)
    begun = other.submit(ACCOUNTS, CONNECT, platform="x", kind="profile")
    back = authorize(other, begun.headers["Location"], deny=True)
    assert "You did not allow Soku" in other.page(back)
    assert "You did not allow Soku" not in browser.page(back)
    connection = parse_qs(urlsplit(back).query)["connection"][0]
    form = {"csrf": dict(browser.form(ACCOUNTS, CONNECT).fields)["csrf"], "connection": connection}
    for action in ("choose", "forget", "retry"):
        assert browser.post(f"{ACCOUNTS}/{action}", form).status_code == 404
        assert browser.post(f"{ACCOUNTS}/{action}", form | {"connection": "x"}).status_code == 404


@pytest.mark.full
def test_a_choice_that_was_left_half_way_is_finished_on_top(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    leave_half_way(browser, times=2)
    page = browser.page(ACCOUNTS)
    assert page.count("Finish connecting") == 1, "of one authorization, only the last"
    assert page.index("Finish connecting your Facebook Page") < page.index(">facebook_main</a>")
    again = browser.submit(ACCOUNTS, f"{ACCOUNTS}/choose")
    assert "Choose at least one account." in browser.page(again.headers["Location"])
    done = browser.submit(ACCOUNTS, f"{ACCOUNTS}/choose", account=["fb_bakery", "fb_deli"])
    page = browser.page(done.headers["Location"])
    assert "Connected to" in page
    accounts = browser.db.document(integration_path(api.user_id, "facebook")).get().get("accounts")
    assert {"fb_bakery", "fb_deli"} <= set(accounts)
    assert "fb_cafe" not in accounts


def test_label_and_default_are_changed(api: ApiClient, browser: SignedInBrowser) -> None:
    path = f"{ACCOUNTS}/x/x_main"
    assert browser.submit(path, path, label="  The   shop ").status_code == 303
    csrf = dict(browser.form(path, path).fields)["csrf"]
    assert browser.post(path, {"csrf": csrf, "default": "yes"}).status_code == 303
    [account] = [a for a in api.call("GET", "/v1/accounts").json["data"] if a["platform"] == "x"]
    assert (account["label"], account["default"]) == ("The shop", True)
    assert "This is the default" in browser.page(path)
    browser.post(path, {"csrf": csrf, "default": "no"})
    assert "Make default" in browser.page(path)
    refused = browser.post(path, {"csrf": csrf, "label": "\u200b\u3164"})
    assert refused.status_code == 400
    assert "Use visible characters" in refused.text
    assert 'value="The shop"' in browser.page(path)


def test_lists_call_an_account_by_its_label(api: ApiClient, browser: SignedInBrowser) -> None:
    path = f"{ACCOUNTS}/x/x_main"
    post_id = _schedule(api, "Later", "x", 4)
    lists = ("/posts", "/posts/scheduled", f"/posts/{post_id}", _calendar_of_day(4), "/posts/new")
    assert not [address for address in lists if "The shop" in browser.page(address)]
    browser.submit(path, path, label="The shop")
    assert not [address for address in lists if "The shop" not in browser.page(address)]
    browser.submit(path, path, label="")
    assert not [address for address in lists if "The shop" in browser.page(address)]


def _calendar_of_day(days: int) -> str:
    return f"/calendar?view=day&date={(clock.now() + timedelta(days=days)).date()}"


def test_disconnecting_lists_the_scheduled_posts_first(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    _schedule(api, "Names the account", "x", 2)
    _schedule(api, "Names another", "threads", 2)
    path = f"{ACCOUNTS}/x/x_main/disconnect"
    page = browser.page(path)
    assert "1 scheduled post will fail here" in page
    assert "Names the account" in page
    assert "Names another" not in page
    done = browser.submit(path, path)
    assert "Disconnected." in browser.page(done.headers["Location"])
    assert browser.get(path).status_code == 404
    assert ">x_main</a>" not in browser.page(ACCOUNTS)


@pytest.mark.parametrize("path", ["x/x_nobody", "myspace/x_main", "x/..%2fx", "x/" + "a" * 301])
def test_unknown_accounts_are_not_found(browser: SignedInBrowser, path: str) -> None:
    csrf = {"csrf": dict(browser.form(ACCOUNTS, CONNECT).fields)["csrf"], "label": "x"}
    for address in (f"{ACCOUNTS}/{path}", f"{ACCOUNTS}/{path}/disconnect"):
        assert browser.get(address).status_code == 404
        assert browser.post(address, csrf).status_code == 404


def test_a_user_without_accounts_is_told_what_to_do(api: ApiClient) -> None:
    page = SignedInBrowser(api.another_user_without_accounts()).page(ACCOUNTS)
    assert "No account is connected yet" in page
