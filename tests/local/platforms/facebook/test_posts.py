"""The twin of Facebook answers as its documentation says: tokens, texts and photos."""

import json

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.facebook.client import API, PAGE, TOKEN, codes, get, photo, post, visible
from tests.media import Shelf

DAY = 86400


# Tokens.


def test_a_page_accepts_only_its_own_token(facebook: FlaskClient) -> None:
    assert codes(facebook.post(f"{PAGE}/feed", data={"message": "Hello"}))[1] == 104
    wrong = {"message": "Hello", "access_token": "nobody"}
    assert codes(facebook.post(f"{PAGE}/feed", data=wrong)) == (401, 190, None)
    person = {"message": "Hello", "access_token": "ada-person"}
    assert codes(facebook.post(f"{PAGE}/feed", data=person)) == (400, 190, 2069032)
    another = {"message": "Hello", "access_token": "bob-page"}
    assert codes(facebook.post(f"{PAGE}/feed", data=another)) == (400, 100, 33)
    assert visible(facebook) == []


def test_the_token_can_be_in_a_header(facebook: FlaskClient) -> None:
    bearer = {"Authorization": "Bearer ada-page"}
    assert facebook.post(f"{PAGE}/feed", data={"message": "Hi"}, headers=bearer).status_code == 200


@pytest.mark.parametrize(("mode", "subcode"), [("expired_token", 463), ("revoked_token", 458)])
def test_an_expired_or_revoked_token_has_its_subcode(
    facebook: FlaskClient, mode: str, subcode: int
) -> None:
    facebook.post("/_sim/faults", json={"match": f"POST {PAGE}/feed", "mode": mode})
    assert codes(post(facebook, "feed", message="Hello")) == (400, 190, subcode)


def test_a_version_to_come_or_another_path_is_unknown(facebook: FlaskClient) -> None:
    assert codes(facebook.post("/v99.0/1020/feed", data=TOKEN))[1] == 2500
    assert codes(facebook.post("/1020/feeds", data=TOKEN))[1] == 2500
    assert codes(facebook.delete(f"{PAGE}/feed", data=TOKEN))[2] == 33


# Texts and photos.


def test_a_text_is_visible_at_once_and_read_by_its_id(facebook: FlaskClient) -> None:
    post_id = post(facebook, "feed", message="Hello").json["id"]
    [entry] = visible(facebook)
    assert (entry["id"], entry["text"], entry["requestCount"]) == (post_id, "Hello", 1)
    assert post_id.startswith("1020_")
    fields = get(facebook, f"{API}/{post_id}", fields="permalink_url,is_published").json
    assert fields["permalink_url"].startswith("https://www.facebook.com/1020/posts/")
    assert fields["is_published"] is True


def test_an_identical_consecutive_text_is_a_duplicate(facebook: FlaskClient) -> None:
    post(facebook, "feed", message="Hello")
    assert codes(post(facebook, "feed", message="Hello"))[1] == 506
    post(facebook, "feed", message="Other")
    assert post(facebook, "feed", message="Hello").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"message": "a" * 63_207},
        {"message": "A", "link": "example.com"},
        {"message": "A", "attached_media": "odd"},
        {"message": "A", "attached_media[0]": '{"media_fbid":"1"}'},
    ],
)
def test_an_invalid_post_is_refused(facebook: FlaskClient, form: dict[str, str]) -> None:
    assert post(facebook, "feed", **form).status_code == 400
    assert visible(facebook) == []


@pytest.mark.parametrize("spelling", ["list", "brackets"])
def test_photos_are_shown_in_the_order_of_attachment(
    facebook: FlaskClient, shelf: Shelf, spelling: str
) -> None:
    images = [shelf.image(seed) for seed in (3, 1, 2)]
    media = [{"media_fbid": photo(facebook, image.url).json["id"]} for image in images]
    assert visible(facebook) == []
    form = {f"attached_media[{n}]": json.dumps(entry) for n, entry in enumerate(media)}
    if spelling == "list":
        form = {"attached_media": json.dumps(media)}
    post(facebook, "feed", message="Three", **form)
    [entry] = visible(facebook)
    assert [item["sha256"] for item in entry["media"]] == [image.sha256 for image in images]
    assert entry["requestCount"] == 1
    assert codes(post(facebook, "feed", message="Again", **form))[2] == 1366051


def test_a_photo_is_visible_at_once_unless_published_is_false(
    facebook: FlaskClient, shelf: Shelf
) -> None:
    made = photo(facebook, shelf.image().url, published="true", message="Look").json
    assert [entry["id"] for entry in visible(facebook)] == [made["post_id"]]


def test_an_unpublished_photo_is_gone_after_a_day(
    facebook: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    photo_id = photo(facebook, shelf.image().url).json["id"]
    offset.moved = DAY + 1
    assert codes(post(facebook, "photo_stories", photo_id=photo_id))[2] == 33


def test_the_bytes_of_photos_are_checked(facebook: FlaskClient, shelf: Shelf) -> None:
    assert codes(photo(facebook, f"{shelf.url}/missing.jpg"))[2] == 2061006
    assert codes(photo(facebook, "https://x.fbcdn.net/a.jpg"))[2] == 2061006
    assert codes(photo(facebook, shelf.video().url))[2] == 1366046
    assert codes(photo(facebook, shelf.put("text.jpg", b"no photo")))[2] == 1366046
    assert codes(post(facebook, "photos"))[1] == 324


def test_a_photo_story_uses_a_photo_once_and_has_a_separate_list(
    facebook: FlaskClient, shelf: Shelf
) -> None:
    photo_id = photo(facebook, shelf.image().url).json["id"]
    made = post(facebook, "photo_stories", photo_id=photo_id).json
    assert made["success"] is True
    [story] = get(facebook, f"{PAGE}/stories", fields="post_id,media_id,url").json["data"]
    assert (story["post_id"], story["media_id"]) == (made["post_id"], photo_id)
    assert get(facebook, f"{PAGE}/published_posts", fields="id").json == {"data": []}
    assert codes(post(facebook, "photo_stories", photo_id=photo_id))[2] == 1366051
