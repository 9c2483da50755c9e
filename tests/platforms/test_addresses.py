"""Every request goes to the right address of the real platform.

The twins serve all paths of a platform at one address, so they would not notice a wrong host.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from shared.config import Settings
from tests.extent import FULL
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.records import examples, life_of

GRAPH = "https://graph.facebook.com/v26.0"
INSTAGRAM = "https://graph.instagram.com"
THREADS = "https://graph.threads.net"
LINKEDIN = "https://api.linkedin.com/rest"
TIKTOK = "https://open.tiktokapis.com/v2"
SNAPCHAT = "https://businessapi.snapchat.com"
YOUTUBE = "https://www.googleapis.com"
# `{id}` stands for any id. An `upload:` goes to an address that the platform named.
ADDRESSES = {
    "x": """
        POST https://api.x.com/2/media/upload/initialize
        POST https://api.x.com/2/media/upload/{id}/append
        POST https://api.x.com/2/media/upload/{id}/finalize
        POST https://api.x.com/2/media/metadata
        POST https://api.x.com/2/tweets
        GET https://api.x.com/2/users/{id}/tweets
        DELETE https://api.x.com/2/tweets/{id}
        POST https://api.x.com/2/oauth2/token
    """,
    "facebook": f"""
        POST {GRAPH}/{{id}}/feed
        POST {GRAPH}/{{id}}/photos
        POST {GRAPH}/{{id}}/photo_stories
        POST {GRAPH}/{{id}}/videos
        POST {GRAPH}/{{id}}/video_reels
        POST {GRAPH}/{{id}}/video_stories
        POST upload:/video-upload/v26.0/{{id}}
        GET {GRAPH}/{{id}}
        GET {GRAPH}/{{id}}/published_posts
        GET {GRAPH}/{{id}}/stories
        DELETE {GRAPH}/{{id}}
    """,
    "instagram": f"""
        POST {INSTAGRAM}/v26.0/{{id}}/media
        POST {INSTAGRAM}/v26.0/{{id}}/media_publish
        GET {INSTAGRAM}/v26.0/{{id}}
        GET {INSTAGRAM}/v26.0/{{id}}/media
        GET {INSTAGRAM}/v26.0/{{id}}/stories
        GET {INSTAGRAM}/refresh_access_token
    """,
    "threads": f"""
        POST {THREADS}/v1.0/me/threads
        POST {THREADS}/v1.0/me/threads_publish
        GET {THREADS}/v1.0/{{id}}
        GET {THREADS}/v1.0/me/threads
        DELETE {THREADS}/v1.0/{{id}}
        GET {THREADS}/refresh_access_token
    """,
    "linkedin": f"""
        POST {LINKEDIN}/images?action=initializeUpload
        POST {LINKEDIN}/videos?action=initializeUpload
        POST {LINKEDIN}/videos?action=finalizeUpload
        PUT upload:/dms-uploads/{{id}}/image
        PUT upload:/dms-uploads/{{id}}/part/{{id}}
        GET {LINKEDIN}/images/{{id}}
        GET {LINKEDIN}/videos/{{id}}
        POST {LINKEDIN}/posts
        DELETE {LINKEDIN}/posts/{{id}}
        POST https://www.linkedin.com/oauth/v2/accessToken
    """,
    "tiktok": f"""
        POST {TIKTOK}/post/publish/creator_info/query/
        POST {TIKTOK}/post/publish/video/init/
        POST {TIKTOK}/post/publish/content/init/
        POST {TIKTOK}/post/publish/status/fetch/
        POST {TIKTOK}/video/query/
        PUT upload:/video/
        POST {TIKTOK}/oauth/token/
    """,
    "youtube": f"""
        POST {YOUTUBE}/upload/youtube/v3/videos
        PUT upload:/upload/youtube/v3/videos
        GET {YOUTUBE}/youtube/v3/videos
        DELETE {YOUTUBE}/youtube/v3/videos
        POST https://oauth2.googleapis.com/token
    """,
    "snapchat": f"""
        POST {SNAPCHAT}/v1/public_profiles/{{id}}/media
        POST {SNAPCHAT}/us/v1/public_profiles/{{id}}/media/{{id}}/multipart-upload
        POST {SNAPCHAT}/v1/public_profiles/{{id}}/stories
        POST {SNAPCHAT}/v1/public_profiles/{{id}}/saved_stories
        POST {SNAPCHAT}/v1/public_profiles/{{id}}/spotlights
        GET {SNAPCHAT}/v1/public_profiles/{{id}}/stories
        GET {SNAPCHAT}/v1/public_profiles/{{id}}/saved_stories
        GET {SNAPCHAT}/v1/public_profiles/{{id}}/spotlights/{{id}}
        POST https://accounts.snapchat.com/login/oauth2/access_token
    """,
}
# Only some examples of a kind send these: an alt text of an image.
_SOMETIMES = {"POST https://api.x.com/2/media/metadata"}
_ID = re.compile(
    r"(?<=/)(?:\d{4,}(?:_\d+)?|(?<=part/)\d+|urn(?::|%3A)[^/?]*|[0-9a-f]{8}-[0-9a-f-]{27}|W7_[\w-]+)(?=[/?]|$)"
)


@pytest.mark.full
@pytest.mark.parametrize("platform", ADDRESSES)
def test_every_request_goes_to_the_address_of_the_real_platform(
    settings: Settings, twin_of: Callable[[str], Twin], shelf: Shelf, platform: str
) -> None:
    expected = {line.strip() for line in ADDRESSES[platform].strip().splitlines()}
    sent = {
        f"{exchange.method} {_address(exchange.url, life.twin)}"
        for life in (
            life_of(platform, example, twin_of, shelf) for example in examples(platform, shelf)
        )
        for exchange in life.all
    }
    assert sorted(sent - expected) == [], "not in the list"
    assert sorted(expected - sent - (set() if FULL else _SOMETIMES)) == [], "not sent"


def _address(url: str, twin: str) -> str:
    if url.startswith(twin):
        return _ID.sub("{id}", f"upload:{urlsplit(url).path}")
    # The actions of LinkedIn are part of the address; other queries are not sent as a part of it.
    return _ID.sub("{id}", url)
