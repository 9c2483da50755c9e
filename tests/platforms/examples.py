"""Posts, turns and answers for tests of platforms."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import responses

from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Post, Turn
from shared.platforms.http import Answer, ClaimLimits, Http
from shared.platforms.sending import send

TOKEN = "canary-token"
EXTERNAL_IDS = {"linkedin": "urn:li:person:7700"}


def a_post(
    platform: str,
    text: str = "Hello",
    token: str = TOKEN,
    media: Sequence[MediaAsset] = (),
    **options: Any,
) -> Post:
    """A post by the account that the fixtures connect; `options` by their public names."""
    external_id = EXTERNAL_IDS.get(platform, "7700")
    account = Account("ann", platform, f"{platform}_ann", external_id, "ann")
    return Post(Content(text, options, tuple(media)), account, token)


def a_turn(post: Post, http: Http, checkpoint: Checkpoint | None = None) -> Turn[Any]:
    """A turn of `post`, by default at its start."""
    start = registry.publishing(post.account.platform).checkpoint()
    return Turn(post, checkpoint or start, http)


def http_to(url: str) -> Http:
    now = clock.now()
    limits = ClaimLimits(lease_until=now + timedelta(seconds=90), intent_at=now)
    return Http(url, send, limits)


def an_answer(status: int, body: str | dict[str, Any], **headers: str) -> Answer:
    """An `Answer` as a real exchange returns it."""
    url = "http://platform.test/a"
    kind = {"json": body} if isinstance(body, dict) else {"body": body}
    with responses.RequestsMock() as recorded:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        recorded.add("GET", url, status=status, headers=named, **kind)
        return http_to("http://platform.test").prepare("GET", "/a")
