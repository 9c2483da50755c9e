"""The twin of Instagram gives numbers as its documentation says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.instagram.client import API, DAY, get, make, refused
from tests.media import Shelf


def _count(instagram: FlaskClient, post_id: str, **numbers: int | None) -> None:
    assert instagram.post(f"/_sim/posts/{post_id}/metrics", json=numbers).status_code == 200


def _insights(instagram: FlaskClient, post_id: str, metric: str) -> Any:
    return get(instagram, f"{post_id}/insights", metric=metric)


def test_a_number_is_a_row_and_one_that_is_late_has_none(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    post_id = make(instagram, image_url=shelf.image().url)
    _count(instagram, post_id, views=9, saves=2, reach=None)
    first, second = _insights(instagram, post_id, "views,reach,saved").json["data"]
    assert first["id"] == f"{post_id}/insights/views/lifetime"
    assert (first["values"], second["values"]) == ([{"value": 9}], [{"value": 2}])
    node = get(instagram, post_id, fields="like_count,comments_count").json
    assert node["like_count"] >= 0


def test_one_metric_of_another_kind_spoils_the_call(instagram: FlaskClient, shelf: Shelf) -> None:
    image = make(instagram, image_url=shelf.image().url)
    story = make(instagram, image_url=shelf.image().url, media_type="STORIES")
    for post_id, metric, words in (
        (image, "views,reels_skip_rate", "does not support the reels_skip_rate metric"),
        (image, "replies", "does not support the replies metric"),
        (story, "likes,saved", "does not support the likes, saved metric"),
        (image, "reposts", "does not support the metrics: reposts"),
        (image, "views,impressions", "metric[1] must be one of the following values"),
    ):
        answer = _insights(instagram, post_id, metric)
        assert refused(answer) == (400, 100, None)
        assert answer.json["error"]["type"] == "IGApiException"
        assert words in answer.json["error"]["message"]
    assert refused(_insights(instagram, image, "")) == (400, 100, None)


def test_a_story_needs_five_viewers_and_goes_after_a_day(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    story = make(instagram, image_url=shelf.image().url, media_type="STORIES")
    _count(instagram, story, reach=4)
    assert refused(_insights(instagram, story, "reach")) == (400, 10, None)
    _count(instagram, story, reach=5)
    assert _insights(instagram, story, "reach").status_code == 200
    offset.moved = DAY
    assert refused(_insights(instagram, story, "reach")) == (400, 100, 33)


@pytest.mark.parametrize("scopes", [(), ("instagram_business_basic",)])
def test_insights_need_a_permission_and_the_own_account(
    instagram: FlaskClient, shelf: Shelf, scopes: tuple[str, ...]
) -> None:
    post_id = make(instagram, image_url=shelf.image().url)
    foreign = {"metric": "views", "access_token": "bob-access"}
    answer = instagram.get(f"{API}/{post_id}/insights", query_string=foreign)
    assert refused(answer) == (400, 100, 33)
    account = {"accountId": "eve", "username": "eve", "accessToken": "eve", "scopes": scopes}
    assert instagram.post("/_sim/accounts", json=account).status_code == 201
    query = {"metric": "views", "access_token": "eve"}
    answer = instagram.get(f"{API}/{post_id}/insights", query_string=query)
    assert refused(answer) == (403, 10, None)
