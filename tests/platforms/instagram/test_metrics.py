"""The numbers of posts on Instagram."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from local.platforms.numbers import followers
from shared.domain.errors import ReadRefused
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import three_images
from tests.platforms.measuring import COUNTED, Measuring

POST = {
    "impressions": 1000,
    "reach": 800,
    "likes": 70,
    "comments": 6,
    "shares": 50,
    "saves": 4,
}
STORY = {"impressions": 1000, "reach": 800, "comments": 6, "shares": 50}


@pytest.fixture
def instagram(twin_of: Callable[[str], Twin]) -> Measuring:
    return Measuring(twin_of("instagram"))


def test_every_kind_of_post_is_one_call(instagram: Measuring, shelf: Shelf) -> None:
    image = instagram.publish(media=[shelf.image()])
    carousel = instagram.publish(media=three_images(shelf))
    reel = instagram.publish(media=[shelf.video()])
    story = instagram.publish("", [shelf.image()], postType="story")
    assert instagram.numbers(image) == POST
    assert instagram.numbers(carousel) == POST
    assert instagram.numbers(reel) == {**POST, "videoViews": 1000}
    assert instagram.numbers(story) == STORY
    assert instagram.calls() == 4
    assert instagram.job.lives_for(story.content) == timedelta(hours=24)
    assert instagram.job.lives_for(reel.content) is None


def test_numbers_come_late_and_are_never_zero_before(instagram: Measuring, shelf: Shelf) -> None:
    post = instagram.publish(media=[shelf.image()])
    instagram.count(post, **dict.fromkeys(COUNTED))
    assert instagram.numbers(post) == dict.fromkeys(POST)
    instagram.count(post, likes=0)
    assert instagram.numbers(post) == {**dict.fromkeys(POST), "likes": 0}


def test_a_story_with_few_viewers_has_no_numbers_yet(instagram: Measuring, shelf: Shelf) -> None:
    story = instagram.publish("", [shelf.image()], postType="story")
    instagram.count(story, reach=4)
    assert instagram.numbers(story) == dict.fromkeys(STORY)
    translated = {"error": {"message": "(#10) Não há espectadores suficientes", "code": 10}}
    instagram.fails(status=400, body=translated)
    assert instagram.numbers(story) == dict.fromkeys(STORY)


@pytest.mark.parametrize("codes", [(100, 33), (100, 2108006)])
def test_a_post_that_instagram_does_not_count_is_left_out(
    instagram: Measuring, shelf: Shelf, codes: tuple[int, int]
) -> None:
    kept, gone = (instagram.publish(text, [shelf.image()]) for text in "ab")
    error = {"message": "Odd", "code": codes[0], "error_subcode": codes[1]}
    instagram.fails(status=400, body={"error": error})
    assert list(instagram.read(gone, kept)) == [kept.platform_post_id]
    instagram.remove(gone)
    assert instagram.read(gone) == {}


def test_a_missing_permission_is_not_a_lack_of_viewers(instagram: Measuring, shelf: Shelf) -> None:
    post = instagram.publish(media=[shelf.image()])
    (scope,) = instagram.job.scopes
    instagram.without(scope)
    with pytest.raises(ReadRefused, match="permission"):
        instagram.read(post)


def test_followers_of_the_account(instagram: Measuring) -> None:
    assert instagram.job.counts_followers
    assert instagram.followers() == followers("instagram_contract")
