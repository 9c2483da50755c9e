"""The numbers of posts in a browser: of one post, and of all over time."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.metrics import Metric, Numbers
from shared.platforms import registry
from tests.functions.api_client import ApiClient, post
from tests.functions.counting import Counters, run_of
from tests.functions.metric_days import write_days
from tests.functions.posts_in_pages import HOSTILE, draft, send
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]

DAY = timedelta(days=1)


@pytest.fixture
def api(api: ApiClient) -> ApiClient:
    """In a world of its own: the collector reads for everybody in it."""
    return api


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> Counters:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda name: counters if name == "threads" else None)
    return counters


def _live(api: ApiClient, *platforms: str) -> str:
    post_id = api.accept(post(platform=list(platforms)))
    api.world.deliver_due()
    return post_id


def _collect(api: ApiClient) -> None:
    # An hour more than lies between two readings.
    api.world.advance(timedelta(hours=7))
    api.world.sweep()
    api.world.deliver_due()


def _grow(api: ApiClient, numbers: Mapping[int, Mapping[str, int]], name: str = "threads") -> None:
    """Write by how much the numbers of an account grew, by how many days ago."""
    write_days(api.world.parts.db, api.user_id, name, f"{name}_main", numbers)


@pytest.mark.full
def test_a_post_shows_its_numbers_and_says_what_is_not_offered(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    post_id = _live(api, "threads", "x")
    page = browser.page(f"/posts/{post_id}")
    assert "No numbers yet." in page
    assert "X gives no numbers of posts." in page
    _collect(api)
    page = browser.page(f"/posts/{post_id}")
    for number in ("<dt>Likes</dt><dd>5</dd>", "<dt>Reach</dt><dd>9</dd>", "not yet"):
        assert number in page
    assert "Not offered: impressions, comments, saves" in page
    assert '<svg class="chart-picture"' not in page, "one reading has not grown"
    counters.numbers = {each: {Metric.LIKES: 12345} for each in counters.calls[0]}
    _collect(api)
    page = browser.page(f"/posts/{post_id}")
    assert "Likes over time" in page
    assert "12,345" in page


def test_numbers_are_read_again_with_a_button(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    path = f"/posts/{_live(api, 'threads')}"
    answer = send(browser, f"{path}/metrics/refresh")
    assert answer.headers["Location"].endswith(f"{path}?notice=reading")
    assert 'hx-trigger="load delay:2s"' in browser.page(path), "the page shows them by itself"
    api.world.deliver_due()
    page = browser.page(path)
    assert "hx-trigger" not in page
    assert "Possible again in 15 min" in page
    refused = send(browser, f"{path}/metrics/refresh")
    assert refused.status_code == 422
    assert "were read recently" in refused.text
    assert len(counters.calls) == 1


def test_a_post_that_is_not_live_has_no_numbers(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    post_id = draft(api)
    assert 'id="numbers"' not in browser.page(f"/posts/{post_id}")
    assert send(browser, f"/posts/{post_id}/metrics/refresh").status_code == 422


def test_growth_is_shown_for_the_chosen_days_and_accounts(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    _grow(api, {0: {"likes": 5}, 3: {"likes": 1200}, 40: {"likes": 7}})
    page = browser.page("/analytics")
    assert "<strong>1,205</strong>" in page
    assert page.count('class="chart-day') == 4, "from the first day with numbers to today"
    assert "is not over yet" in page
    assert "Not offered" in page
    assert "1,212" in browser.page("/analytics?days=90")
    today, past = (clock.now().date() - n * DAY for n in (0, 40))
    own = browser.page(f"/analytics?from={past}&to={past + DAY}")
    assert "<strong>7</strong>" in own
    assert "not over yet" not in own
    assert "No numbers for this choice" in browser.page("/analytics?platform=x")
    assert "No numbers for this choice" in browser.page("/analytics?platform=threads&account=other")
    for wrong in (f"from={today}&to={past}", "from=2020-01-01", "from=x", f"from={today + DAY}"):
        assert "Choose at most 366 days" in browser.page(f"/analytics?{wrong}")


def test_the_best_posts_of_the_days_are_listed_by_the_chosen_number(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    posts = [api.accept(post(text=text, platform=["threads"])) for text in ("A", "B", "C")]
    api.world.deliver_due()
    ids = [run_of(api.world, each)["platformPostId"] for each in posts]
    counted: list[Numbers] = [
        {Metric.LIKES: 7, Metric.SHARES: 1},
        {Metric.LIKES: 70, Metric.SHARES: 0},
        {Metric.LIKES: None},
    ]
    counters.numbers = dict(zip(ids, counted, strict=True))
    _collect(api)

    def listed(query: str) -> list[str]:
        return re.findall(r'<li><a href="[^"]*/posts/([0-9a-f-]{36})"', browser.page(query))

    assert listed("/analytics?metric=likes") == [posts[1], posts[0]]
    assert listed("/analytics?metric=shares") == [posts[0]]
    assert listed("/analytics?metric=likes&platform=x") == []
    assert listed("/analytics?metric=likes&from=2026-01-01&to=2026-01-02") == []


def test_the_file_has_the_numbers_of_the_page(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    _grow(api, {0: {"likes": 5}, 3: {"likes": 1200}})
    page = browser.page("/analytics?days=7&platform=threads")
    sums = []
    for address in re.findall(r'href="([^"]+/analytics\.csv[^"]+)"', page):
        answer = browser.get(address.replace("&amp;", "&"))
        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        sums.append((len(rows), sum(int(row["likes"]) for row in rows)))
    assert sums == [(7, 1205), (1, 1205)]


def test_a_year_of_thirty_accounts_is_one_page_of_a_bounded_size(
    api: ApiClient, browser: SignedInBrowser, counters: Counters
) -> None:
    for number in range(30):
        ago = {each: {"likes": 1_000_000 + each} for each in (0, 180 + number, 365)}
        name = f"threads_{number}{HOSTILE}"
        write_days(api.world.parts.db, api.user_id, "threads", name, ago)
    first = clock.now().date() - 365 * DAY
    answer = browser.client.get(
        f"/analytics?from={first}",
        base_url="https://soku.test",
        headers={"Accept-Encoding": "gzip"},
    )
    assert answer.status_code == 200
    assert len(answer.data) < 30_000, "compressed"
    page = browser.page(f"/analytics?from={first}")
    assert page.count('class="chart-day') == 366
    assert "<script>alert" not in page
    assert "style=" not in page
