"""tweepy publishes to the twin of X."""

import base64
from collections.abc import Callable

import pytest
import tweepy

from tests.media import jpeg, mp4
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN
from tests.wire.conftest import redirect


@pytest.fixture
def client(x_twin: Twin) -> tweepy.Client:
    client = tweepy.Client(TOKEN)
    redirect(client.session, x_twin.url)
    return client


def _uploaded(client: tweepy.Client, data: bytes, media_type: str, category: str) -> str:
    """Through tweepy's own requests: it has no methods for the media of API v2."""
    begun = {"media_type": media_type, "media_category": category, "total_bytes": len(data)}
    media = client.request("POST", "/2/media/upload/initialize", json=begun).json()["data"]
    path = f"/2/media/upload/{media['id']}"
    middle = len(data) // 2
    for index, part in enumerate((data[:middle], data[middle:])):
        segment = {"segment_index": index, "media": base64.b64encode(part).decode()}
        client.request("POST", f"{path}/append", json=segment)
    client.request("POST", f"{path}/finalize")
    status = client.request("GET", "/2/media/upload", params={"media_id": media["id"]})
    assert status.json()["data"]["id"] == media["id"]
    media_id: str = media["id"]
    return media_id


def test_a_text_is_published_read_and_deleted(client: tweepy.Client, x_twin: Twin) -> None:
    created = client.create_tweet(text="Hello & https://example.com/a", user_auth=False)
    assert x_twin.visible() == ["Hello & https://example.com/a"]
    post_id = created.data["id"]
    read = client.get_tweet(
        post_id,
        tweet_fields=["public_metrics", "lang", "created_at", "conversation_id"],
        expansions=["author_id", "referenced_tweets.id"],
        user_fields=["public_metrics", "description", "verified"],
    )
    assert (read.data.public_metrics["like_count"], read.data.lang) == (0, "und")
    assert read.includes["users"][0].username == "ann"
    me = client.get_me(user_auth=False, user_fields=["created_at", "public_metrics"])
    listed = client.get_users_tweets(
        me.data.id, max_results=5, tweet_fields=["entities"], expansions=["author_id"]
    )
    assert [str(tweet.id) for tweet in listed.data] == [post_id]
    assert client.delete_tweet(post_id, user_auth=False).data == {"deleted": True}
    assert x_twin.visible() == []


@pytest.mark.parametrize("kind", ["image", "image in one request", "video"])
def test_media_are_published(client: tweepy.Client, x_twin: Twin, kind: str) -> None:
    if kind == "video":
        media_id = _uploaded(client, mp4(), "video/mp4", "tweet_video")
    elif kind == "image":
        media_id = _uploaded(client, jpeg(), "image/jpeg", "tweet_image")
    else:
        body = {"media": base64.b64encode(jpeg()).decode(), "media_category": "tweet_image"}
        media_id = client.request("POST", "/2/media/upload", json=body).json()["data"]["id"]
    created = client.create_tweet(text="Look", media_ids=[media_id], user_auth=False)
    [post] = x_twin.platform.posts.all()
    assert (post.id, len(post.media)) == (created.data["id"], 1)
    read = client.get_tweets(
        [post.id],
        tweet_fields=["attachments"],
        expansions=["attachments.media_keys"],
        media_fields=["url", "preview_image_url", "alt_text", "variants", "width"],
    )
    assert [medium.type for medium in read.includes["media"]] == [
        "video" if kind == "video" else "photo"
    ]


def test_a_refusal_is_an_error_of_tweepy(client: tweepy.Client, twin_of: Callable) -> None:
    client.create_tweet(text="Hello", user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="Hello", user_auth=False)
    client.bearer_token = "nobody"
    with pytest.raises(tweepy.Unauthorized):
        client.create_tweet(text="Hi", user_auth=False)
