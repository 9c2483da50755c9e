"""One browser for all tests here; each test has a world of its own, and the pages over HTTP."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import shared.wiring
from functions.dashboard.signing_in import links
from local.platforms.simulation import SimulatedPlatform
from local.seed_secrets import write_signing_key
from local.storage_emulator import StorageEmulator
from tests.browser.site import Site, site_of
from tests.conftest import CHROMIUM_NAMES
from tests.media import Shelf
from tests.world import World


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed chromium."""
    installed = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert installed, "these tests need chromium: apt-get install chromium"
    # Nothing here needs the internet.
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"]
    # Chromium's sandbox does not work for root.
    options += ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=options)
        yield browser
        browser.close()


@pytest.fixture
def site(
    world: World,
    chromium: Browser,
    storage: StorageEmulator,
    shelf: Shelf,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """The pages of a user with an account on every platform."""
    # A key of our own signs the URLs of direct uploads.
    key = tmp_path / "key.json"
    write_signing_key(key, "demo-tests")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.0)
    # As the owner of the TikTok app does once, in TikTok's developer portal.
    tiktok = platform_servers["tiktok"][0].state
    monkeypatch.setattr(tiktok, "verified", [*tiktok.verified, storage.url])
    with site_of(world, chromium, storage, shelf) as site:
        yield site


@pytest.fixture
def page(site: Site) -> Page:
    """A page of a browser in which the user is signed in: 1,280 px wide, light."""
    return site.sign_in()
