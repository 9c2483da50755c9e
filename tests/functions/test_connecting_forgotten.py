"""A choice among several accounts that its user drops."""

import pytest

from shared.gcp.accounts import account_path
from tests.functions.api_client import ApiClient
from tests.functions.half_way import ACCOUNTS, leave_half_way
from tests.functions.signed_in_browser import SignedInBrowser


def _ended(api: ApiClient) -> int:
    """How often Facebook is asked to end an authorization."""
    api.world.sweep()
    api.world.deliver_due()
    requests = api.world.platforms["facebook"].requests.all()
    return sum(one.method == "DELETE" and one.path.endswith("/permissions") for one in requests)


@pytest.mark.full
def test_a_choice_that_was_left_half_way_can_be_forgotten(api: ApiClient) -> None:
    browser = SignedInBrowser(api)
    ids = leave_half_way(browser, times=2)
    choose, forget = (f"{ACCOUNTS}/{name}" for name in ("choose", "forget"))
    form = dict(browser.form(ACCOUNTS, choose).fields)
    assert forget in browser.page(ACCOUNTS)
    done = browser.post(forget, form)
    page = browser.page(done.headers["Location"])
    assert "Forgotten." in page
    assert "Finish connecting" not in page, "nor the earlier one with the same authorization"
    for connection_id in ids:
        ended = api.call("GET", f"/v1/connections/{connection_id}").json
        assert (ended["status"], ended["error"]["code"]) == ("failed", "declined")
        stored = browser.db.document(f"connections/{connection_id}").get().to_dict()
        assert (stored["grant"], stored["accounts"], stored["offeredBy"]) == (None, [], None)
    assert _ended(api) == len(ids), "each attempt had tokens of its own"
    for action in (choose, forget):
        assert browser.post(action, form | {"account": "fb_cafe"}).status_code == 409


def test_a_forgotten_choice_leaves_connected_accounts_as_they_are(api: ApiClient) -> None:
    browser = SignedInBrowser(api)
    leave_half_way(browser)
    browser.submit(ACCOUNTS, f"{ACCOUNTS}/choose", account=["fb_bakery"])
    leave_half_way(browser)
    assert "gives up" not in browser.page(ACCOUNTS), "an account uses the authorization"
    form = dict(browser.form(ACCOUNTS, f"{ACCOUNTS}/choose").fields)
    assert browser.post(f"{ACCOUNTS}/forget", form).status_code == 303
    account = browser.db.document(account_path(api.user_id, "facebook", "fb_bakery")).get()
    assert account.get("status") == "connected"
    assert _ended(api) == 0
