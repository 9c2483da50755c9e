"""One authorization for several accounts: choosing, renewing, disconnecting and forgetting."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.connect_client import CONNECT, ConnectBrowser, Form, form_of
from tests.functions.connecting import ACCOUNTS, Browsers, accounts_of, begin, connection, grants_of

PAGES = ("Bakery", "Cafe", "Deli")
IDS = ["fb_bakery", "fb_cafe", "fb_deli"]


@pytest.fixture
def user(api: ApiClient) -> ApiClient:
    """A user without an account; Ada has three Pages on Facebook."""
    for name in PAGES:
        twin = api.world.platforms["facebook"]
        twin.add_account(f"ada_{name}", name, f"{name}-token", person="ada")
    return api.another_user_without_accounts()


def _offer(user: ApiClient, browser: ConnectBrowser, **more: Any) -> dict[str, Any]:
    """Ada authorizes Soku; returns the connection, as it was begun."""
    begun = begin(user, "facebook", **more)
    end = browser.come_back(browser.authorize(browser.start(begun["url"]), person="ada"))
    assert end.status_code == 303, end.text
    return begun


def _choice(browser: ConnectBrowser, begun: dict[str, Any]) -> Form:
    page = browser.get(f"{CONNECT}/choose/{begun['connectionId']}")
    assert page.status_code == 200, page.text
    return form_of(page.text)


def _choose(user: ApiClient, begun: dict[str, Any], *ids: str) -> Any:
    path = f"/v1/connections/{begun['connectionId']}/accounts"
    return user.call("POST", path, json={"accountIds": list(ids)})


def _holders(user: ApiClient) -> list[list[str]]:
    return [sorted(grant["accountIds"]) for grant in grants_of(user, "facebook")]


def test_the_user_chooses_on_the_page(user: ApiClient, browsers: Browsers) -> None:
    ada = browsers()
    begun = _offer(user, ada)
    shown = connection(user, begun)
    assert shown["status"] == "choosing"
    assert sorted(one["accountId"] for one in shown["accounts"]) == IDS
    assert accounts_of(user, "facebook") == {}
    form = _choice(ada, begun)
    assert sorted(form.choices["account"]) == IDS
    nothing = ada.post(form.action, dict(form.fields))
    assert nothing.status_code == 422
    assert "Choose at least one" in nothing.text
    sent = {**dict(form.fields), "account": ["fb_bakery", "fb_deli"]}
    end = ada.post(form.action, sent)
    assert "2 accounts are ready" in ada.get(end.headers["Location"]).text
    assert sorted(accounts_of(user, "facebook")) == ["fb_bakery", "fb_deli"]
    assert _holders(user) == [["fb_bakery", "fb_deli"]]
    stored = user.world.parts.db.document(f"connections/{begun['connectionId']}").get().to_dict()
    assert (stored["grant"], stored["accounts"]) == (None, [])


def test_the_user_chooses_by_the_api(user: ApiClient, browsers: Browsers) -> None:
    begun = _offer(user, browsers())
    for ids in (["fb_elsewhere"], ["fb_bakery", "../x"]):
        error_of(_choose(user, begun, *ids), 400, "validation_error")
    other = user.another_user()
    error_of(_choose(other, begun, "fb_bakery"), 404, "not_found")
    chosen = _choose(user, begun, "fb_bakery")
    assert (chosen.json["status"], chosen.json["accountIds"]) == ("connected", ["fb_bakery"])
    again = error_of(_choose(user, begun, "fb_cafe"), 409, "invalid_state")
    assert "connected" in again["message"]
    assert _holders(user) == [["fb_bakery"]]
    submission = user.accept(post("Hello", "facebook"))
    user.world.live_until_quiet()
    assert user.world.run(submission, "facebook")["status"] == "succeeded"


def test_only_the_browser_that_authorized_can_choose(user: ApiClient, browsers: Browsers) -> None:
    ada = browsers()
    begun = _offer(user, ada)
    form = _choice(ada, begun)
    stranger = browsers()
    assert stranger.get(f"{CONNECT}/choose/{begun['connectionId']}").status_code == 404
    sent = {**dict(form.fields), "account": "fb_bakery"}
    assert stranger.post(form.action, sent).status_code == 403
    assert ada.post(form.action, sent, {"Origin": "https://evil.test"}).status_code == 403
    assert accounts_of(user, "facebook") == {}


def test_reconnecting_one_account_heals_the_others_of_its_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery", "fb_cafe")
    parts = user.world.parts
    [first] = grants_of(user, "facebook")
    for account_id in ("fb_bakery", "fb_cafe"):
        parts.grants.require_reconnect(_Ref(user.user_id, account_id), None, "It has ended.")
    assert {one["status"] for one in accounts_of(user, "facebook").values()} == {
        "reconnect_required"
    }
    begun = _offer(user, browsers(), accountId="fb_cafe")
    shown = connection(user, begun)
    assert (shown["status"], sorted(shown["accountIds"])) == ("connected", IDS[:2])
    assert {one["status"] for one in accounts_of(user, "facebook").values()} == {"connected"}
    [grant] = grants_of(user, "facebook")
    assert grant["version"] == first["version"] + 1


class _Ref:
    def __init__(self, user_id: str, account_id: str) -> None:
        self.user_id, self.platform, self.account_id = user_id, "facebook", account_id


def test_disconnecting_one_account_leaves_the_other_working(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery", "fb_cafe")
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_bakery")
    assert _holders(user) == [["fb_cafe"]]
    submission = user.accept(post("Hello", "facebook"))
    user.world.sweep()
    user.world.live_until_quiet()
    assert user.world.run(submission, "facebook")["status"] == "succeeded"
    assert _revocations(user) == 0
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_cafe")
    user.world.sweep()
    user.world.deliver_due()
    assert _revocations(user) == 1


def _revocations(user: ApiClient) -> int:
    requests = user.world.platforms["facebook"].requests.all()
    return sum(r.method == "DELETE" and r.path.endswith("/permissions") for r in requests)


def test_what_nobody_chose_is_forgotten_and_ended_after_15_minutes(
    user: ApiClient, browsers: Browsers
) -> None:
    ada = browsers()
    begun = _offer(user, ada)
    user.world.advance(timedelta(minutes=15, seconds=1))
    user.world.sweep()
    user.world.sweep()
    user.world.deliver_due()
    assert connection(user, begun)["status"] == "expired"
    stored = user.world.parts.db.document(f"connections/{begun['connectionId']}").get().to_dict()
    assert (stored["grant"], stored["accounts"], stored["wakeAt"]) == (None, [], None)
    assert _revocations(user) == 1
    error_of(_choose(user, begun, "fb_bakery"), 409, "invalid_state")
    late = ada.get(f"{CONNECT}/choose/{begun['connectionId']}")
    assert "expired" in ada.get(late.headers["Location"]).text
    assert json.dumps(grants_of(user, "facebook")) == "[]"


def test_a_forgotten_choice_does_not_end_the_authorization_of_connected_accounts(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery")
    begun = _offer(user, browsers())
    assert connection(user, begun)["status"] == "choosing"
    user.world.advance(timedelta(minutes=15, seconds=1))
    user.world.sweep()
    user.world.sweep()
    user.world.deliver_due()
    assert _revocations(user) == 0
    assert accounts_of(user, "facebook")["fb_bakery"]["status"] == "connected"


def test_an_account_that_another_person_authorizes_moves_to_that_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery", "fb_cafe")
    twin = user.world.platforms["facebook"]
    bakery = twin.accounts.get("ada_Bakery")
    assert bakery is not None
    bakery.person = "bob"
    begun = begin(user, "facebook")
    bob = browsers()
    bob.come_back(bob.authorize(bob.start(begun["url"]), person="bob"))
    assert connection(user, begun)["accountIds"] == ["fb_bakery"]
    assert sorted(_holders(user)) == [["fb_bakery"], ["fb_cafe"]]


def _connect_bakery_of_bea(user: ApiClient, browsers: Browsers) -> None:
    """Bea has one Page, with the same name as one of Ada's."""
    twin, begun, bea = user.world.platforms["facebook"], begin(user, "facebook"), browsers()
    twin.add_account("bea_Bakery", "Bakery", "bea-token", person="bea")
    bea.come_back(bea.authorize(bea.start(begun["url"]), person="bea"))
    assert connection(user, begun)["accountIds"] == ["fb_bakery"]


@pytest.mark.parametrize("is_disconnected", [False, True])
def test_an_offered_id_that_another_account_got_meanwhile_is_not_given_again(
    user: ApiClient, browsers: Browsers, is_disconnected: bool
) -> None:
    """Posts for the one account would be published on the other."""
    begun = _offer(user, browsers())
    _connect_bakery_of_bea(user, browsers)
    if is_disconnected:
        user.call("DELETE", f"{ACCOUNTS}/facebook/fb_bakery")
    before = _external_ids(user)
    chosen = _choose(user, begun, "fb_bakery").json
    assert (chosen["status"], chosen["error"]["code"]) == ("failed", "overtaken")
    assert _external_ids(user) == before
    again = _offer(user, browsers())
    assert _choose(user, again, "fb_bakery_2").json["status"] == "connected"
    assert sorted(_external_ids(user)) == sorted([*before, "fb_bakery_2"])


def test_an_account_that_got_another_id_meanwhile_is_not_connected_twice(
    user: ApiClient, browsers: Browsers
) -> None:
    begun = _offer(user, browsers())
    bakery = user.world.platforms["facebook"].accounts.get("ada_Bakery")
    assert bakery is not None
    bakery.username = "Bistro"
    assert _choose(user, _offer(user, browsers()), "fb_bistro").json["status"] == "connected"
    assert _choose(user, begun, "fb_bakery").json["error"]["code"] == "overtaken"
    assert list(_external_ids(user)) == ["fb_bistro"]


def test_an_account_that_was_disconnected_while_choosing_stays_disconnected(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery", "fb_deli")
    begun = _offer(user, browsers())
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_bakery")
    chosen = _choose(user, begun, "fb_cafe").json
    assert sorted(chosen["accountIds"]) == ["fb_cafe", "fb_deli"]
    assert sorted(accounts_of(user, "facebook")) == ["fb_cafe", "fb_deli"]


def _external_ids(user: ApiClient) -> dict[str, str]:
    path = f"users/{user.user_id}/integrations/facebook/accounts"
    found = user.world.parts.db.collection(path).stream()
    return {snapshot.id: snapshot.get("externalId") for snapshot in found}


def test_an_authorization_is_not_ended_while_the_user_chooses_from_it_again(
    user: ApiClient, browsers: Browsers
) -> None:
    """Facebook ends all that a person gave to the app, also what they gave a moment ago."""
    _choose(user, _offer(user, browsers()), "fb_bakery")
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_bakery")
    begun = _offer(user, browsers())
    user.world.sweep()
    user.world.deliver_due()
    assert _revocations(user) == 0
    assert _choose(user, begun, "fb_bakery").json["status"] == "connected"
    submission = user.accept(post("Hello", "facebook"))
    user.world.live_until_quiet()
    assert user.world.run(submission, "facebook")["status"] == "succeeded"


def test_an_authorization_that_was_offered_again_and_forgotten_ends(
    user: ApiClient, browsers: Browsers
) -> None:
    _choose(user, _offer(user, browsers()), "fb_bakery")
    user.call("DELETE", f"{ACCOUNTS}/facebook/fb_bakery")
    _offer(user.another_user_without_accounts(), browsers())
    user.world.sweep()
    user.world.deliver_due()
    assert _revocations(user) == 0
    user.world.advance(timedelta(minutes=15, seconds=1))
    user.world.sweep()
    user.world.sweep()
    user.world.deliver_due()
    assert _revocations(user) == 1
