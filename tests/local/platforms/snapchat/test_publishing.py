"""The twin of Snapchat answers as its documentation says: publications and refusals."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.snapchat.client import (
    ADA,
    DAY,
    PATH,
    code,
    spotlight,
    status,
    uploaded,
    visible,
)
from tests.media import jpeg, mp4, png

pytestmark = pytest.mark.slow


def story(snapchat: FlaskClient, media_id: str, **more: Any) -> Any:
    return snapchat.post(f"{PATH}/stories", json={"media_id": media_id} | more, headers=ADA)


def saved(snapchat: FlaskClient, media_id: str, title: str) -> Any:
    stories = [{"title": title, "snap_sources": [{"media_id": media_id}]}]
    return snapchat.post(f"{PATH}/saved_stories", json={"saved_stories": stories}, headers=ADA)


def listed(snapchat: FlaskClient, path: str, **query: str) -> Any:
    return snapchat.get(f"{PATH}/{path}", query_string=query, headers=ADA).json


# Publishing.


def test_a_story_is_accepted_without_an_id_and_listed(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat, jpeg(), "IMAGE")
    answer = story(snapchat, media, customized_ttl={"ttl": "TWO_DAYS"})
    assert answer.json.keys() == {"request_id", "request_status"}
    [entry] = listed(snapchat, "stories")["stories"]
    assert entry["story"]["media_type"] == "IMAGE"
    assert entry["story"]["expired"] is False
    assert visible(snapchat) == [""]
    assert listed(snapchat, "saved_stories")["saved_stories"] == []


def test_a_story_expires_and_a_list_can_lag(snapchat: FlaskClient, offset: MovableOffset) -> None:
    snapchat.post("/_sim/lag", json={"seconds": 60})
    story(snapchat, uploaded(snapchat))
    assert listed(snapchat, "stories")["stories"] == []
    offset.moved = 61
    assert len(listed(snapchat, "stories")["stories"]) == 1
    offset.moved = DAY + 1
    assert listed(snapchat, "stories")["stories"][0]["story"]["expired"] is True


@pytest.mark.parametrize(
    "more",
    [{"customized_ttl": {"ttl": "ONE_YEAR"}}, {"customized_ttl": "ONE_DAY"}, {"text": "Hello"}],
)
def test_a_story_has_a_known_lifetime_and_no_text(
    snapchat: FlaskClient, more: dict[str, Any]
) -> None:
    assert story(snapchat, uploaded(snapchat), **more).status_code == 400
    assert visible(snapchat) == []


def test_a_saved_story_has_a_title(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat, png(), "IMAGE")
    for title in ("", "a" * 46):
        answer = saved(snapchat, media, title)
        assert (answer.status_code, answer.json["request_status"]) == (200, "PARTIAL")
        assert answer.json["saved_stories"][0]["sub_request_status"] == "ERROR"
    made = saved(snapchat, media, "a" * 45).json["saved_stories"][0]["saved_story"]
    [entry] = listed(snapchat, "saved_stories")["saved_stories"]
    assert (entry["saved_story"]["id"], entry["saved_story"]["title"]) == (made["id"], "a" * 45)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"locale": None}, "locale"),
        ({"locale": "en-US"}, "locale"),
        ({"description": "a" * 161}, "description"),
        ({"skip_save_to_profile": "no"}, "skip_save_to_profile"),
        ({"title": "Hello"}, "title"),
    ],
)
def test_a_spotlight_requires_a_locale_and_a_short_description(
    snapchat: FlaskClient, changed: dict[str, Any], word: str
) -> None:
    answer = spotlight(snapchat, uploaded(snapchat), **changed)
    assert answer.status_code == 400
    assert word in answer.json["debug_message"]
    assert visible(snapchat) == []


def test_a_spotlight_is_a_video(snapchat: FlaskClient) -> None:
    assert spotlight(snapchat, uploaded(snapchat, jpeg(), "IMAGE")).status_code == 400


@pytest.mark.full
@pytest.mark.parametrize(
    ("seconds", "width", "height", "word"),
    [
        (4, 720, 1280, "duration"),
        (61, 180, 320, "duration"),
        pytest.param(8, 480, 854, "resolution", marks=pytest.mark.full),
        pytest.param(8, 1280, 960, "ratio", marks=pytest.mark.full),
    ],
)
def test_a_video_has_its_limits(
    snapchat: FlaskClient, seconds: float, width: int, height: int, word: str
) -> None:
    answer = story(snapchat, uploaded(snapchat, mp4(seconds, width, height)))
    assert answer.status_code == 400
    assert word in answer.json["debug_message"]


@pytest.mark.parametrize(("mode", "end"), [(None, "LIVE"), ("processing_failed", "REJECTED")])
def test_a_spotlight_is_moderated(
    snapchat: FlaskClient, offset: MovableOffset, mode: str | None, end: str
) -> None:
    snapchat.post("/_sim/moderation", json={"seconds": 60})
    media = uploaded(snapchat)
    if mode:
        snapchat.post("/_sim/faults", json={"match": f"POST {PATH}/spotlights", "mode": mode})
    made = spotlight(snapchat, media).json["spotlight_id"]
    assert status(snapchat, made) == "SUBMITTED"
    offset.moved = 61
    assert status(snapchat, made) == end
    assert visible(snapchat) == (["Hello"] if end == "LIVE" else [])
    unknown = snapchat.get(f"{PATH}/spotlights/W7_none", headers=ADA)
    assert unknown.status_code == 404


def test_media_are_processed_before_they_can_be_published(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    snapchat.post("/_sim/processing", json={"seconds": 60})
    media = uploaded(snapchat)
    assert code(spotlight(snapchat, media)) == "MEDIA_PROCESSING"
    assert visible(snapchat) == []
    offset.moved = 61
    assert spotlight(snapchat, media).status_code == 200
    [entry] = snapchat.get("/_sim/posts").json
    assert entry["requestCount"] == 2


@pytest.mark.parametrize(
    ("mode", "refusal"), [("processing_stuck", "MEDIA_PROCESSING"), ("processing_failed", None)]
)
@pytest.mark.parametrize("match", [f"POST {PATH}/media", f"POST /us{PATH}/media"])
def test_processing_can_fail_or_never_end(
    snapchat: FlaskClient, offset: MovableOffset, mode: str, refusal: str | None, match: str
) -> None:
    snapchat.post("/_sim/faults", json={"match": match, "mode": mode})
    media = uploaded(snapchat)
    offset.moved = DAY / 2
    assert code(story(snapchat, media)) == refusal
    assert visible(snapchat) == []


def test_a_second_call_during_the_first_is_refused(
    snapchat: FlaskClient, offset: MovableOffset
) -> None:
    snapchat.post("/_sim/posting", json={"seconds": 60})
    media = uploaded(snapchat)
    assert story(snapchat, media).status_code == 200
    assert listed(snapchat, "stories")["stories"] == []
    assert code(story(snapchat, media)) == "MEDIA_POSTING_ALREADY_IN_PROGRESS"
    offset.moved = 61
    assert len(listed(snapchat, "stories")["stories"]) == 1
    # It is not known whether the media can be posted again later. The twin allows it, so that a
    # client that relies on a refusal makes two posts.
    assert story(snapchat, media).status_code == 200
    assert visible(snapchat) == ["", ""]


def test_a_foreign_or_unknown_media_is_not_found(snapchat: FlaskClient) -> None:
    assert story(snapchat, "none").status_code == 404
    assert snapchat.post(f"{PATH}/stories", json={}, headers=ADA).status_code == 404
    assert snapchat.post(f"{PATH}/stories", data={}, headers=ADA).status_code == 400


def test_lists_are_cut_into_pages_newest_first(snapchat: FlaskClient) -> None:
    media = uploaded(snapchat)
    for number in range(3):
        spotlight(snapchat, media, description=str(number))
    first = listed(snapchat, "spotlights", limit="2")
    rest = listed(snapchat, "spotlights", limit="2", cursor=first["page"]["next_page_id"])
    shown = [entry["spotlight"]["description"] for entry in first["spotlights"]]
    assert shown == ["2", "1"]
    assert [entry["spotlight"]["description"] for entry in rest["spotlights"]] == ["0"]
    assert rest["page"] == {}
    assert listed(snapchat, "spotlights", limit="0")["request_status"] == "ERROR"
    assert listed(snapchat, "spotlights", cursor="next")["request_status"] == "ERROR"


# Refusals.


def test_errors_may_come_with_200(snapchat: FlaskClient) -> None:
    snapchat.post("/_sim/errors_with_200", json={"on": True})
    answer = story(snapchat, "none")
    assert (answer.status_code, code(answer)) == (200, None)
    nobody = {"Authorization": "Bearer nobody"}
    assert snapchat.get(f"{PATH}/stories", headers=nobody).status_code == 401
    snapchat.post("/_sim/reset")
    assert story(snapchat, "none").status_code == 404


@pytest.mark.parametrize(("mode", "waits"), [("rate_limit", "9"), ("quota", None)])
def test_limits_apply_through_faults(snapchat: FlaskClient, mode: str, waits: str | None) -> None:
    fault = {"match": f"POST {PATH}/stories", "mode": mode, "retryAfter": 9}
    snapchat.post("/_sim/faults", json=fault)
    answer = story(snapchat, uploaded(snapchat))
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, waits)
    assert visible(snapchat) == []


def test_unknown_paths_methods_and_failures_have_the_envelope(snapchat: FlaskClient) -> None:
    assert snapchat.get("/v1/nothing", headers=ADA).json["request_status"] == "ERROR"
    assert snapchat.delete(f"{PATH}/spotlights/W7_1", headers=ADA).status_code == 405
    fault = {"match": f"POST {PATH}/stories", "mode": "accept_then_500"}
    snapchat.post("/_sim/faults", json=fault)
    answer = story(snapchat, uploaded(snapchat))
    assert (answer.status_code, answer.json["request_status"]) == (500, "ERROR")
    assert visible(snapchat) == [""]


def test_a_reset_forgets_media_and_resets_the_controls(snapchat: FlaskClient) -> None:
    snapchat.post("/_sim/moderation", json={"seconds": 60})
    media = uploaded(snapchat)
    snapchat.post("/_sim/reset")
    assert story(snapchat, media).status_code == 404
    made = spotlight(snapchat, uploaded(snapchat)).json["spotlight_id"]
    assert status(snapchat, made) == "LIVE"
