"""What comes back from the platform: states, codes and links that connect nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.accounts import authorizing, connections
from shared.gcp.firestore import PreconditionFailed
from tests.functions.api_client import ApiClient, error_of
from tests.functions.connect_client import CONNECT, form_of, query_of, state_of
from tests.functions.connecting import (
    ACCOUNTS,
    Browsers,
    a_person,
    accounts_of,
    begin,
    connection,
    grants_of,
    started,
)

STOPPED = "Start again"


def test_a_state_is_used_once(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = started(user, browsers)
    assert ana.come_back(back).status_code == 303
    again = ana.come_back(back)
    assert again.status_code == 400
    assert "already used" in again.text
    assert connection(user, begun)["status"] == "connected"
    assert len(accounts_of(user, "x")) == 1


def test_a_state_of_another_browser_connects_nothing(user: ApiClient, browsers: Browsers) -> None:
    begun, _, back = started(user, browsers)
    assert browsers().come_back(back).status_code == 400
    assert connection(user, begun)["status"] == "pending"
    assert accounts_of(user, "x") == {}


def test_the_state_of_another_users_connection_connects_nothing(
    user: ApiClient, browsers: Browsers
) -> None:
    """The victim's browser is sent back with the attacker's state, and its own code."""
    _, victim, back = started(user, browsers)
    attacker = user.another_user()
    theirs = begin(attacker)
    other = browsers()
    foreign = state_of(other.start(theirs["url"]))
    query = query_of(back)
    forged = victim.get(f"{CONNECT}/callback/x?code={query['code']}&state={foreign}")
    assert forged.status_code == 400
    assert connection(attacker, theirs)["status"] == "pending"


@pytest.mark.parametrize(
    "change",
    [
        lambda state: "",
        lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
        lambda state: state.partition(".")[0],
        lambda state: f"{'A' * 22}.{state.partition('.')[2]}",
        lambda state: f"../../users.{state}",
        lambda state: "x" * 10_000,
    ],
)
def test_a_forged_state_is_refused_before_anything_is_read(
    user: ApiClient, browsers: Browsers, change: Callable[[str], str]
) -> None:
    begun, ana, back = started(user, browsers)
    query = query_of(back)
    forged = ana.client.get(
        "/connect/callback/x",
        query_string={"code": query["code"], "state": change(query["state"])},
        base_url="https://soku.test",
    )
    assert forged.status_code == 400
    assert connection(user, begun)["status"] == "pending"


def test_a_state_of_another_platform_is_refused(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = started(user, browsers)
    mixed = ana.get(back.replace("/callback/x", "/callback/threads"))
    assert mixed.status_code == 400
    assert connection(user, begun)["status"] == "pending"


def test_a_code_that_was_used_elsewhere_fails_and_says_what_to_do(
    user: ApiClient, browsers: Browsers
) -> None:
    begun, ana, back = started(user, browsers)
    user.world.platforms["x"].accounts._codes.clear()
    end = ana.come_back(back)
    assert STOPPED in ana.get(end.headers["Location"]).text
    assert connection(user, begun)["error"]["code"] == "code_refused"


@pytest.mark.parametrize("mode", ["reset_before", "status", "timeout_before"])
def test_a_token_endpoint_that_is_away_leaves_nothing_behind(
    user: ApiClient, browsers: Browsers, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.platforms.faults import read_fault
    from shared.platforms import http

    monkeypatch.setattr(http, "ANSWER_SECONDS", 11.0)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 10.0)
    begun, ana, back = started(user, browsers)
    body = {"status": 200, "body": "<html>busy</html>"} if mode == "status" else {}
    fault = read_fault({"match": "POST /2/oauth2/token", "mode": mode, **body})
    user.world.platforms["x"].faults.add(fault)
    ana.come_back(back)
    shown = connection(user, begun)
    assert (shown["status"], shown["error"]["code"]) == ("failed", "platform_unavailable")
    assert accounts_of(user, "x") == {}
    assert grants_of(user, "x") == []


def test_a_link_is_valid_for_15_minutes(user: ApiClient, browsers: Browsers) -> None:
    begun, ana, back = started(user, browsers)
    user.world.advance(timedelta(minutes=15, seconds=1))
    assert "expired" in ana.come_back(back).text
    assert "expired" in ana.get(begun["url"]).text
    assert connection(user, begun)["status"] == "expired"


@pytest.mark.parametrize("address", ["A" * 22, "x", ".." * 50, "%2e%2e", f"__{'A' * 18}__"])
def test_a_link_that_does_not_exist_says_so(
    user: ApiClient, browsers: Browsers, address: str
) -> None:
    page = browsers().get(f"{CONNECT}/start/{address}")
    assert page.status_code == 404
    assert "<h1>" in page.text


def test_a_form_from_another_site_starts_nothing(user: ApiClient, browsers: Browsers) -> None:
    begun, victim = begin(user), browsers()
    form = dict(form_of(victim.get(begun["url"]).text).fields)
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}):
        assert victim.post(begun["url"], form, headers).status_code == 403
    assert victim.post(begun["url"], {}).status_code == 403
    assert browsers().post(begun["url"], form).status_code == 403
    assert victim.post(begun["url"], form).status_code == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/done",
        "https://app.test.evil.test/",
        "https://app.test@evil.test/",
        "https://app.test\\@evil.test/",
        "http://app.test/",
        "https://app.test:444/",
        "//evil.test/",
        "javascript:alert(1)",
    ],
)
def test_a_browser_is_sent_only_to_origins_that_the_operator_allows(
    user: ApiClient, address: str
) -> None:
    sent = {"platform": "x", "returnTo": address}
    error_of(user.call("POST", f"{ACCOUNTS}/connect", json=sent), 400, "validation_error")


def test_an_allowed_address_gets_the_connection_and_its_status(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    begun, ana = begin(user, returnTo="https://app.test/done?tab=1"), browsers()
    end = ana.come_back(ana.authorize(ana.start(begun["url"]), person="ana"))
    assert end.headers["Location"].startswith("https://app.test/done?")
    assert query_of(end.headers["Location"]) == {
        "tab": "1",
        "connection": begun["connectionId"],
        "status": "connected",
    }


def test_of_two_callbacks_that_overlap_one_uses_the_code(
    user: ApiClient, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second reads back what the first has written: it must not take that for its own.

    Platforms may end an authorization whose code comes twice (RFC 6749, section 4.1.2).
    """
    begun, _, back = started(user, browsers)
    parts = user.world.parts
    stored = connections.find(begun["connectionId"], parts)
    assert stored is not None
    first = authorizing._receive

    def overlapping(current: Any, query: Any, parts: Any) -> Any:
        monkeypatch.setattr(authorizing, "_receive", first)
        with pytest.raises(PreconditionFailed):
            authorizing.come_back(stored, query, parts)
        return first(current, query, parts)

    monkeypatch.setattr(authorizing, "_receive", overlapping)
    assert authorizing.come_back(stored, query_of(back), parts).account_ids == ("x_ana",)
