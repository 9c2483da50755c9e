"""Connecting accounts from the settings, as far as a platform's own page, or back from it."""

from typing import Any

from functions.connect.app import create_app as create_connect
from tests.functions.connect_client import ConnectBrowser
from tests.functions.signed_in_browser import SignedInBrowser

ACCOUNTS = "/settings/integrations"
CONNECT = f"{ACCOUNTS}/connect"


def authorize(browser: SignedInBrowser, address: str, **choices: Any) -> str:
    """Go the way through `connect` and the platform; returns the address in the end."""
    connect = ConnectBrowser(create_connect(), browser.api.world)
    connect.client.set_cookie("__session", browser.cookie, domain="soku.test", secure=True)
    started = connect.get(address)
    assert started.status_code == 303, started.text
    back = connect.come_back(connect.authorize(started.headers["Location"], **choices))
    assert back.status_code == 303, back.text
    return back.headers["Location"]


def leave_half_way(browser: SignedInBrowser, times: int = 1) -> list[str]:
    """Ada authorizes Soku for her Pages, and chooses none; returns the ids of the connections."""
    twin, ids = browser.api.world.platforms["facebook"], []
    for name in ("Bakery", "Cafe", "Deli"):
        twin.add_account(f"ada_{name}", name, f"{name}-token", person="ada")
    for _ in range(times):
        begun = browser.submit(ACCOUNTS, CONNECT, platform="facebook", kind="page")
        choice = authorize(browser, begun.headers["Location"], person="ada")
        assert "/connect/choose/" in choice
        ids.append(choice.rpartition("/")[2])
    return ids
