"""The numbers of posts, as a person sees them."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from shared import clock
from shared.platforms import registry
from tests.browser.checks import check, check_everywhere
from tests.browser.site import Site
from tests.functions.counting import Counters
from tests.functions.metric_days import write_days
from tests.world import USER

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def counters(monkeypatch: pytest.MonkeyPatch) -> Counters:
    counters = Counters()
    monkeypatch.setattr(registry, "metrics", lambda name: counters if name == "threads" else None)
    return counters


@pytest.mark.parametrize("days", [1, 30, 366])
@pytest.mark.parametrize("accounts", [1, 30])
def test_numbers_of_any_days_and_accounts_can_be_read(site: Site, days: int, accounts: int) -> None:
    grown = {ago: {"likes": 99_999_999 // (ago + 1) - 1000} for ago in range(0, days, 7)}
    for number in range(accounts):
        name = f"threads_{number}_{'long' * number}"
        write_days(site.world.parts.db, USER, "threads", name, grown, followers=number)
    page = site.sign_in()
    today = clock.now().date()
    page.goto(f"/analytics?from={today - timedelta(days=days - 1)}&to={today}")
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("img", name="Likes by day")).to_be_visible()
    check_everywhere(page)


def test_days_accounts_and_the_number_are_chosen_without_scripts(site: Site) -> None:
    db, x = site.world.parts.db, f"x_{USER}"
    write_days(db, USER, "threads", f"threads_{USER}", {1: {"likes": 5, "shares": 3}})
    write_days(db, USER, "x", x, {1: {"likes": 1}, 50: {"likes": 1230}})
    page = site.sign_in(has_scripts=False)
    page.goto("/analytics")
    page.get_by_role("link", name="Shares 3").click()
    expect(page.get_by_role("heading", name="Shares")).to_be_visible()
    page.get_by_role("link", name="90 days").click()
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("link", name=x).click()
    expect(page.locator(".by-account tbody")).to_have_count(1)
    page.get_by_role("link", name="Likes 1,231").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV by day").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_the_numbers_of_a_post_are_read_again_and_appear_by_themselves(site: Site) -> None:
    post_id = site.world.submit("Fresh bread", ("threads", "x"))
    site.world.live_until_quiet()
    page = site.sign_in()
    page.goto(f"/posts/{post_id}")
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_text("Soku is reading them now")).to_be_visible()
    site.world.tasks.deliver_due()
    expect(page.locator("#numbers")).to_contain_text(re.compile("Likes\\s*5"))
    expect(page.get_by_role("button", name="Read again")).to_be_disabled()
    check_everywhere(page)


def test_the_bar_of_a_phone_leads_everywhere(site: Site) -> None:
    page = site.sign_in(width=390)
    for name in ("Scheduled", "Drafts", "Analytics", "Settings"):
        page.goto("/posts")
        bar = page.get_by_role("navigation", name="Main")
        expect(bar.get_by_role("link")).to_have_count(4)
        bar.get_by_text("More").click()
        bar.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("Posts")
    page.goto("/posts")
    page.get_by_text("More").click()
    check(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
