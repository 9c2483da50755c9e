"""The twin of Threads answers as its documentation says: containers and their publication."""

import pytest
from flask.testing import FlaskClient

from local.platforms.threads.text import shown_text, text_units
from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.threads.client import (
    API,
    DAY,
    create,
    get,
    is_not_found_race,
    make,
    publish,
    visible,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def status(threads: FlaskClient, container: str) -> str:
    return get(threads, f"{API}/{container}", fields="status,error_message").json["status"]


# Creating and publishing.


def test_a_container_is_invisible_until_it_is_published(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    assert get(threads, f"{API}/{container}", fields="status,error_message").json == {
        "status": "FINISHED",
        "id": container,
    }
    assert visible(threads) == []
    post_id = publish(threads, container).json["id"]
    assert post_id != container
    assert status(threads, container) == "PUBLISHED"
    [entry] = threads.get("/_sim/posts?account=ada").json
    assert (entry["id"], entry["text"], entry["requestCount"]) == (post_id, "Hello", 1)


def test_parameters_can_be_in_the_query_and_the_token_in_a_header(threads: FlaskClient) -> None:
    bearer = {"Authorization": "Bearer ada-access"}
    query = {"media_type": "TEXT", "text": "Hello", "no_such_parameter": "1"}
    container = threads.post(f"{API}/me/threads", query_string=query, headers=bearer).json["id"]
    creation = {"creation_id": container}
    answer = threads.post(f"{API}/me/threads_publish", query_string=creation, headers=bearer)
    assert (answer.status_code, visible(threads)) == (200, ["Hello"])


def test_a_published_container_makes_no_second_post(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    publish(threads, container)
    assert publish(threads, container).status_code == 400
    [entry] = threads.get("/_sim/posts").json
    assert entry["requestCount"] == 2


def test_an_unknown_or_foreign_container_is_not_found(threads: FlaskClient) -> None:
    container = create(threads, "Hello").json["id"]
    unknown = publish(threads, "17889615691921000")
    assert is_not_found_race(unknown)
    assert unknown.json["error"]["is_transient"] is False
    assert unknown.json["error"]["error_user_msg"] == (
        "The media with id 17889615691921000 cannot be found."
    )
    assert is_not_found_race(publish(threads, container, access_token="bob-access"))
    assert visible(threads) == []


def test_the_publish_race_answers_not_found_that_many_times(threads: FlaskClient) -> None:
    threads.post("/_sim/publish_race", json={"times": 2})
    container = create(threads, "Hello").json["id"]
    answers = [publish(threads, container) for _ in range(3)]
    assert [is_not_found_race(answer) for answer in answers] == [True, True, False]
    assert (answers[2].status_code, visible(threads)) == (200, ["Hello"])
    assert threads.post("/_sim/publish_race", json={"times": -1}).status_code == 400


def test_a_container_expires_after_a_day(threads: FlaskClient, offset: MovableOffset) -> None:
    container = create(threads, "Hello").json["id"]
    offset.moved = DAY - 60
    assert status(threads, container) == "FINISHED"
    offset.moved = DAY + 1
    assert status(threads, container) == "EXPIRED"
    assert is_not_found_race(publish(threads, container))
    assert visible(threads) == []


@pytest.mark.parametrize("mode", ["processing_stuck", "processing_failed"])
def test_a_container_that_is_not_finished_cannot_be_published(
    threads: FlaskClient, offset: MovableOffset, mode: str
) -> None:
    fault = {"match": f"POST {API}/me/threads", "mode": mode}
    threads.post("/_sim/faults", json=fault)
    container = create(threads, "Hello").json["id"]
    expected = {
        "processing_stuck": {"status": "IN_PROGRESS", "id": container},
        "processing_failed": {"status": "ERROR", "error_message": "UNKNOWN", "id": container},
    }
    answer = get(threads, f"{API}/{container}", fields="status,error_message")
    assert (answer.status_code, answer.json) == (200, expected[mode])
    assert is_not_found_race(publish(threads, container))
    offset.moved = 2 * DAY
    still = {"processing_stuck": "IN_PROGRESS", "processing_failed": "EXPIRED"}
    assert status(threads, container) == still[mode]
    assert status(threads, create(threads, "Another").json["id"]) == "FINISHED"


def test_auto_publish_publishes_in_one_call(threads: FlaskClient) -> None:
    post_id = create(threads, "Hello", auto_publish_text="true").json["id"]
    [entry] = threads.get("/_sim/posts").json
    assert (entry["id"], entry["requestCount"]) == (post_id, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"media_type": "REEL"},
        {"media_type": ""},
        {"media_type": "text"},
        {"text": ""},
        {"text": "a" * 501},
        {"reply_control": "nobody"},
        {"topic_tag": "a.b"},
        {"topic_tag": "a" * 51},
        {"link_attachment": "example"},
        {"poll_attachment": '{"option_a": "one"}'},
    ],
)
def test_parameters_that_the_platform_refuses(threads: FlaskClient, fields: dict[str, str]) -> None:
    answer = create(threads, **({"text": "Hello"} | fields))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
    assert "id" not in answer.json


@pytest.mark.parametrize(
    ("text", "units"),
    [("a" * 5, 5), ("漢", 3), ("\U0001f600", 4), (FAMILY, 25), ("\u2764\ufe0f", 6)],
)
def test_characters_count_by_their_bytes(text: str, units: int) -> None:
    assert text_units(text) == units


def test_500_units_are_accepted_and_more_refused(threads: FlaskClient) -> None:
    assert create(threads, "漢" * 166 + "ab").status_code == 200
    assert create(threads, FAMILY * 20).status_code == 200
    refused = create(threads, FAMILY * 20 + "a")
    assert refused.status_code == 400
    assert "at most 500 characters" in refused.json["error"]["message"]


def test_more_than_five_different_links_are_refused(threads: FlaskClient) -> None:
    five = " ".join(f"https://example.com/{n}" for n in range(5))
    assert create(threads, five + " https://example.com/0").status_code == 200
    refused = create(threads, five, link_attachment="https://example.org/")
    assert refused.status_code == 400
    assert refused.json["error"]["message"] == "THREADS_API__LINK_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("text", "shown", "topic"),
    [
        ("About #python and #ruby", "About python and #ruby", "python"),
        ("See https://example.com/#part", "See https://example.com/#part", None),
        ("C# is # a note", "C# is # a note", None),
    ],
)
def test_the_first_tag_becomes_the_topic(text: str, shown: str, topic: str | None) -> None:
    assert shown_text(text, None) == (shown, topic)


def test_the_api_shows_the_text_without_the_topic_sign_and_the_feed_the_text_as_sent(
    threads: FlaskClient,
) -> None:
    post_id = make(threads, "About #python")
    answer = get(threads, f"{API}/{post_id}", fields="text,topic_tag").json
    assert answer == {"text": "About python", "topic_tag": "python", "id": post_id}
    assert visible(threads) == ["About #python"]
    other = make(threads, "About #ruby", topic_tag="code")
    assert get(threads, f"{API}/{other}", fields="text").json["text"] == "About #ruby"


def test_a_reply_needs_its_parent_and_has_a_separate_list(threads: FlaskClient) -> None:
    assert is_not_found_race(create(threads, "re", reply_to_id="1"))
    parent = make(threads, "Hello")
    reply = make(threads, "re", reply_to_id=parent)
    assert [p["id"] for p in get(threads, f"{API}/me/threads").json["data"]] == [parent]
    [listed] = get(threads, f"{API}/me/replies", fields="replied_to").json["data"]
    assert listed == {"replied_to": {"id": parent}, "id": reply}
