"""A webhook, as a person adds it, tries it and looks at what was sent."""

import pytest
from playwright.sync_api import Page, expect

from shared import clock
from shared.domain.webhooks import EventType
from shared.gcp.webhooks import webhook_path, webhooks_of
from shared.webhooks import changes, signing
from tests.browser.checks import SCHEMES, check, look
from tests.browser.site import Site
from tests.browser.some_posts import HOSTILE
from tests.webhooks.receiver import Receiver, receiver
from tests.world import USER

__all__ = ["receiver"]


def _check(page: Page) -> None:
    """Wide and light, then narrow and dark."""
    for width, scheme in zip((800, 390), SCHEMES, strict=True):
        look(page, width)
        page.emulate_media(color_scheme=scheme)
        check(page)
    look(page, 1280)


def test_a_webhook_is_added_tried_and_looked_at(site: Site, page: Page, receiver: Receiver) -> None:
    parts = site.world.parts
    receiver.response = HOSTILE.encode()
    page.goto("/settings/integrations")
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_label("comment.received").uncheck()
    page.get_by_role("button", name="Create webhook").click()
    [webhook] = webhooks_of(parts.db, USER)
    assert webhook.events == tuple(EventType)[:-1]
    receiver.secret = signing.secret_of(webhook, parts.settings)
    expect(page.get_by_role("textbox", name="The signing secret")).to_have_value(receiver.secret)
    page.reload()
    expect(page.get_by_text("Active")).to_be_visible()
    expect(page.get_by_role("textbox", name="The signing secret")).to_have_count(0)
    page.get_by_role("link", name="Manage").click()
    page.get_by_role("button", name="Send test event").click()
    expect(page.get_by_text("Sending")).to_be_visible()
    site.world.deliver_due()
    expect(page.get_by_text("Delivered")).to_be_visible()
    expect(page.get_by_label("Your server's response")).to_contain_text(HOSTILE.strip())
    check(page)
    receiver.status = 500
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("link", name="127.0.0.1").click()
    expect(page.get_by_text("Sending", exact=True)).to_be_visible()
    site.world.deliver_due()
    expect(page.get_by_text("Retrying")).to_be_visible()
    expect(page.get_by_text("Failing")).to_be_visible()
    page.get_by_text("Change address and events").click()
    _check(page)


@pytest.mark.full
def test_webhooks_in_each_state_fit_into_the_page(site: Site, page: Page) -> None:
    parts, wanted = site.world.parts, list(EventType)
    for state, url in (
        ({}, f"https://example.com/{'long-path/' * 180}"),
        ({"failures": 2, "failingSince": clock.now()}, "https://example.com/down"),
        ({"offReason": "gone", "offAt": clock.now()}, "https://example.com/gone"),
        ({"offReason": "user", "offAt": clock.now()}, "https://example.com/off"),
    ):
        webhook = changes.create(USER, url, wanted, HOSTILE, parts)
        parts.db.document(webhook_path(USER, webhook.webhook_id)).set(state, merge=True)
    page.goto("/settings/webhooks")
    page.get_by_text("New webhook").click()
    _check(page)
