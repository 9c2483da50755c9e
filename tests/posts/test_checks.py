"""Violations are reported at the field that was sent."""

from typing import Any

import pytest

from shared.domain.media import MediaAsset
from shared.posts.checks import ContentChecks
from shared.posts.request import parse

IMAGE = MediaAsset("i", "https://media.example/i.jpg", "image/jpeg", 1000, "00", 1080, 1080)
VIDEO = MediaAsset(
    "v", "https://media.example/v.mp4", "video/mp4", 1000, "00", 1280, 720, duration=5
)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"imageUrls": ["https://a.example/i"], "videoUrl": "https://a.example/v"}, "videoUrl"),
        ({"mediaUrls": ["https://a.example/v", "https://a.example/i"]}, "mediaUrls"),
        (
            {"mediaUrls": ["https://a.example/v"], "imageUrls": ["https://a.example/i"]},
            "mediaUrls",
        ),
        ({"imageUrls": ["https://a.example/v", "https://a.example/i"]}, "imageUrls"),
    ],
)
def test_mixed_media_are_reported_at_a_field_that_was_sent(
    sent: dict[str, Any], field: str
) -> None:
    wanted = parse({"post": {"content": {"text": "Hello", "platform": "linkedin", **sent}}})
    faults = ContentChecks(wanted, (VIDEO, IMAGE)).faults(wanted.targets[0])
    mixed = [fault.field for fault in faults if fault.code == "mixed_media"]
    assert mixed == [f"post.content.{field}"]


def test_missing_media_are_reported_where_they_can_be_sent() -> None:
    wanted = parse({"post": {"content": {"text": "Hello", "platform": "instagram"}}})
    [fault] = ContentChecks(wanted, ()).faults(wanted.targets[0])
    assert (fault.field, fault.code) == ("post.content.mediaUrls", "media_required")
