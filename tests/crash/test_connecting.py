"""A death, or a lost acknowledgement, at each call of the callback that connects an account."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import shared.wiring
from functions.api.app import create_app as create_api
from functions.connect.app import create_app
from tests.crash.faults import DEATHS, Calls, Killed, deaths_at, lose_acknowledgement, watch
from tests.functions.api_client import ApiClient
from tests.functions.connect_client import ConnectBrowser
from tests.functions.connecting import (
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
    grants_of,
)
from tests.world import World


@pytest.fixture
def user(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A user without an account, in a world that the test may break."""
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    user = ApiClient.of_new_user(create_api(), world).another_user_without_accounts()
    world.add_user(user.user_id, limits={"overall": 10**6})
    yield user


def _start(user: ApiClient, name: str) -> tuple[dict[str, Any], ConnectBrowser, str]:
    a_person(user, "x", name)
    begun, browser = begin(user), ConnectBrowser(create_app(), user.world)
    return begun, browser, browser.authorize(browser.start(begun["url"]), person=name)


def _calls_of_callback(user: ApiClient, calls: Calls) -> list[str]:
    _, browser, back = _start(user, "first")
    calls.count()
    assert browser.come_back(back).status_code == 303
    made = list(calls.made)
    calls.count()
    return made


def _assert_whole(user: ApiClient, name: str) -> None:
    """Never an account without tokens, never tokens of nobody, never half of a choice."""
    account_id = f"x_{name}"
    is_connected = account_id in accounts_of(user, "x")
    holders = {one for grant in grants_of(user, "x") for one in grant["accountIds"]}
    assert (account_id in holders) is is_connected
    assert holders == set(accounts_of(user, "x"))
    reservations = user.world.parts.db.collection(
        f"users/{user.user_id}/integrations/x/externalIds"
    ).stream()
    assert {one.get("accountId") for one in reservations} == set(accounts_of(user, "x"))


@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call_of_the_callback(user: ApiClient, die: Callable[..., Any]) -> None:
    calls = watch(user.world)
    made = _calls_of_callback(user, calls)
    assert "commit" in made
    for number in deaths_at(made):
        name = f"ana{number}"
        begun, browser, back = _start(user, name)
        calls.strike(number, die)
        with pytest.raises(Killed):
            browser.come_back(back)
        calls.count()
        _assert_whole(user, name)
        # Reloading the page is safe, and the user can always start again.
        browser.come_back(back)
        _assert_whole(user, name)
        if connection(user, begun)["status"] != "connected":
            assert connect(user, ConnectBrowser(create_app(), user.world), name) == f"x_{name}"
        _assert_whole(user, name)


def test_the_acknowledgement_of_any_commit_lost(user: ApiClient) -> None:
    calls = watch(user.world)
    made = _calls_of_callback(user, calls)
    commits = [number for number, name in enumerate(made) if name == "commit"]
    assert commits
    for number in commits:
        name = f"bob{number}"
        begun, browser, back = _start(user, name)
        calls.strike(number, lose_acknowledgement)
        assert browser.come_back(back).status_code == 303
        calls.count()
        assert connection(user, begun)["status"] == "connected"
        _assert_whole(user, name)
