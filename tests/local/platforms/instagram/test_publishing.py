"""The twin of Instagram answers as its documentation says: containers and their publication."""

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.instagram.client import (
    API,
    DAY,
    TOKEN,
    USER,
    create,
    get,
    publish,
    refused,
    status,
    visible,
)
from tests.media import Shelf

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
