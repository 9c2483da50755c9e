"""Media in the running stack: the documented examples, and one video for all platforms."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests

from local.stack import Stack
from shared.platforms import registry
from tests.end_to_end.conftest import Client
from tests.media import jpeg, mp4

PICTURES = ("img1.jpg", "img2.jpg", "img3.jpg")


@pytest.fixture
def origin(stack: Stack) -> str:
    """A file server with three unique pictures and a unique video."""
    folder = Path(stack.state.media)
    for seed, name in enumerate(PICTURES):
        (folder / name).write_bytes(jpeg(seed=70 + seed))
    (folder / "video.mp4").write_bytes(mp4(seed=70))
    return str(stack.info["media"])


def sha256(url: str) -> str:
    return hashlib.sha256(requests.get(url, timeout=30).content).hexdigest()


def submit(client: Client, content: dict[str, Any]) -> dict[str, Any]:
    """The finished post."""
    response = requests.post(
        f"{client.info['api']}/v1/posts",
        json={"post": {"content": content}},
        headers=client.headers,
        timeout=120,
    )
    assert response.status_code == 201, response.text
    post_id = response.json()["postSubmissionId"]
    ended = client.ended(lambda: client.read(post_id))
    assert ended["status"] == "succeeded", ended["runs"]
    return ended


def hashes(client: Client, platform: str, account: str, text: str) -> list[str]:
    """SHA-256 of the media of the one post with this text on an account."""
    (match,) = [post for post in client.visible(platform, text) if post["accountId"] == account]
    return [item["sha256"] for item in match["media"]]


def test_text_to_threads_x_and_linkedin(client: Client) -> None:
    text = "Just shipped a new feature. Check it out!"
    content = {"text": text, "mediaType": "text", "platform": ["threads", "x", "linkedin"]}
    submit(client, content)
    for platform in content["platform"]:
        assert len(client.visible(platform, text)) == 1


@pytest.mark.full
def test_a_video_to_two_instagram_accounts_tiktok_and_youtube(client: Client, origin: str) -> None:
    text, url = "New product walkthrough", f"{origin}/video.mp4"
    targets = [
        {"platform": "instagram", "accountId": "ig_main"},
        {"platform": "instagram", "accountId": "ig_brand"},
        {"platform": "tiktok", "accountId": "tt_brand"},
        "youtube",
    ]
    submit(client, {"text": text, "mediaType": "video", "videoUrl": url, "platform": targets})
    for platform, account in (
        ("instagram", "ig_main"),
        ("instagram", "ig_brand"),
        ("tiktok", "tt_brand"),
        ("youtube", "youtube_demo"),
    ):
        assert hashes(client, platform, account, text) == [sha256(url)]


def test_three_pictures_to_instagram_and_facebook(client: Client, origin: str) -> None:
    text = "Behind the scenes from today's shoot"
    urls = [f"{origin}/{name}" for name in PICTURES]
    targets = ["instagram", "facebook"]  # ig_main is the default account
    submit(client, {"text": text, "mediaType": "image", "imageUrls": urls, "platform": targets})
    expected = [sha256(url) for url in urls]
    assert hashes(client, "instagram", "ig_main", text) == expected
    assert hashes(client, "facebook", "facebook_demo", text) == expected


def test_a_file_is_stored_by_url_then_posted(client: Client, origin: str) -> None:
    source = f"{origin}/{PICTURES[0]}"
    stored = requests.post(
        f"{client.info['api']}/v1/media", json={"url": source}, headers=client.headers, timeout=60
    )
    assert stored.status_code == 201, stored.text
    text, url = "Photo post from the API", stored.json()["url"]
    target = {"platform": "instagram", "accountId": "ig_creator_main"}
    submit(client, {"text": text, "imageUrls": [url], "platform": [target]})
    assert hashes(client, "instagram", "ig_creator_main", text) == [sha256(source)]


def test_a_file_is_uploaded_then_posted(client: Client) -> None:
    data = jpeg(seed=75)
    uploads = f"{client.info['api']}/v1/media/uploads"
    file = {"contentType": "image/jpeg", "size": len(data)}
    upload = requests.post(uploads, json=file, headers=client.headers, timeout=30).json()
    put = requests.put(upload["url"], data=data, headers=upload["headers"], timeout=30)
    assert put.ok, put.text
    done = requests.post(
        f"{uploads}/{upload['uploadId']}/complete", headers=client.headers, timeout=30
    )
    assert done.status_code == 201, done.text
    text = "A picture of one's own"
    submit(client, {"text": text, "imageUrls": [done.json()["url"]], "platform": "x"})
    assert hashes(client, "x", "x_primary", text) == [hashlib.sha256(data).hexdigest()]


@pytest.mark.full
def test_one_video_to_all_platforms(client: Client, origin: str) -> None:
    text, url = "One video for everyone", f"{origin}/video.mp4"
    names = [name for name in registry.names() if registry.limits(name).capabilities.video]
    assert len(names) >= 8
    targets = [
        {"platform": name, "accountId": "ig_main"} if name == "instagram" else name
        for name in names
    ]
    ended = submit(client, {"text": text, "videoUrl": url, "platform": targets})
    assert {run["platform"] for run in ended["runs"]} == set(names)
    for run in ended["runs"]:
        assert hashes(client, run["platform"], run["accountId"], text) == [sha256(url)]
