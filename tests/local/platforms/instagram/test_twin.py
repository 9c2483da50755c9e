"""The twin of Instagram answers as its documentation says."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.instagram.twin import Instagram
from local.sample_media import picture
from shared import clock
from shared.platforms.instagram import ABOUT
from tests.local.platforms.conftest import MovableOffset
from tests.media import Shelf

USER = "17841405793187218"
TOKEN = {"access_token": "ada-access"}
API = f"/{ABOUT.api_version}"
DAY = 86400


@pytest.fixture
def instagram() -> Iterator[FlaskClient]:
    platform = Instagram()
    platform.add_account("ada", "ada_draws", "ada-access", external_id=USER)
    platform.add_account("bob", "bob_looks", "bob-access")
    yield platform.app.test_client()


def get(instagram: FlaskClient, path: str, **query: str) -> Any:
    return instagram.get(f"{API}/{path}", query_string=TOKEN | query)


def create(instagram: FlaskClient, **fields: str) -> Any:
    return instagram.post(f"{API}/{USER}/media", data=TOKEN | fields)


def publish(instagram: FlaskClient, container: str, **fields: str) -> Any:
    form = {"creation_id": container} | TOKEN | fields
    return instagram.post(f"{API}/{USER}/media_publish", data=form)


def make(instagram: FlaskClient, **fields: str) -> str:
    """Create and publish; returns the id of the post."""
    return publish(instagram, create(instagram, **fields).json["id"]).json["id"]


def status(instagram: FlaskClient, container: str) -> str:
    return get(instagram, container, fields="status_code,status").json["status_code"]


def visible(instagram: FlaskClient) -> list[dict[str, Any]]:
    return instagram.get("/_sim/posts?account=ada").json


def refused(answer: Any) -> tuple[int, int, int | None]:
    """HTTP status, code and subcode."""
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


# Creating and publishing.


def test_a_container_is_invisible_until_it_is_published(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    image = shelf.image()
    container = create(instagram, image_url=image.url, caption="Hello").json["id"]
    assert get(instagram, container, fields="status_code,status").json == {
        "status_code": "FINISHED",
        "status": "Finished: Media has been uploaded and it is ready to be published.",
        "id": container,
    }
    assert visible(instagram) == []
    post_id = publish(instagram, container).json["id"]
    assert post_id != container
    assert status(instagram, container) == "PUBLISHED"
    [entry] = visible(instagram)
    assert (entry["id"], entry["text"], entry["requestCount"]) == (post_id, "Hello", 1)
    assert [item["sha256"] for item in entry["media"]] == [image.sha256]


@pytest.mark.parametrize("way", ["query_string", "data", "json"])
def test_parameters_travel_in_query_form_or_json(
    instagram: FlaskClient, shelf: Shelf, way: str
) -> None:
    bearer = {"Authorization": "Bearer ada-access"}
    fields = {"image_url": shelf.image().url, "caption": "Hello", "no_such_parameter": "1"}
    answer = instagram.post(f"{API}/{USER}/media", headers=bearer, **{way: fields})
    creation = {way: {"creation_id": answer.json["id"]}}
    answer = instagram.post(f"{API}/{USER}/media_publish", headers=bearer, **creation)
    assert answer.status_code == 200
    assert [entry["text"] for entry in visible(instagram)] == ["Hello"]


def test_a_published_container_makes_no_second_post(instagram: FlaskClient, shelf: Shelf) -> None:
    container = create(instagram, image_url=shelf.image().url).json["id"]
    publish(instagram, container)
    assert refused(publish(instagram, container)) == (400, 24, 2207008)
    [entry] = visible(instagram)
    assert entry["requestCount"] == 2


def test_an_unknown_or_foreign_container_is_not_found(instagram: FlaskClient, shelf: Shelf) -> None:
    container = create(instagram, image_url=shelf.image().url).json["id"]
    assert refused(publish(instagram, "17889455560051000")) == (400, 24, 2207008)
    bob = {"access_token": "bob-access", "creation_id": container}
    assert refused(instagram.post(f"{API}/me/media_publish", data=bob)) == (400, 24, 2207008)
    assert refused(instagram.get(f"{API}/{container}?access_token=bob-access")) == (400, 100, 33)
    assert refused(publish(instagram, "")) == (400, 100, None)
    assert visible(instagram) == []


def test_another_users_path_is_refused(instagram: FlaskClient, shelf: Shelf) -> None:
    form = {"image_url": shelf.image().url, "access_token": "bob-access"}
    answer = instagram.post(f"{API}/{USER}/media", data=form)
    assert refused(answer) == (400, 100, 33)


def test_a_version_to_come_is_an_unknown_path(instagram: FlaskClient, shelf: Shelf) -> None:
    form = TOKEN | {"image_url": shelf.image().url}
    assert refused(instagram.post(f"/v99.0/{USER}/media", data=form)) == (400, 2500, None)
    assert refused(instagram.post(f"/{USER}/medias", data=form)) == (400, 2500, None)


def test_a_container_is_in_progress_for_the_processing_time(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    instagram.post("/_sim/processing", json={"seconds": 30})
    url = shelf.video().url
    container = create(instagram, media_type="REELS", video_url=url).json["id"]
    assert status(instagram, container) == "IN_PROGRESS"
    assert refused(publish(instagram, container)) == (400, 9007, 2207027)
    offset.moved = 31
    assert status(instagram, container) == "FINISHED"
    assert publish(instagram, container).status_code == 200


def test_a_container_expires_after_a_day(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    container = create(instagram, image_url=shelf.image().url).json["id"]
    offset.moved = DAY - 60
    assert status(instagram, container) == "FINISHED"
    offset.moved = DAY + 1
    assert status(instagram, container) == "EXPIRED"
    assert refused(publish(instagram, container)) == (400, 24, 2207008)
    assert visible(instagram) == []


@pytest.mark.parametrize(
    ("mode", "code"), [("processing_stuck", "IN_PROGRESS"), ("processing_failed", "ERROR")]
)
def test_a_container_that_does_not_finish_cannot_be_published(
    instagram: FlaskClient, shelf: Shelf, mode: str, code: str
) -> None:
    instagram.post("/_sim/faults", json={"match": "POST /v26.0/", "mode": mode})
    container = create(instagram, image_url=shelf.image().url).json["id"]
    answer = get(instagram, container, fields="status_code,status").json
    assert answer["status_code"] == code
    assert ("2207082" in answer["status"]) == (code == "ERROR")
    assert refused(publish(instagram, container)) == (400, 9007, 2207027)
    assert status(instagram, create(instagram, image_url=shelf.image().url).json["id"]) == (
        "FINISHED"
    )


def test_the_publish_race_answers_not_ready_that_many_times(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    instagram.post("/_sim/publish_race", json={"times": 2})
    container = create(instagram, image_url=shelf.image().url).json["id"]
    answers = [publish(instagram, container).status_code for _ in range(3)]
    assert answers == [400, 400, 200]
    assert instagram.post("/_sim/publish_race", json={"times": -1}).status_code == 400


# Media, as they are fetched.


@pytest.mark.parametrize(
    ("kind", "width", "height", "expected"),
    [
        ("PNG", 100, 100, (400, 36001, 2207005)),
        ("WEBP", 100, 100, (400, 36001, 2207005)),
        ("GIF", 100, 100, (400, 36001, 2207005)),
        ("JPEG", 100, 200, (400, 36003, 2207009)),
        ("JPEG", 200, 100, (400, 36003, 2207009)),
    ],
)
def test_an_image_must_be_a_jpeg_of_the_right_shape(
    instagram: FlaskClient,
    shelf: Shelf,
    kind: str,
    width: int,
    height: int,
    expected: tuple[int, int, int],
) -> None:
    name = f"{width}x{height}.{kind.lower()}".replace("jpeg", "jpg")
    url = shelf.put(name, picture(width, height, kind))
    assert refused(create(instagram, image_url=url)) == expected


def test_an_image_must_not_be_too_large_or_have_the_wrong_content_type(
    instagram: FlaskClient, shelf: Shelf
) -> None:
    jpeg = picture(100, 100)
    large = shelf.put("large.jpg", jpeg + bytes(8 * 1024 * 1024))
    assert refused(create(instagram, image_url=large)) == (400, 36000, 2207004)
    disguised = shelf.put("jpeg.png", jpeg)
    assert refused(create(instagram, image_url=disguised)) == (400, 9004, 2207052)
    text = shelf.put("text.jpg", b"Hello")
    assert refused(create(instagram, image_url=text)) == (400, 36001, 2207005)


def test_what_cannot_be_fetched_is_refused(instagram: FlaskClient, shelf: Shelf) -> None:
    for url in (f"{shelf.url}/none.jpg", "http://127.0.0.1:1/a.jpg"):
        assert refused(create(instagram, image_url=url)) == (400, 9004, 2207052)
    for url in ("file:///etc/hostname", "https://example.com/ä.jpg"):
        assert refused(create(instagram, image_url=url)) == (400, 100, None)


def test_a_video_fails_when_it_is_processed(instagram: FlaskClient, shelf: Shelf) -> None:
    for url, subcode in (
        (f"{shelf.url}/none.mp4", "2207077"),
        (shelf.image().url, "2207026"),
        (shelf.video(seconds=2, width=320, height=568).url, "2207026"),
    ):
        container = create(instagram, media_type="REELS", video_url=url).json["id"]
        answer = get(instagram, container, fields="status_code,status").json
        assert answer["status_code"] == "ERROR"
        assert subcode in answer["status"]


def test_a_story_can_be_tall_but_not_long(instagram: FlaskClient, shelf: Shelf) -> None:
    tall = shelf.image(width=720, height=1280).url
    assert create(instagram, media_type="STORIES", image_url=tall).status_code == 200
    long = shelf.video(seconds=61, width=64, height=112).url
    container = create(instagram, media_type="STORIES", video_url=long).json["id"]
    assert status(instagram, container) == "ERROR"
    container = create(instagram, media_type="REELS", video_url=long).json["id"]
    assert status(instagram, container) == "FINISHED"


# Parameters.


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (400, 100, None)),
        ({"image_url": "image", "video_url": "video"}, (400, 100, None)),
        ({"video_url": "video"}, (400, 100, None)),
        ({"media_type": "VIDEO", "video_url": "video"}, (400, 100, 2207023)),
        ({"media_type": "REELS", "image_url": "image"}, (400, 100, None)),
        ({"media_type": "reels", "video_url": "video"}, (400, 100, 2207023)),
        ({"media_type": "STORIES", "image_url": "image", "caption": "a"}, (400, 100, None)),
        ({"media_type": "STORIES", "image_url": "image", "alt_text": "a"}, (400, 100, None)),
        ({"image_url": "image", "caption": "a" * 2201}, (400, 36004, 2207010)),
        ({"image_url": "image", "caption": "#a " * 31}, (400, 36004, 2207010)),
        ({"image_url": "image", "caption": "@a " * 21}, (400, 100, 2207040)),
        ({"image_url": "image", "alt_text": "a" * 1001}, (400, 100, None)),
        ({"image_url": "image", "thumb_offset": "1"}, (400, 100, None)),
        ({"image_url": "image", "location_id": "here"}, (400, 100, None)),
        ({"image_url": "image", "collaborators": "ann"}, (400, 100, None)),
        ({"image_url": "image", "collaborators": '["a","b","c","d"]'}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "alt_text": "a"}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "thumb_offset": "-1"}, (400, 1, 2207057)),
        ({"media_type": "REELS", "video_url": "video", "thumb_offset": "8000"}, (400, 1, 2207057)),
        ({"media_type": "REELS", "video_url": "video", "share_to_feed": "1"}, (400, 100, None)),
        ({"media_type": "REELS", "video_url": "video", "trial_params": "{}"}, (400, 100, None)),
        ({"is_carousel_item": "true", "image_url": "image", "caption": "a"}, (400, 100, None)),
        ({"is_carousel_item": "true", "video_url": "video"}, (400, 100, 2207023)),
        (
            {"is_carousel_item": "true", "media_type": "REELS", "video_url": "video"},
            (400, 100, 2207023),
        ),
        ({"media_type": "CAROUSEL", "children": "1"}, (400, 100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1," * 11}, (400, 100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (400, 24, 2207008)),
    ],
)
def test_parameters_that_instagram_refuses(
    instagram: FlaskClient, shelf: Shelf, fields: dict[str, str], expected: tuple[int, int, Any]
) -> None:
    urls = {"image": shelf.image().url, "video": shelf.video().url}
    answer = create(instagram, **{name: urls.get(value, value) for name, value in fields.items()})
    assert refused(answer) == expected
    assert "id" not in answer.json


def test_a_reel_accepts_its_options(instagram: FlaskClient, shelf: Shelf) -> None:
    answer = create(
        instagram,
        media_type="REELS",
        video_url=shelf.video().url,
        share_to_feed="false",
        thumb_offset="7999",
        audio_name="Sea",
        trial_params=json.dumps({"graduation_strategy": "MANUAL"}),
    )
    assert answer.status_code == 200


# Carousels.


def item(instagram: FlaskClient, shelf: Shelf, seed: int) -> str:
    url = shelf.image(seed).url
    return create(instagram, is_carousel_item="true", image_url=url).json["id"]


def test_a_carousel_shows_its_items_in_order(instagram: FlaskClient, shelf: Shelf) -> None:
    first, second = item(instagram, shelf, 2), item(instagram, shelf, 1)
    film = create(
        instagram, is_carousel_item="true", media_type="VIDEO", video_url=shelf.video().url
    ).json["id"]
    children = ",".join([first, film, second])
    post_id = make(instagram, media_type="CAROUSEL", children=children, caption="Three")
    [entry] = visible(instagram)
    assert [shown["sha256"] for shown in entry["media"]] == [
        shelf.image(2).sha256,
        shelf.video().sha256,
        shelf.image(1).sha256,
    ]
    answer = get(instagram, post_id, fields="media_type,media_product_type,children").json
    assert (answer["media_type"], answer["media_product_type"]) == ("CAROUSEL_ALBUM", "FEED")
    assert len(answer["children"]["data"]) == 3


def test_a_carousel_needs_finished_items_and_items_need_a_carousel(
    instagram: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    instagram.post("/_sim/processing", json={"seconds": 30})
    children = f"{item(instagram, shelf, 1)},{item(instagram, shelf, 2)}"
    early = create(instagram, media_type="CAROUSEL", children=children)
    assert refused(early) == (400, 9007, 2207027)
    offset.moved = 31
    assert create(instagram, media_type="CAROUSEL", children=children).status_code == 200
    alone = publish(instagram, children.partition(",")[0])
    assert refused(alone) == (400, 100, None)
    single = create(instagram, image_url=shelf.image().url).json["id"]
    both = f"{children.partition(',')[0]},{single}"
    assert refused(create(instagram, media_type="CAROUSEL", children=both))[:2] == (400, 100)


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
