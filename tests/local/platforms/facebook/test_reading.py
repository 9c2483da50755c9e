"""The twin of Facebook answers as its documentation says: reads, deletion and limits."""

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from local.platforms.facebook.twin import Facebook
from local.platforms.meta.queries import read_fields
from local.platforms.simulation import Refusal
from shared import clock
from tests.local.platforms.facebook.client import (
    API,
    PAGE,
    TOKEN,
    Upload,
    codes,
    get,
    photo,
    post,
    visible,
)
from tests.media import Shelf

# Reading, deleting, limits.


def test_the_list_of_posts_has_pages_and_can_lag(facebook: FlaskClient) -> None:
    for number in range(3):
        post(facebook, "feed", message=f"{number}")
    query = {"fields": "message,created_time,attachments{media_type}", "limit": "2"}
    first = get(facebook, f"{PAGE}/published_posts", **query).json
    assert [entry["message"] for entry in first["data"]] == ["2", "1"]
    assert "access_token" not in first["paging"]["next"]
    after = first["paging"]["cursors"]["after"]
    second = get(facebook, f"{PAGE}/published_posts", **query, after=after).json
    assert [entry["message"] for entry in second["data"]] == ["0"]
    assert "next" not in second["paging"]
    soon = str(int((clock.now() + timedelta(minutes=1)).timestamp()))
    assert get(facebook, f"{PAGE}/published_posts", since=soon).json == {"data": []}
    facebook.post("/_sim/lag", json={"seconds": 60})
    assert get(facebook, f"{PAGE}/feed").json == {"data": []}


def test_an_unknown_field_is_refused(facebook: FlaskClient) -> None:
    post(facebook, "feed", message="Hello")
    assert codes(get(facebook, f"{PAGE}/feed", fields="text"))[1] == 100
    assert codes(get(facebook, f"{PAGE}/feed", limit="101"))[1] == 100
    assert codes(get(facebook, f"{PAGE}/feed", after="odd"))[1] == 100
    assert codes(get(facebook, f"{API}/5"))[2] == 33
    assert read_fields("a,b{c,d{e}},f") == {"a": {}, "b": {"c": {}, "d": {"e": {}}}, "f": {}}
    for odd in ("a{b", "a}"):
        with pytest.raises(Refusal):
            read_fields(odd)


def test_a_post_is_deleted_once(facebook: FlaskClient) -> None:
    post_id = post(facebook, "feed", message="Hello").json["id"]
    foreign = {"access_token": "bob-page"}
    assert codes(facebook.delete(f"{API}/{post_id}", query_string=foreign))[2] == 33
    assert facebook.delete(f"{API}/{post_id}", query_string=TOKEN).json == {"success": True}
    assert codes(facebook.delete(f"{API}/{post_id}", query_string=TOKEN))[2] == 33
    assert visible(facebook) == []


@pytest.mark.parametrize(("mode", "code"), [("rate_limit", 32), ("quota", 80001)])
def test_a_rate_limit_names_the_wait_in_a_header(
    facebook: FlaskClient, mode: str, code: int
) -> None:
    fault = {"match": f"POST {PAGE}/feed", "mode": mode, "retryAfter": 90}
    facebook.post("/_sim/faults", json=fault)
    answer = post(facebook, "feed", message="Hello")
    assert codes(answer) == (400, code, None)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])["1020"][0]
    assert (usage["type"], usage["estimated_time_to_regain_access"]) == ("pages", 2)


def test_a_reset_forgets_uploads(facebook: FlaskClient, platform: Facebook, shelf: Shelf) -> None:
    photo(facebook, shelf.image().url)
    Upload(facebook)
    facebook.post("/_sim/reset")
    assert (platform.state.photos, platform.state.videos) == ({}, {})


def test_a_missing_permission_is_refused(platform: Facebook) -> None:
    platform.add_account("eve", "eve", "eve-page", external_id="1022", scopes=["pages_show_list"])
    client = platform.app.test_client()
    form = {"message": "Hello", "access_token": "eve-page"}
    assert codes(client.post(f"{API}/1022/feed", data=form)) == (403, 200, None)
