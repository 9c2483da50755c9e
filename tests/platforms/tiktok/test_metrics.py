"""The numbers of posts on TikTok."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from local.platforms.faults import read_fault
from shared.domain.errors import PlatformUnavailable, RateLimited, ReadRefused, TokenExpired
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.measuring import COUNTED, Measuring

POST = {"impressions": 1000, "likes": 70, "comments": 6, "shares": 50}


@pytest.fixture
def tiktok(twin_of: Callable[[str], Twin]) -> Measuring:
    return Measuring(twin_of("tiktok"))


def _fails(tiktok: Measuring, mode: str, **more: object) -> None:
    tiktok.platform.faults.add(read_fault({"match": "POST /v2/video", "mode": mode, **more}))


def test_many_posts_are_one_call(tiktok: Measuring, shelf: Shelf) -> None:
    video = tiktok.publish("Video", media=[shelf.video()])
    other = tiktok.publish("Other", media=[shelf.video()])
    gone = tiktok.publish("Gone", media=[shelf.video()])
    tiktok.remove(gone)
    read = tiktok.read(video, gone, other)
    assert list(read) == [video.platform_post_id, other.platform_post_id]
    assert tiktok.calls() == 1
    assert tiktok.numbers(video) == {**POST, "videoViews": 1000}


def test_numbers_that_are_withheld_are_not_zero(tiktok: Measuring, shelf: Shelf) -> None:
    video = tiktok.publish(media=[shelf.video()])
    tiktok.count(video, **dict.fromkeys(COUNTED))
    assert set(tiktok.numbers(video).values()) == {None}


def test_posts_that_are_not_public_have_no_numbers(tiktok: Measuring, shelf: Shelf) -> None:
    video = tiktok.publish(media=[shelf.video()])
    private = replace(video.content, options={"privacyLevel": "SELF_ONLY"})
    assert tiktok.job.offered(tiktok.reader.account, private) == frozenset()
    hidden = replace(video, platform_post_id="v_pub_file~v2-1.7301")
    assert tiktok.read(hidden) == {}
    assert tiktok.calls() == 0


def test_refusals_say_what_to_do_next(tiktok: Measuring, shelf: Shelf) -> None:
    video = tiktok.publish(media=[shelf.video()])
    _fails(tiktok, "rate_limit")
    with pytest.raises(RateLimited):
        tiktok.read(video)
    _fails(tiktok, "status", status=500, body="<html>")
    with pytest.raises(PlatformUnavailable):
        tiktok.read(video)
    _fails(tiktok, "expired_token")
    with pytest.raises(TokenExpired):
        tiktok.read(video)
    (scope,) = tiktok.job.scopes
    tiktok.without(scope)
    with pytest.raises((ReadRefused, TokenExpired)):
        tiktok.read(video)
