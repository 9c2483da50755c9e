"""The twin of Instagram answers as its documentation says: reads, refusals and tokens."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.instagram.client import (
    API,
    DAY,
    TOKEN,
    USER,
    create,
    get,
    make,
    publish,
    refused,
    visible,
)
from tests.media import Shelf

# Reading.


def test_posts_and_stories_have_separate_lists(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    image = make(instagram, image_url=shelf.image().url, caption="Hello")
    reel = make(instagram, media_type="REELS", video_url=shelf.video().url)
    story = make(instagram, media_type="STORIES", image_url=shelf.image().url)
    fields = "id,caption,media_type,media_product_type"
    assert get(instagram, f"{USER}/media", fields=fields).json["data"] == [
        {"id": reel, "media_type": "VIDEO", "media_product_type": "REELS"},
        {"id": image, "caption": "Hello", "media_type": "IMAGE", "media_product_type": "FEED"},
    ]
    assert get(instagram, f"{USER}/stories", fields=fields).json["data"] == [
        {"id": story, "media_type": "IMAGE", "media_product_type": "STORY"}
    ]
    offset.moved = DAY + 1
    assert get(instagram, f"{USER}/stories").json["data"] == []
    assert refused(get(instagram, story)) == (400, 100, 33)
    assert len(get(instagram, f"{USER}/media").json["data"]) == 2


def test_each_kind_has_its_own_permalink(instagram: FlaskClient, shelf: Shelf) -> None:
    posts = {
        "p": make(instagram, image_url=shelf.image().url),
        "reel": make(instagram, media_type="REELS", video_url=shelf.video().url),
        "stories": make(instagram, media_type="STORIES", image_url=shelf.image().url),
    }
    for path, post_id in posts.items():
        answer = get(instagram, post_id, fields="permalink,timestamp,shortcode").json
        assert answer["permalink"].startswith(f"https://www.instagram.com/{path}/")
        assert answer["timestamp"].endswith("+0000")


def test_the_list_is_newest_first_has_pages_and_can_lag(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    made = [make(instagram, image_url=shelf.image().url, caption=f"{n}") for n in range(3)]
    first = get(instagram, f"{USER}/media", limit="2").json
    assert [entry["id"] for entry in first["data"]] == [made[2], made[1]]
    assert "ada-access" not in first["paging"]["next"]
    after = first["paging"]["cursors"]["after"]
    second = get(instagram, f"{USER}/media", limit="2", after=after).json
    assert [entry["id"] for entry in second["data"]] == [made[0]]
    assert "next" not in second["paging"]
    offset.moved = 120
    since = str(int((clock.now() - timedelta(seconds=60)).timestamp()))
    assert get(instagram, f"{USER}/media", since=since).json["data"] == []
    instagram.post("/_sim/lag", json={"seconds": 30})
    newest = make(instagram, image_url=shelf.image().url)
    assert get(instagram, f"{USER}/media", since=since).json["data"] == []
    offset.moved = 151
    listed = get(instagram, f"{USER}/media", since=since).json["data"]
    assert [entry["id"] for entry in listed] == [newest]
    for wrong in ({"limit": "0"}, {"after": "x"}, {"since": "now"}):
        assert refused(get(instagram, f"{USER}/media", **wrong)) == (400, 100, None)


def test_unknown_fields_are_refused(instagram: FlaskClient, shelf: Shelf) -> None:
    container = create(instagram, image_url=shelf.image().url).json["id"]
    post_id = make(instagram, image_url=shelf.image().url)
    for path in (container, post_id, "me", f"{USER}/media", f"{USER}/stories"):
        assert refused(get(instagram, path, fields="text")) == (400, 100, None)


def test_the_profile_has_the_id_that_paths_need(instagram: FlaskClient) -> None:
    answer = get(instagram, "me", fields="user_id,username").json
    assert (answer["user_id"], answer["username"]) == (USER, "ada_draws")
    assert answer["id"] != USER


def test_quota_usage_is_counted_and_only_a_fault_exhausts_it(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    path = f"{USER}/content_publishing_limit"
    make(instagram, image_url=shelf.image().url)
    assert get(instagram, path, fields="quota_usage,config").json == {
        "data": [{"quota_usage": 1, "config": {"quota_total": 50, "quota_duration": 86400}}]
    }
    instagram.post("/_sim/faults", json={"match": f"GET {API}/{path}", "mode": "quota"})
    assert get(instagram, path).json["data"] == [{"quota_usage": 50}]
    offset.moved = DAY + 1
    assert get(instagram, path).json["data"] == [{"quota_usage": 0}]
    container = create(instagram, image_url=shelf.image().url).json["id"]
    fault = {"match": f"POST {API}/{USER}/media_publish", "mode": "quota"}
    instagram.post("/_sim/faults", json=fault)
    assert refused(publish(instagram, container)) == (400, 9, 2207042)
    assert publish(instagram, container).status_code == 200


# Refusals of the whole request.


def test_a_missing_token_and_an_unknown_one_are_different_errors(instagram: FlaskClient) -> None:
    assert refused(instagram.get(f"{API}/me")) == (400, 104, None)
    assert refused(instagram.get(f"{API}/me?access_token=unknown")) == (401, 190, None)


@pytest.mark.parametrize(("mode", "subcode"), [("expired_token", 463), ("revoked_token", 458)])
def test_an_expired_or_revoked_token_is_refused(
    instagram: FlaskClient, mode: str, subcode: int
) -> None:
    instagram.post("/_sim/faults", json={"match": f"GET {API}/me", "mode": mode})
    assert refused(get(instagram, "me")) == (400, 190, subcode)
    assert refused(get(instagram, "me")) == (400, 190, subcode)


def test_publishing_needs_its_scope(instagram: FlaskClient, shelf: Shelf) -> None:
    account = {"accountId": "cy", "username": "cy", "accessToken": "cy-access"}
    instagram.post("/_sim/accounts", json=account | {"scopes": ["instagram_business_basic"]})
    form = {"access_token": "cy-access", "image_url": shelf.image().url}
    answer = instagram.post(f"{API}/me/media", data=form)
    assert refused(answer) == (403, 10, None)


def test_a_post_cannot_be_deleted(instagram: FlaskClient, shelf: Shelf) -> None:
    post_id = make(instagram, image_url=shelf.image().url)
    answer = instagram.delete(f"{API}/{post_id}", query_string=TOKEN)
    assert refused(answer) == (400, 100, 33)
    assert len(visible(instagram)) == 1


def test_every_answer_carries_the_usage_headers(instagram: FlaskClient) -> None:
    for answer in (get(instagram, "me"), create(instagram), instagram.get("/nowhere")):
        assert "call_count" in answer.headers["X-App-Usage"]
        assert "estimated_time_to_regain_access" in answer.headers["X-Business-Use-Case-Usage"]


def test_a_throttled_call_names_the_time_to_wait(instagram: FlaskClient) -> None:
    fault = {"match": f"GET {API}/me", "mode": "rate_limit", "retryAfter": 90}
    instagram.post("/_sim/faults", json=fault)
    answer = get(instagram, "me")
    assert refused(answer) == (400, 80002, None)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])
    assert usage[USER][0]["estimated_time_to_regain_access"] == 2


def test_a_reset_forgets_containers(instagram: FlaskClient, shelf: Shelf) -> None:
    container = create(instagram, image_url=shelf.image().url).json["id"]
    instagram.post("/_sim/reset")
    assert refused(get(instagram, container)) == (400, 100, 33)


# Tokens.


def refresh(instagram: FlaskClient, token: str, **query: str) -> Any:
    sent = {"grant_type": "ig_refresh_token", "access_token": token} | query
    return instagram.get("/refresh_access_token", query_string=sent)


def test_a_refresh_gives_a_new_token_beside_the_old_one(instagram: FlaskClient) -> None:
    answer = refresh(instagram, "ada-access")
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 5183944)
    for token in (answer.json["access_token"], "ada-access"):
        assert instagram.get(f"{API}/me?access_token={token}").status_code == 200


def test_a_refreshed_token_must_be_a_day_old_for_the_next_refresh(
    instagram: FlaskClient, offset: MovableOffset
) -> None:
    renewed = refresh(instagram, "ada-access").json["access_token"]
    assert refused(refresh(instagram, renewed)) == (400, 100, None)
    offset.moved = DAY + 1
    assert refresh(instagram, renewed).status_code == 200
    offset.moved = 61 * DAY
    instagram.post("/_sim/lifetimes", json={"enforce": True})
    assert refused(refresh(instagram, renewed)) == (400, 190, 463)


def test_an_invalid_refresh_is_refused(instagram: FlaskClient) -> None:
    assert refused(refresh(instagram, "unknown")) == (401, 190, None)
    wrong = refresh(instagram, "ada-access", grant_type="th_refresh_token")
    assert refused(wrong) == (400, 100, None)
    assert refused(refresh(instagram, "")) == (400, 100, None)
