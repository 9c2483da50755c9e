"""The twin of Threads fetches media and creates carousels as its documentation says."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.twin import Threads
from tests.local.platforms.conftest import MovableOffset
from tests.media import Shelf, jpeg

TOKEN = {"access_token": "ada-access"}


@pytest.fixture
def threads() -> Iterator[FlaskClient]:
    platform = Threads()
    platform.add_account("ada", "ada_writes", "ada-access")
    platform.add_account("bob", "bob_reads", "bob-access")
    yield platform.app.test_client()


def create(threads: FlaskClient, **fields: str) -> Any:
    return threads.post("/v1.0/me/threads", data=TOKEN | fields)


def item(threads: FlaskClient, shelf: Shelf, seed: int = 1, **fields: str) -> str:
    url = shelf.image(seed).url
    made = {"media_type": "IMAGE", "image_url": url, "is_carousel_item": "true"}
    container: str = create(threads, **(made | fields)).json["id"]
    return container


def publish(threads: FlaskClient, container: str) -> Any:
    form = {"creation_id": container} | TOKEN
    return threads.post("/v1.0/me/threads_publish", data=form)


def status(threads: FlaskClient, container: str) -> dict[str, Any]:
    query = {"fields": "status,error_message"} | TOKEN
    fields: dict[str, Any] = threads.get(f"/v1.0/{container}", query_string=query).json
    return fields


def code(answer: Any) -> tuple[int, Any]:
    error = answer.json["error"]
    return error["code"], error.get("error_subcode")


def test_media_are_fetched_and_shown_with_the_post(threads: FlaskClient, shelf: Shelf) -> None:
    image = shelf.image()
    made = create(threads, media_type="IMAGE", image_url=image.url, text="Hi", alt_text="A")
    post_id = publish(threads, made.json["id"]).json["id"]
    (visible,) = threads.get("/_sim/posts").json
    (shown,) = visible["media"]
    assert (visible["text"], shown["sha256"], visible["requestCount"]) == ("Hi", image.sha256, 1)
    query = {"fields": "media_type,text"} | TOKEN
    listed = threads.get(f"/v1.0/{post_id}", query_string=query).json
    assert listed == {"media_type": "IMAGE", "text": "Hi", "id": post_id}


def test_processing_takes_the_configured_time(
    threads: FlaskClient, shelf: Shelf, offset: MovableOffset
) -> None:
    threads.post("/_sim/processing", json={"seconds": 30})
    made = create(threads, media_type="VIDEO", video_url=shelf.video().url).json["id"]
    assert status(threads, made)["status"] == "IN_PROGRESS"
    assert code(publish(threads, made)) == (24, 4279009)
    offset.moved = 31
    assert status(threads, made)["status"] == "FINISHED"


def test_media_that_cannot_be_fetched_are_refused_or_fail_in_the_status(
    threads: FlaskClient, shelf: Shelf
) -> None:
    gone = f"{shelf.url}/gone.jpg"
    webp = shelf.put("plain.webp", b"RIFF")
    for url in (gone, webp, shelf.video().url):
        assert code(create(threads, media_type="IMAGE", image_url=url)) == (9004, 2207052)
    made = create(threads, media_type="VIDEO", video_url=gone).json["id"]
    fields = status(threads, made)
    assert (fields["status"], fields["error_message"]) == (
        "ERROR",
        "FAILED_DOWNLOADING_VIDEO",
    )


def test_media_beyond_the_limits_fail_when_they_are_processed(
    threads: FlaskClient, shelf: Shelf
) -> None:
    flat = shelf.put("flat.jpeg", jpeg(1320, 120))
    made = create(threads, media_type="IMAGE", image_url=flat).json["id"]
    assert status(threads, made)["error_message"] == "INVALID_ASPEC_RATIO"


@pytest.mark.parametrize(
    "fields",
    [
        {"media_type": "IMAGE"},
        {"media_type": "IMAGE", "video_url": "http://a.test/a.jpg"},
        {"media_type": "VIDEO", "video_url": "http://a.test/ü.mp4"},
        {"media_type": "IMAGE", "image_url": "URL", "alt_text": "a" * 1001},
        {"media_type": "IMAGE", "image_url": "URL", "link_attachment": "https://example.com"},
        {"media_type": "IMAGE", "image_url": "URL", "auto_publish_text": "true"},
        {"media_type": "IMAGE", "image_url": "URL", "is_carousel_item": "true", "text": "Hi"},
        {"media_type": "IMAGE", "image_url": "URL", "children": "1,2"},
        {"media_type": "TEXT", "text": "Hi", "alt_text": "A"},
        {"media_type": "TEXT", "text": "Hi", "is_carousel_item": "true"},
        {"media_type": "CAROUSEL"},
        {"media_type": "CAROUSEL", "children": "1"},
        {"media_type": "CAROUSEL", "children": "1,1"},
        {"media_type": "CAROUSEL", "children": ",".join(map(str, range(21)))},
        {"media_type": "CAROUSEL", "children": "1,2", "alt_text": "A"},
    ],
)
def test_parameters_that_cannot_be_combined(
    threads: FlaskClient, shelf: Shelf, fields: dict[str, str]
) -> None:
    sent = {name: shelf.image().url if value == "URL" else value for name, value in fields.items()}
    assert code(create(threads, **sent)) == (100, None)


def test_a_carousel_needs_finished_items_of_its_own_account(
    threads: FlaskClient, shelf: Shelf
) -> None:
    first, second = item(threads, shelf, 1), item(threads, shelf, 2)
    assert code(publish(threads, first)) == (24, 4279009), "an item is no post"
    text = create(threads, media_type="TEXT", text="Hi").json["id"]
    foreign = item(threads, shelf, 3, access_token="bob-access")
    for other in ("17", text, foreign):
        refused = create(threads, media_type="CAROUSEL", children=f"{first},{other}")
        assert code(refused) == (24, 4279009)
    made = create(threads, media_type="CAROUSEL", children=f"{second},{first}", text="Two")
    assert publish(threads, made.json["id"]).status_code == 200
    (visible,) = threads.get("/_sim/posts").json
    hashes = [shown["sha256"] for shown in visible["media"]]
    assert hashes == [shelf.image(2).sha256, shelf.image(1).sha256]


def test_a_carousel_waits_for_its_items(threads: FlaskClient, shelf: Shelf) -> None:
    first = item(threads, shelf, 1)
    threads.post("/_sim/processing", json={"seconds": 30})
    second = item(threads, shelf, 2)
    early = create(threads, media_type="CAROUSEL", children=f"{first},{second}")
    assert code(early) == (100, None)
