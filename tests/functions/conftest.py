"""The API and the pages, each with a world."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import shared.wiring
from functions.api import caller
from functions.dashboard.composer import views
from functions.dashboard.signing_in import links
from local.seed_secrets import write_signing_key
from shared.web.strangers import strangers
from tests.functions.api_client import ApiClient
from tests.functions.apps import api_app, connect_app
from tests.functions.connect_client import ConnectBrowser
from tests.functions.connecting import Browsers
from tests.functions.dashboard_client import PEOPLE, Browser, Dashboard, serving
from tests.world import World

UNLIMITED = {"overall": 10**6, "posts": 10**6, "media": 10**6, "templates": 10**6}


@pytest.fixture
def api(empty_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A client with a new user, of an instance that knows no caller yet."""
    # Called by each request, because a test may give the world other parts.
    monkeypatch.setattr(shared.wiring, "parts", lambda: empty_world.parts)
    _forget_callers()
    yield ApiClient.of_new_user(api_app(), empty_world)
    _forget_callers()


@pytest.fixture
def unlimited(api: ApiClient) -> ApiClient:
    """`api` for tests of many requests."""
    api.world.add_user(api.user_id, limits=UNLIMITED)
    return api


@pytest.fixture
def signing_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of our own that signs the URLs of direct uploads."""
    key = tmp_path / "key.json"
    write_signing_key(key, "demo-tests")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))


@pytest.fixture
def user(api: ApiClient) -> ApiClient:
    """A user without an account, in a world that the test may break."""
    return api.another_user_without_accounts()


@pytest.fixture
def browsers(api: ApiClient) -> Browsers:
    """Makes browsers of people who have never been here, for the pages that connect accounts."""
    return lambda: ConnectBrowser(connect_app(), api.world)


@pytest.fixture
def dashboard(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.0)
    views.limiter.cache_clear()
    with serving(world) as dashboard:
        yield dashboard


@pytest.fixture
def browser(dashboard: Dashboard) -> Browser:
    """A browser of the dashboard in which nobody is signed in."""
    return dashboard.browser()


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """The browser of a signed-in user."""
    assert browser.sign_in_by_google(PEOPLE["ann"]).status_code == 303
    return browser


def _forget_callers() -> None:
    caller._owner_of.cache_clear()
    strangers.cache_clear()
