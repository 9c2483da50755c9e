"""The twin of Facebook gives numbers as its documentation says."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.facebook.client import API, Upload, codes, get, photo, post
from tests.media import Shelf, mp4

COUNTS = "shares,reactions.summary(total_count).limit(0),comments.summary(true)"


@pytest.fixture
def post_id(facebook: FlaskClient) -> str:
    number: str = post(facebook, "feed", message="Hello").json["id"]
    _count(facebook, number, views=9, reach=8, likes=3, comments=2, shares=1, clicks=4)
    return number


def _count(facebook: FlaskClient, post_id: str, **numbers: int | None) -> None:
    assert facebook.post(f"/_sim/posts/{post_id}/metrics", json=numbers).status_code == 200


def _insights(facebook: FlaskClient, post_id: str, *names: str, **query: str) -> Any:
    return get(facebook, f"{API}/{post_id}/insights", metric=",".join(names), **query)


def test_a_row_has_a_period_and_comes_twice_without_one(
    facebook: FlaskClient, post_id: str
) -> None:
    answer = _insights(facebook, post_id, "post_media_view", period="lifetime").json
    (row,) = answer["data"]
    assert row["id"] == f"{post_id}/insights/post_media_view/lifetime"
    assert (row["period"], row["values"]) == ("lifetime", [{"value": 9}])
    assert len(_insights(facebook, post_id, "post_media_view").json["data"]) == 2
    _count(facebook, post_id, views=None)
    assert _insights(facebook, post_id, "post_media_view").json == {"data": []}


@pytest.mark.parametrize("name", ["post_impressions", "post_impressions_unique", "saves", "id"])
def test_one_retired_name_spoils_the_call(facebook: FlaskClient, post_id: str, name: str) -> None:
    assert codes(_insights(facebook, post_id, "post_media_view", name)) == (400, 100, None)
    # Only of videos.
    assert codes(_insights(facebook, post_id, "post_video_views")) == (400, 100, None)
    assert codes(_insights(facebook, post_id)) == (400, 3001, 1504028)


def test_several_objects_are_read_at_once(facebook: FlaskClient, post_id: str) -> None:
    fields = f"{COUNTS},insights.metric(post_media_view,post_clicks_by_type).period(lifetime)"
    node = get(facebook, API, ids=post_id, fields=fields).json[post_id]
    assert node["shares"] == {"count": 1}
    assert node["reactions"]["summary"] == {"total_count": 3}
    assert [row["values"][0]["value"] for row in node["insights"]["data"]] == [
        9,
        {"link clicks": 4},
    ]
    assert node["id"] == post_id
    _count(facebook, post_id, shares=0, clicks=0)
    node = get(facebook, f"{API}/", ids=post_id, fields=fields).json[post_id]
    assert "shares" not in node
    assert node["insights"]["data"][1]["values"] == [{"value": {}}]


def test_a_missing_object_or_too_many_spoil_the_answer(facebook: FlaskClient, post_id: str) -> None:
    missing = get(facebook, API, ids=f"{post_id},1020_5")
    assert codes(missing) == (404, 803, None)
    assert "1020_5" in missing.json["error"]["message"]
    many = get(facebook, API, ids=",".join([post_id] * 51)).json["error"]
    assert many["message"] == "(#100) Too many IDs. Maximum: 50. Provided: 51."
    assert codes(get(facebook, API)) == (400, 100, None)
    foreign = facebook.get(API, query_string={"ids": post_id, "access_token": "bob-page"})
    assert codes(foreign) == (404, 803, None)


@pytest.mark.parametrize("fields", ["saves", "likes.summary(true)", "reactions.order(x)", "a.b(c"])
def test_an_unknown_field_or_modifier_is_refused(
    facebook: FlaskClient, post_id: str, fields: str
) -> None:
    assert codes(get(facebook, f"{API}/{post_id}", fields=fields)) == (400, 100, None)


def test_missing_permissions_are_silent_or_refused(platform: Facebook, post_id: str) -> None:
    ada = platform.accounts.get("ada")
    assert ada is not None
    ada.scopes = frozenset({"pages_read_engagement"})
    platform.accounts.register(ada)
    client = platform.app.test_client()
    assert _insights(client, post_id, "post_media_view").json == {"data": []}
    assert codes(get(client, f"{API}/{post_id}", fields=COUNTS)) == (403, 10, None)
    assert get(client, f"{API}/{post_id}", fields="shares").json["shares"] == {"count": 1}


def test_a_reel_is_counted_by_its_video(facebook: FlaskClient) -> None:
    upload = Upload(facebook)
    upload.send(mp4())
    upload.finish()
    number = upload.status()["post_id"]
    _count(facebook, f"1020_{number}", views=9, likes=3)
    node = get(facebook, f"{API}/{upload.video_id}", fields="views,likes.summary(true)").json
    assert (node["views"], node["likes"]["summary"]["total_count"]) == (9, 3)
    refused = _insights(facebook, f"1020_{number}", "post_media_view")
    assert codes(refused) == (403, 200, 1504029)
    query = {"fields": "attachments{target{id}}"}
    (attachment,) = get(facebook, f"{API}/1020_{number}", **query).json["attachments"]["data"]
    assert attachment["target"] == {"id": upload.video_id}


def test_a_story_has_names_of_its_own_and_goes_after_a_day(
    facebook: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    number = photo(facebook, shelf.image().url).json["id"]
    story = post(facebook, "photo_stories", photo_id=number).json["post_id"]
    _count(facebook, story, views=9)
    for name in ("STORY_MEDIA_VIEW", "story_media_view"):
        (row,) = _insights(facebook, story, name, period="lifetime").json["data"]
        assert (row["name"], row["values"]) == (name, [{"value": 9}])
    assert codes(_insights(facebook, story, "post_media_view")) == (400, 100, None)
    offset.moved = timedelta(hours=24).total_seconds()
    assert codes(_insights(facebook, story, "STORY_MEDIA_VIEW")) == (400, 100, 33)
