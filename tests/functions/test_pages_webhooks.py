"""Webhooks in a browser: adding and changing them, their secrets, and what was sent to them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from functions.dashboard import limits
from functions.dashboard.looks import MOST_LOOKS
from functions.dashboard.webhooks.words import EVENTS
from shared import clock
from shared.domain.webhooks import MOST_WEBHOOKS, EventType, OffReason
from shared.gcp.webhooks import Webhook, webhook_path, webhooks_of
from shared.webhooks import changes, signing
from tests.functions.api_client import ApiClient
from tests.functions.posts_in_pages import HOSTILE, csrf, send
from tests.functions.signed_in_browser import SignedInBrowser, browser
from tests.webhooks.receiver import Receiver, receiver

__all__ = ["browser", "receiver"]
PATH = "/settings/webhooks"
URL = "https://example.com/soku"
_SECRET = re.compile(r"whsec_[\w+/=-]+")
_ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def own(api: ApiClient) -> SignedInBrowser:
    """A browser in a world that the test may break, for events that are really sent."""
    return SignedInBrowser(api)


def _stored(browser: SignedInBrowser) -> list[Webhook]:
    return webhooks_of(browser.db, browser.api.user_id)


def _added(browser: SignedInBrowser, url: str = URL, description: str = "") -> Webhook:
    parts = browser.api.world.parts
    changes.create(browser.api.user_id, url, list(EventType), description, parts)
    return _stored(browser)[-1]


def _path(webhook: Webhook) -> str:
    return f"{PATH}/{webhook.webhook_id}"


def _followed(browser: SignedInBrowser, answer: TestResponse) -> str:
    """The page after a form."""
    assert answer.status_code == 303, answer.text
    return browser.page(answer.headers["Location"])


def _receive(own: SignedInBrowser, receiver: Receiver) -> Webhook:
    """A webhook at a receiver, which knows its secret."""
    webhook = _added(own, receiver.url)
    receiver.secret = signing.secret_of(webhook, own.api.world.parts.settings)
    return webhook


def _tested(own: SignedInBrowser, webhook: Webhook) -> str:
    """The address of the delivery of a test event, after it was sent."""
    answer = own.submit(_path(webhook), f"{_path(webhook)}/test")
    own.api.world.deliver_due()
    return urlsplit(answer.headers["Location"]).path


def test_every_event_is_offered_with_its_meaning(browser: SignedInBrowser) -> None:
    assert [each for events in EVENTS.values() for each in events] == list(EventType)
    page = browser.page(PATH)
    assert len(re.findall(r'name="event" value="[^"]+" checked', page)) == len(EventType)


def test_a_webhook_is_added_and_its_secret_is_shown_once(browser: SignedInBrowser) -> None:
    form = dict(browser.form(PATH, PATH).fields) | {
        "url": f" {URL} ",
        "description": "Ours",
        "event": ["post.failed", "post.failed", "run.failed"],
    }
    answer = browser.post(PATH, form)
    [webhook] = _stored(browser)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "private, no-store")
    assert (webhook.url, webhook.description) == (URL, "Ours")
    assert webhook.events == ("post.failed", "run.failed")
    secret = signing.secret_of(webhook, browser.api.world.parts.settings)
    assert _SECRET.findall(answer.text) == [secret]
    again = browser.post(PATH, form)
    assert again.headers["Location"] == f"https://soku.test{PATH}?notice=secret-shown"
    assert len(_stored(browser)) == 1, "the same form makes no other webhook"
    for path in (PATH, _path(webhook)):
        page = browser.page(path)
        assert not _SECRET.search(page)
        assert "Ours" in page
        assert "post.failed, run.failed" in page
        assert "Active" in page


def test_a_wrong_form_keeps_what_was_typed(browser: SignedInBrowser) -> None:
    webhook, token = _added(browser), csrf(browser)
    for name, wrong, fault in (
        ("url", "", "The value is not an http or https URL."),
        ("url", "http://example.com/", "The URL must start with https:// and use port 443."),
        ("url", "https://example.com:8443/", "The URL is not valid."),
        ("url", "https://127.0.0.1/", "The URL is not on the public internet."),
        ("url", f"{URL}/{'x' * 2000}", "The value can have at most 2000 characters."),
        ("url", f"javascript:{HOSTILE}", "The value is not an http or https URL."),
        ("description", "x" * 201, "The value can have at most 200 characters."),
        ("description", "\u200b\u3164", "Use visible characters"),
        ("events", [], "Choose at least one of these events."),
        ("events", ["post.liked", HOSTILE], "Choose at least one of these events."),
    ):
        form = {"csrf": token, "url": URL, "description": "Typed & kept", "event": ["run.failed"]}
        form["event" if name == "events" else name] = wrong
        for path in (PATH, _path(webhook)):
            answer = browser.post(path, form)
            assert answer.status_code == 400, (name, wrong)
            beside = answer.text.partition(f'id="{name}-fault"')[2]
            assert fault in beside[:400]
            assert "<script>" not in answer.text
            if name != "description":
                assert 'value="Typed &amp; kept"' in answer.text
            if name != "events":
                assert re.findall(r'value="([^"]+)" checked', answer.text) == ["run.failed"]
    assert _stored(browser) == [webhook]


def test_the_number_of_webhooks_is_limited_as_in_the_api(browser: SignedInBrowser) -> None:
    form = dict(browser.form(PATH, PATH).fields) | {"url": URL, "event": ["run.failed"]}
    for _ in range(MOST_WEBHOOKS):
        _added(browser)
    refused = browser.post(PATH, form)
    assert refused.status_code == 409
    assert f"You have {MOST_WEBHOOKS} webhooks, which is the limit." in refused.text
    assert f'value="{URL}"' in refused.text
    assert len(_stored(browser)) == MOST_WEBHOOKS
    assert "New webhook" not in browser.page(PATH)


def test_a_webhook_is_changed_switched_and_deleted(browser: SignedInBrowser) -> None:
    webhook = _added(browser)
    path = _path(webhook)
    fields = {"url": f"{URL}/2", "event": ["run.failed"], "description": "Ours"}
    assert "Saved." in _followed(browser, browser.submit(path, path, **fields))
    [changed] = _stored(browser)
    assert (changed.url, changed.events) == (f"{URL}/2", ("run.failed",))
    off = _followed(browser, browser.submit(path, f"{path}/switch"))
    assert "You switched it off" in off
    assert "Send test event" not in off
    assert _stored(browser)[0].off_reason is OffReason.USER
    assert send(browser, f"{path}/test").status_code == 409
    on = _followed(browser, browser.submit(PATH, f"{path}/switch"))
    assert "Switched on." in on
    assert _stored(browser)[0].is_on
    assert "Delete the webhook?" in browser.page(f"{path}/delete")
    gone = _followed(browser, browser.submit(f"{path}/delete", f"{path}/delete"))
    assert "Deleted." in gone
    assert _stored(browser) == []
    assert browser.get(path).status_code == 404


def test_a_form_for_a_new_secret_makes_only_one(browser: SignedInBrowser) -> None:
    webhook = _added(browser)
    path, settings = f"{_path(webhook)}/secret", browser.api.world.parts.settings
    form = dict(browser.form(path, path).fields)
    first = browser.post(path, form)
    [rotated] = _stored(browser)
    assert first.status_code == 200
    assert _SECRET.findall(first.text) == [signing.secret_of(rotated, settings)]
    assert rotated.secret_number == webhook.secret_number + 1
    again = _followed(browser, browser.post(path, form))
    assert "A secret is shown only once." in again
    assert not _SECRET.search(again)
    assert _stored(browser) == [rotated]
    assert "The one before it ends immediately" in browser.page(path)
    with pytest.raises(changes.ApiError, match="Another request"):
        changes.rotate_secret(webhook, browser.api.world.parts)


def test_why_and_since_when_soku_switched_a_webhook_off(browser: SignedInBrowser) -> None:
    since = clock.now() - timedelta(hours=2)
    for reason, words in (
        ({"failures": 3, "failingSince": since}, "Every request fails."),
        ({"offReason": "gone", "offAt": since}, "Your server responded with HTTP 410 (Gone)"),
        ({"offReason": "failing", "offAt": since}, "Every request had failed for 5 days"),
    ):
        webhook = _added(browser)
        browser.db.document(webhook_path(webhook.user_id, webhook.webhook_id)).update(reason)
        for path in (PATH, _path(webhook)):
            assert words in browser.page(path)
        assert "2 h ago" in browser.page(_path(webhook))
    assert browser.page(PATH).count("Switched off by Soku") == 2


def test_a_test_event_shows_how_it_went(own: SignedInBrowser, receiver: Receiver) -> None:
    webhook = _receive(own, receiver)
    receiver.response = HOSTILE.encode()
    answer = own.submit(_path(webhook), f"{_path(webhook)}/test")
    address = answer.headers["Location"]
    pending = _followed(own, answer)
    assert "Sending" in pending
    assert 'hx-trigger="load delay:2s"' in pending
    for looks in (str(MOST_LOOKS), "x", "-1", "9" * 5000, ""):
        assert "hx-trigger" not in own.page(f"{address}?looks={looks}")
    own.api.world.deliver_due()
    done = own.page(address)
    assert receiver.events == ["webhook.test"]
    assert "Delivered" in done
    assert "HTTP 200" in done
    assert "hx-trigger" not in done
    assert _ESCAPED in done
    assert "<script>" not in done
    assert "This is a test." in done


def test_deliveries_are_listed_and_sent_again(own: SignedInBrowser, receiver: Receiver) -> None:
    webhook = _receive(own, receiver)
    receiver.status = 503
    address = _tested(own, webhook)
    page = own.page(_path(webhook))
    assert "Retrying" in page
    assert "Your server responded with HTTP 503." in page
    assert re.search("HTTP 503. Next try <time", page)
    assert "Failing" in page
    assert "Send again" not in page, "Soku tries it again by itself"
    assert own.submit(_path(webhook), f"{_path(webhook)}/switch").status_code == 303
    assert "On hold" in own.page(address)
    receiver.status = 200
    own.submit(_path(webhook), f"{_path(webhook)}/switch")
    own.api.world.advance(timedelta(seconds=6))
    own.api.world.deliver_due()
    assert "Delivered" in own.page(address)
    again = own.submit(_path(webhook), f"{address}/redeliver")
    sending = _followed(own, again)
    assert "Soku is sending it again." in sending
    assert "HTTP 200" not in sending, "the response from before is not that of this try"
    own.api.world.deliver_due()
    assert len({message_id for message_id, _ in receiver.heard}) == 1
    assert "Delivered" in own.page(address)


def test_times_are_in_the_zone_of_the_user_and_deliveries_page_by_page(
    browser: SignedInBrowser,
) -> None:
    webhook, parts = _added(browser), browser.api.world.parts
    for _ in range(22):
        changes.send_test(webhook, parts)
    browser.db.document(f"users/{browser.api.user_id}").update({"timezone": "Asia/Tokyo"})
    first = browser.page(_path(webhook))
    assert first.count("Test event</a>") == 20
    assert re.search(r'title="[^"]+ JST"', first)
    [older] = re.findall(r'href="([^"]*before=[^"]*)">Older', first)
    assert browser.page(older).count("Test event</a>") == 2
    for cursor in ("x", "evt_" + "0" * 24, "%C3%A9" * 300):
        answer = browser.get(f"{_path(webhook)}?before={cursor}")
        assert answer.headers["Location"] == f"https://soku.test{_path(webhook)}", cursor


@pytest.mark.full
def test_another_users_webhook_does_not_exist(api: ApiClient, browser: SignedInBrowser) -> None:
    webhook = _added(browser)
    delivery = changes.send_test(webhook, api.world.parts)
    other = SignedInBrowser(api.another_user(), browser.app)
    mine = f"/deliveries/{delivery.delivery_id}"
    for path in (_path(webhook), f"{PATH}/x", f"{PATH}/wh_{'0' * 24}", f"{PATH}/.."):
        for page in ("", "/secret", "/delete", mine):
            assert other.get(f"{path}{page}").status_code == 404, (path, page)
        for action in ("", "/switch", "/test", "/secret", "/delete", f"{mine}/redeliver"):
            assert send(other, f"{path}{action}").status_code == 404, (path, action)
    assert webhook.webhook_id not in other.page(PATH)
    assert _stored(browser) == [webhook]
    for wrong in ("x", "evt_" + "0" * 24):
        path = f"{_path(webhook)}/deliveries/{wrong}"
        assert browser.get(path).status_code == 404
        assert send(browser, f"{path}/redeliver").status_code == 404


def test_names_and_addresses_are_shown_as_text(browser: SignedInBrowser) -> None:
    webhook = _added(browser, f"{URL}?q=<script>alert(1)</script>", HOSTILE)
    for page in ("", "/secret", "/delete"):
        shown = browser.page(f"{_path(webhook)}{page}")
        assert "<script>" not in shown
        assert _ESCAPED in shown
    listed = browser.page(PATH)
    assert "<script>" not in listed
    assert listed.count(_ESCAPED) >= 2


def test_changes_are_limited(browser: SignedInBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHANGES_PER_MINUTE", 2)
    path, token = _path(_added(browser)), csrf(browser)
    answers = [browser.post(f"{path}/test", {"csrf": token}).status_code for _ in range(3)]
    assert answers == [303, 303, 429]
