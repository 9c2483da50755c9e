"""What the tests of connecting accounts share."""

from collections.abc import Callable
from typing import Any

from local.platforms.accounts import Account as Person
from shared.domain.accounts import Account
from shared.gcp.accounts import account_from, account_path
from tests.functions.api_client import ApiClient
from tests.functions.connect_client import ConnectBrowser

ACCOUNTS = "/v1/accounts"
Browsers = Callable[[], ConnectBrowser]


def begin(api: ApiClient, platform: str = "x", **more: Any) -> dict[str, Any]:
    """Start a connection by the API: {connectionId, url, expiresAt}."""
    answer = api.call("POST", f"{ACCOUNTS}/connect", json={"platform": platform, **more})
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json
    return begun


def connection(api: ApiClient, begun: dict[str, Any]) -> dict[str, Any]:
    """The connection as the API shows it."""
    answer = api.call("GET", f"/v1/connections/{begun['connectionId']}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json
    return shown


def a_person(api: ApiClient, platform: str, name: str, **more: Any) -> Person:
    """A person with one account on a platform."""
    twin = api.world.platforms[platform]
    return twin.add_account(name, name, f"{platform}-{name}-token", **more)


def started(api: ApiClient, browsers: Browsers) -> tuple[dict[str, Any], ConnectBrowser, str]:
    """A connection, its browser, and the address with which the platform sends it back."""
    a_person(api, "x", "ana")
    begun, ana = begin(api), browsers()
    return begun, ana, ana.authorize(ana.start(begun["url"]), person="ana")


def connect(api: ApiClient, browser: ConnectBrowser, person: str, platform: str = "x") -> str:
    """Connect a person's account; returns its id."""
    begun = begin(api, platform)
    end = browser.come_back(browser.authorize(browser.start(begun["url"]), person=person))
    assert end.status_code == 303, end.text
    shown = connection(api, begun)
    assert shown["status"] == "connected", shown
    account_id: str = shown["accountIds"][0]
    return account_id


def accounts_of(api: ApiClient, platform: str) -> dict[str, dict[str, Any]]:
    """The user's accounts on a platform, as the API lists them, by id."""
    answer = api.call("GET", ACCOUNTS)
    assert answer.status_code == 200, answer.text
    listed = answer.json["data"]
    return {a["accountId"]: a for a in listed if a["platform"] == platform}


def grants_of(api: ApiClient, platform: str) -> list[dict[str, Any]]:
    """The documents of the user's grants on a platform."""
    path = f"users/{api.user_id}/integrations/{platform}/grants"
    return [snapshot.to_dict() for snapshot in api.world.parts.db.collection(path).stream()]


def stored_account(api: ApiClient, account_id: str) -> Account:
    """An account on X, as it is stored."""
    path = account_path(api.user_id, "x", account_id)
    return account_from(api.world.parts.db.document(path).get(), api.user_id)
