"""The description of the API as a page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site


@pytest.mark.full
def test_the_page_shows_the_calls_and_the_events(site: Site, page: Page) -> None:
    # Swagger UI works long for each click.
    page.set_default_timeout(60_000)
    page.goto(f"{site.api_url}/docs")
    expect(page.get_by_text("/v1/posts/{post_id}/cancel")).to_be_visible()
    event = page.get_by_role("button", name="post.published A post is")
    event.click()
    expect(page.get_by_text("webhook-signature").first).to_be_visible()
