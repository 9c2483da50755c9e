"""The numbers of posts on Facebook."""

from datetime import timedelta

import pytest

from local.platforms.numbers import followers
from shared.domain.errors import ReadRefused
from shared.domain.metrics import Metric
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.facebook.contract import REEL, STORY
from tests.platforms.measuring import COUNTED, Measuring

POST = {
    "impressions": 1000,
    "reach": 800,
    "likes": 70,
    "comments": 6,
    "shares": 50,
    "linkClicks": 30,
}


@pytest.fixture
def facebook(twin: Twin) -> Measuring:
    return Measuring(twin)


def test_posts_and_stories_have_the_numbers_of_their_kind(
    facebook: Measuring, shelf: Shelf
) -> None:
    assert facebook.numbers(facebook.publish()) == POST
    assert facebook.numbers(facebook.publish("Photo", [shelf.image()])) == POST
    story = facebook.publish("", [shelf.image(2)], **STORY)
    assert facebook.numbers(story) == {
        "impressions": 1000,
        "reach": 800,
        "likes": 70,
        "comments": 6,
        "shares": 50,
    }
    assert facebook.job.lives_for(story.content) == timedelta(hours=24)


def test_videos_and_reels_have_views(facebook: Measuring, shelf: Shelf) -> None:
    video = facebook.publish("Video", [shelf.video()])
    # Only views of three seconds.
    assert facebook.numbers(video) == {**POST, "videoViews": 500}
    reel = facebook.publish("Reel", [shelf.video()], **REEL)
    expected = {"impressions": 1000, "likes": 70, "comments": 6, "videoViews": 1000}
    assert facebook.numbers(reel) == expected
    assert facebook.calls() == 2, "its post, then its video"
    assert facebook.job.lives_for(reel.content) is None


def test_fifty_posts_are_one_call_also_when_one_is_gone(facebook: Measuring) -> None:
    posts = [facebook.publish(f"Post {number}") for number in range(facebook.job.posts_per_call)]
    assert len(posts) == 50
    assert len(facebook.read(*posts)) == 50
    assert facebook.calls() == 1
    facebook.remove(posts[17])
    read = facebook.read(*posts)
    assert set(read) == {post.platform_post_id for post in posts} - {posts[17].platform_post_id}
    assert facebook.calls() - 1 <= 13
    assert facebook.read(posts[17]) == {}


def test_a_reel_that_is_gone_and_a_video_that_facebook_does_not_name(
    facebook: Measuring, shelf: Shelf
) -> None:
    kept, gone = (facebook.publish(text, [shelf.video()], **REEL) for text in "ab")
    facebook.remove(gone)
    assert list(facebook.read(kept, gone)) == [kept.platform_post_id]
    body = {kept.platform_post_id: {"id": kept.platform_post_id, "attachments": {"data": [{}]}}}
    facebook.fails(status=200, body=body)
    assert set(facebook.numbers(kept).values()) == {None}


def test_silence_is_not_zero_except_for_shares_and_clicks(facebook: Measuring) -> None:
    post = facebook.publish()
    facebook.count(post, **dict.fromkeys(COUNTED))
    withheld = dict.fromkeys(POST) | {"shares": 0}
    assert facebook.numbers(post) == withheld
    facebook.count(post, **dict.fromkeys(COUNTED, 0))
    assert facebook.numbers(post) == dict.fromkeys(POST, 0)


def test_a_story_that_is_gone_is_left_out(facebook: Measuring, shelf: Shelf) -> None:
    story = facebook.publish("", [shelf.image()], **STORY)
    facebook.remove(story)
    assert facebook.read(story) == {}


def test_without_the_permission_for_insights_facebook_is_silent(facebook: Measuring) -> None:
    post = facebook.publish()
    facebook.without("read_insights")
    numbers = facebook.read(post)[post.platform_post_id]
    assert numbers[Metric.IMPRESSIONS] is None
    assert numbers[Metric.LIKES] == 70


def test_without_the_permission_for_what_people_write_nothing_is_counted(
    facebook: Measuring,
) -> None:
    posts = [facebook.publish(text) for text in "ab"]
    facebook.without("pages_read_user_content")
    with pytest.raises(ReadRefused, match="pages_read_user_content"):
        facebook.read(*posts)
    assert facebook.calls() == 1, "every post would be refused"


def test_followers_of_the_page(facebook: Measuring) -> None:
    assert facebook.job.counts_followers
    assert facebook.followers() == followers("facebook_contract")
