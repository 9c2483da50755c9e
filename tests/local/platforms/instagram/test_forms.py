"""The forms of requests that other clients send to Instagram, and ours does not."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.instagram.twin import Instagram
from shared.platforms.instagram import ABOUT
from tests.media import Shelf

API = f"/{ABOUT.api_version}"
USER = "17841405793187218"
TOKEN = {"access_token": "ada-access"}


@pytest.fixture
def instagram() -> Iterator[FlaskClient]:
    platform = Instagram()
    platform.add_account("ada", "ada_draws", "ada-access", external_id=USER)
    yield platform.app.test_client()


def make(instagram: FlaskClient, way: str = "data", **fields: Any) -> str:
    """Create and publish; returns the id of the post."""
    container = instagram.post(f"{API}/me/media", **{way: TOKEN | fields}).json["id"]
    creation = {way: TOKEN | {"creation_id": container}}
    post: str = instagram.post(f"{API}/me/media_publish/", **creation).json["id"]
    return post


def get(instagram: FlaskClient, path: str, fields: str) -> Any:
    return instagram.get(f"{API}/{path}", query_string=TOKEN | {"fields": fields}).json


@pytest.mark.parametrize("form", ["{},{}", '["{}","{}"]', '["{}", {}]', "list"])
def test_the_items_of_a_carousel_are_a_list_in_either_form(
    instagram: FlaskClient, shelf: Shelf, form: str
) -> None:
    items = [
        instagram.post(
            f"{API}/{USER}/media",
            json=TOKEN | {"image_url": shelf.image(seed).url, "is_carousel_item": True},
        ).json["id"]
        for seed in (1, 2)
    ]
    children = items if form == "list" else form.format(*items)
    make(instagram, "json", media_type="CAROUSEL", caption="Two", children=children)
    [post] = instagram.get("/_sim/posts").json
    assert (post["text"], len(post["media"]), post["requestCount"]) == ("Two", 2, 1)


@pytest.mark.parametrize("version", [API, "", "/v25.0"])
def test_paths_may_end_in_a_slash_and_have_an_older_version_or_none(
    instagram: FlaskClient, shelf: Shelf, version: str
) -> None:
    form = TOKEN | {"image_url": shelf.image().url, "caption": "Hello"}
    container = instagram.post(f"{version}/{USER}/media/", data=form).json["id"]
    query = TOKEN | {"fields": "status_code"}
    state = instagram.get(f"{version}/{container}/", query_string=query).json
    assert state["status_code"] == "FINISHED"
    refreshed = instagram.get(
        f"{version}/refresh_access_token/",
        query_string=TOKEN | {"grant_type": "ig_refresh_token"},
    )
    assert refreshed.status_code == 200


def test_real_fields_of_posts_containers_and_profiles_exist(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    post = make(instagram, image_url=shelf.image().url)
    shown = get(instagram, post, "like_count,comments_count,media_url,owner,thumbnail_url")
    assert (shown["like_count"], shown["owner"]) == (0, {"id": USER})
    assert shown["media_url"].startswith("https://")
    assert "thumbnail_url" not in shown
    assert get(instagram, "me", "profile_picture_url,follows_count")["follows_count"] == 0
    reel = TOKEN | {"media_type": "REELS", "video_url": shelf.video().url}
    container = instagram.post(f"{API}/me/media", data=reel).json["id"]
    checked = get(instagram, container, "copyright_check_status")["copyright_check_status"]
    assert checked == {"status": "completed", "matches_found": False}
    assert "error" in get(instagram, post, "shoe_size")
