"""An authorization that has ended: how the post reports it, and reconnecting."""

from typing import Any

import pytest

from shared.domain.media import MediaAsset
from tests.functions.api_client import POSTS, ApiClient, error_of, post
from tests.functions.publishing import fault
from tests.media import Shelf

# The first request for a post that carries the account's token.
FIRST = {
    "facebook": "POST /v26.0/",
    "instagram": "POST /v26.0/",
    "linkedin": "POST /rest/posts",
    "snapchat": "POST /v1/",
    "threads": "POST /v1.0/me/threads",
    "tiktok": "POST /v2/post/publish/",
    "x": "POST /2/tweets",
    "youtube": "POST /upload/youtube/v3/videos",
}


def _body(api: ApiClient, shelf: Shelf, platform: str) -> dict[str, Any]:
    """The smallest post that the platform accepts."""
    files: dict[str, MediaAsset] = {
        "instagram": shelf.image(),
        "snapchat": shelf.image(),
        "tiktok": shelf.image(),
        "youtube": shelf.video(),
    }
    text = None if platform == "snapchat" else "Hello"
    if platform not in files:
        return post(text, platform)
    url = api.world.own(files[platform], api.user_id).url
    return post(text, platform, content={"mediaUrls": [url]})


@pytest.mark.full
@pytest.mark.parametrize("platform", sorted(FIRST))
def test_a_revoked_authorization_says_so_and_after_reconnecting_the_retry_works(
    api: ApiClient, shelf: Shelf, platform: str
) -> None:
    world = api.world
    post_id = api.accept(_body(api, shelf, platform))
    fault(world, platform, FIRST[platform], "revoked_token")
    world.live_until_quiet()
    read = api.read(post_id).json
    assert read["displayStatus"] == "failed", world.log
    error = read["runs"][0]["error"]
    assert (error["category"], error["retryable"]) == ("auth_expired", True)
    assert "econnect" in error["message"]
    account = f"users/{api.user_id}/integrations/{platform}/accounts/{platform}_main"
    assert world.parts.db.document(account).get().get("status") == "reconnect_required"

    # Nothing more can be published there now, and a retry fails in the same way.
    refused = api.send(_body(api, shelf, platform), Idempotency_Key="another")
    details = error_of(refused, 401, "unauthorized")["details"]
    assert (details["reason"], details["platform"]) == ("reconnect_required", platform)
    retry = f"{POSTS}/{post_id}/retry"
    assert api.call("POST", retry).status_code == 202
    world.live_until_quiet()
    assert api.read(post_id).json["runs"][0]["error"]["category"] == "auth_expired"
    assert world.visible(platform) == []

    api.connect(platform, f"{platform}_main")
    assert api.call("POST", retry).status_code == 202
    world.live_until_quiet()
    ended = api.read(post_id).json
    assert ended["displayStatus"] == "published", world.log
    assert "error" not in ended["runs"][0]
    assert len(world.visible(platform)) == 1
