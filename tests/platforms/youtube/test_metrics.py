"""The numbers of videos on YouTube."""

from collections.abc import Callable

import pytest

from local.platforms.numbers import followers
from shared.domain.errors import PlatformUnavailable, RateLimited, TokenExpired
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.measuring import Measuring

POST = {"impressions": 1000, "likes": 70, "comments": 6, "videoViews": 1000}


@pytest.fixture
def youtube(twin_of: Callable[[str], Twin]) -> Measuring:
    return Measuring(twin_of("youtube"))


def test_many_videos_are_one_call(youtube: Measuring, shelf: Shelf) -> None:
    one = youtube.publish("One", media=[shelf.video()], title="One")
    two = youtube.publish("Two", media=[shelf.video()], title="Two")
    gone = youtube.publish("Gone", media=[shelf.video()], title="Gone")
    youtube.platform.state.videos.pop(gone.platform_post_id)
    read = youtube.read(one, gone, two)
    assert list(read) == [one.platform_post_id, two.platform_post_id]
    assert youtube.calls() == 1
    assert youtube.numbers(one) == POST


def test_hidden_likes_are_not_zero(youtube: Measuring, shelf: Shelf) -> None:
    video = youtube.publish(media=[shelf.video()], title="One")
    youtube.count(video, likes=None)
    assert youtube.numbers(video) == {**POST, "likes": None}


def test_subscribers_of_the_channel(youtube: Measuring) -> None:
    assert youtube.followers() == followers("youtube_contract")
    channel = {"statistics": {"subscriberCount": "5", "hiddenSubscriberCount": True}}
    youtube.fails(status=200, body={"items": [channel]})
    assert youtube.followers() is None


def test_refusals_say_what_to_do_next(youtube: Measuring, shelf: Shelf) -> None:
    video = youtube.publish(media=[shelf.video()], title="One")
    youtube.fails("quota")
    with pytest.raises(RateLimited) as limited:
        youtube.read(video)
    assert limited.value.retry_after is not None
    youtube.fails(status=500, body="<html>")
    with pytest.raises(PlatformUnavailable):
        youtube.read(video)
    youtube.fails("expired_token")
    with pytest.raises(TokenExpired):
        youtube.read(video)
