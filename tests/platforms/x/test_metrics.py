"""The numbers of posts on X."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import PlatformUnavailable, RateLimited, TokenExpired
from shared.domain.metrics import Metric
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.measuring import COUNTED, Measuring

POST = {
    "impressions": 1000,
    "likes": 70,
    "comments": 6,
    "shares": 50,
    "saves": 4,
    "linkClicks": 30,
}


@pytest.fixture
def x(x_twin: Twin) -> Measuring:
    return Measuring(x_twin)


def test_many_posts_are_one_call_and_another_for_clicks(x: Measuring, shelf: Shelf) -> None:
    text, image = x.publish("One"), x.publish("Two", media=[shelf.image()])
    video = x.publish("Three", media=[shelf.video()])
    x.platform.requests.clear()
    read = x.read(text, image, video)
    assert x.calls() == 2
    assert set(map(str, read[text.platform_post_id])) == set(POST)
    assert x.numbers(image) == POST
    assert x.numbers(video) == {**POST, "videoViews": 1000}
    assert x.job.cost([text, image, video]) == 3


def test_clicks_of_older_posts_are_not_asked_for(x: Measuring) -> None:
    post = x.publish()
    old = replace(post, published_at=post.published_at - timedelta(days=31))
    assert x.numbers(old) == {**POST, "linkClicks": None}
    assert x.calls() == 1


def test_clicks_that_x_does_not_show_leave_the_other_numbers(x: Measuring) -> None:
    post = x.publish()
    stored = x.platform.posts.get(post.platform_post_id)
    assert stored is not None
    stored.visible_at -= timedelta(days=31)
    assert x.numbers(post) == {**POST, "linkClicks": None}


def test_a_number_that_is_withheld_is_not_zero(x: Measuring) -> None:
    post = x.publish()
    x.count(post, **dict.fromkeys(COUNTED))
    assert x.numbers(post) == dict.fromkeys(POST)
    x.count(post, **dict.fromkeys(COUNTED, 0))
    assert x.numbers(post) == dict.fromkeys(POST, 0)


def test_a_post_that_is_gone_is_left_out(x: Measuring) -> None:
    kept, gone = x.publish("Kept"), x.publish("Gone")
    x.remove(gone)
    assert list(x.read(gone, kept)) == [kept.platform_post_id]


def test_the_other_names_of_the_fields_are_read_too(x: Measuring) -> None:
    post = x.publish()
    public = {"repost_count": 4, "quote_count": 1, "like_count": "7", "reply_count": -1}
    answer = {"data": [{"id": post.platform_post_id, "public_metrics": public}]}
    x.fails(status=200, body=answer)
    read = x.read(post)[post.platform_post_id]
    assert (read[Metric.SHARES], read[Metric.LIKES], read[Metric.COMMENTS]) == (5, 7, None)


def test_refusals_say_what_to_do_next(x: Measuring) -> None:
    post = x.publish()
    x.fails("rate_limit", retryAfter=120)
    with pytest.raises(RateLimited) as limited:
        x.read(post)
    assert limited.value.retry_after is not None
    assert timedelta(0) < limited.value.retry_after <= timedelta(seconds=120)
    x.fails(status=500, body="<html>")
    with pytest.raises(PlatformUnavailable):
        x.read(post)
    x.fails("expired_token")
    with pytest.raises(TokenExpired):
        x.read(post)
