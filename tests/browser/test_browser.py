"""What the other tests here rely on: whatever goes wrong in a browser fails the test."""

import pytest
from playwright.sync_api import Page

from tests.browser.checks import check, check_width, look
from tests.browser.site import Site


def test_errors_and_foreign_requests_are_noticed(site: Site, page: Page) -> None:
    watch = site.watch(page)
    page.goto("/posts")
    watch.check()
    page.evaluate("console.error('a message')")
    watch.forgive("a message")
    page.evaluate("setTimeout(() => { throw new Error('a defect'); })")
    with pytest.raises(AssertionError, match="nothing like"):
        watch.forgive("another defect")
    page.wait_for_function("true")
    watch.forgive("a defect")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    watch.forgive("Content Security Policy")
    with page.expect_console_message(lambda message: "ERR_" in message.text):
        page.evaluate("new Image().src = 'https://127.0.0.1:9/'")
    watch.forgive("request to another place|ERR_")
    page.goto("/missing")
    watch.forgive("404")


def test_faults_of_a_page_are_noticed(page: Page) -> None:
    page.goto("/posts")
    page.evaluate("document.getElementById('main').append(document.createElement('input'))")
    with pytest.raises(AssertionError, match="label"):
        check(page)
    look(page, 390)
    page.evaluate("""() => {
      const wide = document.createElement("canvas");
      wide.width = 600;
      document.getElementById("main").append(wide);
    }""")
    with pytest.raises(AssertionError, match="too wide"):
        check_width(page)
