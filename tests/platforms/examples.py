"""A post, and the platforms spoken to over HTTP or through recorded answers."""

from datetime import timedelta
from typing import Any

import responses

from shared import clock
from shared.domain.accounts import Account
from shared.domain.run import Content
from shared.platforms.base import Post
from shared.platforms.http import Answer, Http, Limits, send

TOKEN = "canary-token"


def a_post(platform: str, text: str = "Hello", token: str = TOKEN, **options: Any) -> Post:
    account = Account("ann", platform, f"{platform}_ann", "7700", "ann")
    return Post(Content(text, options), account, token)


def http_to(url: str) -> Http:
    now = clock.now()
    limits = Limits(lease_until=now + timedelta(seconds=90), intent_at=now)
    return Http(url, send, limits)


def an_answer(status: int, body: str | dict[str, Any], **headers: str) -> Answer:
    """An `Answer` as it comes out of a real exchange."""
    url = "http://platform.test/a"
    kind = {"json": body} if isinstance(body, dict) else {"body": body}
    with responses.RequestsMock() as recorded:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        recorded.add("GET", url, status=status, headers=named, **kind)
        return http_to("http://platform.test").read("/a")
