"""The pages of the simulated platforms, which newcomers see first."""

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_everywhere
from tests.browser.site import Site


@pytest.mark.full
def test_a_published_post_is_in_the_feed_with_its_picture(site: Site) -> None:
    address = f"{site.world.parts.settings.simulated_platforms['threads']}/_sim/"
    page = site.visitor().new_page()
    site.watch(page).visits(address)
    page.goto(address)
    expect(page.get_by_text("Nothing has been published yet.")).to_be_visible()
    check_everywhere(page)
    site.world.submit("Fresh bread", ("threads",), [site.picture()])
    site.world.submit("Read this", "threads")
    site.world.live_until_quiet()
    page.goto(address)
    expect(page.get_by_text("Fresh bread")).to_be_visible()
    is_loaded = "() => [...document.images].every((image) => image.naturalWidth > 0)"
    page.wait_for_function(is_loaded)
    check_everywhere(page)
