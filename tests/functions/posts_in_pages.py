"""Posts in each state, and what a browser sees and sends of them."""

import re
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from local.platforms.faults import Fault
from shared import clock
from tests.functions.api_client import ApiClient, post
from tests.functions.signed_in_browser import SignedInBrowser

REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}
HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }} <b>'
NEXT_WEEK = timedelta(days=7)


def draft(api: ApiClient, text: str = "A draft", **more: Any) -> str:
    return api.accept(post(text=text, **more) | {"draft": True})


def scheduled(api: ApiClient, text: str = "Next week", **more: Any) -> str:
    at = (clock.now() + NEXT_WEEK).isoformat()
    return api.accept(post(text=text, **more) | {"scheduledTime": at})


def failed_on_x(api: ApiClient) -> str:
    """A post that is live on Threads and was refused by X."""
    disturb(api, "status", status=403, body=REFUSED)
    post_id = api.accept(post(platform=["x", "threads"]))
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "partially_failed"
    return post_id


def shown(browser: SignedInBrowser, address: str = "/posts") -> list[str]:
    """The ids of the rows of a list."""
    return re.findall(r'<li class="post" id="post-([^"]+)"', browser.page(address))


def row_of(page: str, post_id: str) -> str:
    found = re.search(
        rf'<li class="post" id="post-{post_id}".*?(?=<li class="post"|</main>)', page, re.S
    )
    assert found, page
    return found[0]


def csrf(browser: SignedInBrowser) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.page("/posts"))
    assert found
    return found[1]


def send(browser: SignedInBrowser, path: str, **fields: Any) -> TestResponse:
    return browser.post(path, {"csrf": csrf(browser), **fields})


def disturb(api: ApiClient, mode: str, **more: Any) -> None:
    """Let X answer the next post otherwise."""
    api.world.platforms["x"].faults.add(Fault("POST", "/2/tweets", mode, 1, 0, more))


def unconfirmed_on_x(api: ApiClient) -> str:
    """A post that is live on X, with its answer lost and not looked up yet."""
    disturb(api, "accept_then_reset")
    post_id = api.accept(post())
    api.world.deliver_due()
    assert api.read(post_id).json["status"] == "unconfirmed"
    return post_id
