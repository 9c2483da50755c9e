"""Connecting accounts: from the API's link over the platform's page to a connected account."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.connect.app import create_app
from tests.functions.api_client import ApiClient
from tests.functions.connect_client import (
    ConnectBrowser,
)

ACCOUNTS = "/v1/accounts"


@pytest.fixture
def browser(own_api: ApiClient) -> Callable[[], ConnectBrowser]:
    """Makes browsers of people who have never been here."""
    app = create_app()
    return lambda: ConnectBrowser(app, own_api.world)


def _begin(api: ApiClient, platform: str, **more: Any) -> dict[str, Any]:
    answer = api.call("POST", f"{ACCOUNTS}/connect", json={"platform": platform, **more})
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json
    return begun


def _connection(api: ApiClient, begun: dict[str, Any]) -> dict[str, Any]:
    answer = api.call("GET", f"/v1/connections/{begun['connectionId']}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json
    return shown


def test_an_account_is_connected_and_publishes(
    own_api: ApiClient, browser: Callable[[], ConnectBrowser]
) -> None:
    own_api.world.platforms["x"].add_account("ana", "ana_bakes", "seed-token")
    begun = _begin(own_api, "x")
    assert _connection(own_api, begun)["status"] == "pending"
    ana = browser()
    back = ana.authorize(ana.start(begun["url"]), person="ana")
    end = ana.come_back(back)
    assert end.status_code == 303, end.text
    assert "ready" in ana.get(end.headers["Location"]).text
    connection = _connection(own_api, begun)
    assert connection["status"] == "connected", connection
    assert connection["accountIds"] == ["x_ana_bakes"]
