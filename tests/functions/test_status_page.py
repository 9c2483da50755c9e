"""The status page, and the pages that say what went wrong."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import shared.wiring
from functions.dashboard import status
from functions.dashboard.signing_in import links
from shared import clock
from shared.domain.platform_health import minute_of
from shared.gcp.firestore import StoreUnavailable
from shared.gcp.health import note_sweep
from shared.platforms import registry
from tests.functions.dashboard_client import ORIGIN, PEOPLE, Browser, Dashboard, serving
from tests.world import World

SUPPORT = "https://help.test/soku"


@pytest.fixture
def dashboard(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(links, "LEAST_SECONDS", 0.0)
    status.board.cache_clear()
    with serving(world) as dashboard:
        yield dashboard
    status.board.cache_clear()


def _shown(dashboard: Dashboard) -> str:
    """The text of the page, for a visitor who is not signed in."""
    answer = dashboard.browser().get("/status")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", answer.text).split())


def _count(world: World, platform: str, minutes_ago: int, shard: int = 0, **counts: int) -> None:
    minute = minute_of(clock.now()) - minutes_ago
    fields = {"platform": platform, "minute": minute, **counts}
    world.parts.db.document(f"platformHealth/{platform}-{minute}-{shard}").set(fields)


def test_everybody_sees_that_everything_is_working(dashboard: Dashboard) -> None:
    note_sweep(dashboard.world.parts.db)
    _count(dashboard.world, "x", 3, succeeded=9)
    answer = dashboard.browser().get("/status")
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.text.startswith("<!doctype html>")
    text = _shown(dashboard)
    assert "Everything is working" in text
    assert "Database Working" in text
    assert "Scheduled posts Last checked just now Working" in text
    assert re.search("X Working", text)
    for name in registry.names():
        assert registry.display_name(name) in text


def test_a_signed_in_user_gets_the_same_page(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    browser.sign_in_by_google(PEOPLE["ann"])
    answer = browser.get("/status")
    assert answer.text == dashboard.browser().get("/status").text
    assert "Set-Cookie" not in answer.headers
    assert "ann" not in answer.text


def test_a_failing_platform_is_named_with_its_share_and_since_when(dashboard: Dashboard) -> None:
    world = dashboard.world
    note_sweep(world.parts.db)
    _count(world, "x", 25, failed=2)
    _count(world, "x", 25, shard=7, failed=1)
    _count(world, "x", 26, succeeded=1)
    _count(world, "threads", 9, succeeded=17, failed=3)
    text = _shown(dashboard)
    assert "Soku is working, but posts to X fail, and some to Threads" in text
    assert "75% of posts failed. Began 25 min ago Failing" in text
    assert "15% of posts failed. Began 9 min ago Some posts fail" in text
    assert text.index("Failing") < text.index("Some posts fail") < text.index("No posts lately")
    # How much is published is nobody's business.
    assert not re.search(r"\b(17|20)\b posts", text)


def test_a_late_sweeper_is_named(dashboard: Dashboard) -> None:
    note_sweep(dashboard.world.parts.db)
    dashboard.world.advance(timedelta(minutes=5))
    text = _shown(dashboard)
    assert "Scheduled posts may go out late" in text
    assert "They may go out late. Last checked 5 min ago Late" in text


def test_a_database_that_does_not_respond_is_named(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(status.health, "latest_sweep", fail)
    text = _shown(dashboard)
    assert "Soku is not working at the moment" in text
    assert "Database Posts that were accepted are safe, and wait. Not responding" in text
    assert "Unknown while the database does not respond." in text


def test_the_database_is_asked_every_30_seconds_for_what_is_new(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    plain = status.health.counts_since

    def counted(db: Any, minute: int) -> Any:
        asked.append(minute_of(clock.now()) - minute)
        return plain(db, minute)

    monkeypatch.setattr(status.health, "counts_since", counted)
    world = dashboard.world
    note_sweep(world.parts.db)
    _count(world, "x", 30, failed=3)
    assert "Failing" in _shown(dashboard)
    _count(world, "threads", 0, failed=3)
    world.advance(timedelta(seconds=29))
    assert "posts to X fail" in _shown(dashboard)
    world.advance(timedelta(seconds=1))
    assert "posts to Threads and X fail" in _shown(dashboard)
    assert len(asked) == 2
    assert asked[0] == 60
    assert asked[1] <= 3
    # What is older than an hour leaves.
    world.advance(timedelta(minutes=31))
    note_sweep(world.parts.db)
    assert "posts to Threads fail" in _shown(dashboard)
    world.advance(timedelta(minutes=31))
    note_sweep(world.parts.db)
    assert "Everything is working" in _shown(dashboard)


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_error_pages_have_the_look_and_the_ways_on(
    dashboard: Dashboard, is_signed_in: bool
) -> None:
    dashboard.configure(support_url=SUPPORT)
    browser = dashboard.browser()
    if is_signed_in:
        browser.sign_in_by_google(PEOPLE["ann"])
    foreign = browser.post("/sign-in/email", {}, origin="https://evil.test")
    for page, code in ((browser.get("/nothing"), 404), (foreign, 403)):
        assert page.status_code == code
        assert f'href="{SUPPORT}"' in page.text
        assert f'href="{ORIGIN}/status"' in page.text
        assert f'href="{ORIGIN}/posts"' in page.text
        assert "app.css" in page.text
        assert "<script" not in page.text
        assert ("/sign-out" in page.text) is is_signed_in
        assert "Request ID" not in page.text
        assert page.text.count("<h1>") == 1


def _broken(browser: Browser, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(status, "show_status", fail)
    return browser.get("/status")


@pytest.mark.parametrize(
    ("error", "code"), [(RuntimeError("a secret text"), 500), (StoreUnavailable("secret"), 503)]
)
def test_a_fault_of_ours_names_the_request(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    dashboard.configure(support_url="mailto:help@example.com")
    page = _broken(dashboard.browser(), monkeypatch, error)
    assert page.status_code == code
    assert f"<code>{page.headers['X-Request-ID']}</code>" in page.text
    assert 'href="mailto:help@example.com"' in page.text
    assert "secret" not in page.text


def test_without_a_support_address_nothing_stands_for_it(dashboard: Dashboard) -> None:
    browser = dashboard.browser()
    for path in ("/nothing", "/status"):
        dashboard.configure(support_url="")
        assert "Get help" not in browser.get(path).text
        dashboard.configure(support_url=SUPPORT)
        assert "Get help" in browser.get(path).text
