"""scheduledTime, notAfter and draft: what is accepted, what is stored, and when it is a task."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
from tests.functions.api_client import ApiClient, faults_of, post


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2031-01-01T12:00:00Z", datetime(2031, 1, 1, 12)),
        ("2031-01-01t12:00:00z", datetime(2031, 1, 1, 12)),
        ("2031-01-01T12:00:00.123Z", datetime(2031, 1, 1, 12, 0, 0, 123000)),
        ("2031-01-01T12:00:00.123456Z", datetime(2031, 1, 1, 12, 0, 0, 123456)),
        ("2031-01-01T12:00Z", datetime(2031, 1, 1, 12)),
        ("2031-01-01T14:00:00+02:00", datetime(2031, 1, 1, 12)),
        ("2031-01-01T00:30:00-1130", datetime(2031, 1, 1, 12)),
        ("20310101T120000Z", datetime(2031, 1, 1, 12)),
        ("2032-02-29T12:00:00Z", datetime(2032, 2, 29, 12)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_a_time_with_an_offset_is_stored_in_utc(
    api: ApiClient, sent: str, stored: datetime
) -> None:
    post_id = api.accept(post(scheduledTime=sent))
    [submission] = api.submissions()
    assert submission["scheduledTime"] == stored.replace(tzinfo=UTC)
    assert submission["status"] == "queued"
    assert api.tasks() == [], "a post that far ahead waits in the store"
    shown = api.read(post_id).json
    assert shown["scheduledTime"] == f"{stored:%Y-%m-%dT%H:%M:%S}.{stored.microsecond // 1000:03}Z"
    assert shown["displayStatus"] == "scheduled"


@pytest.mark.parametrize("field", ["scheduledTime", "notAfter"])
@pytest.mark.parametrize(
    "sent",
    [
        "",
        "tomorrow",
        "2031-01-01",
        "2031-01-01T12:00:00",
        "2031-01-01 12:00:00Z",
        "2031-01-01T12:00:00 Z",
        " 2031-01-01T12:00:00Z",
        "2031-01-01T12:00:00Z\n",
        "2031-02-29T12:00:00Z",
        "2031-13-01T12:00:00Z",
        "2031-01-01T25:00:00Z",
        "2031-01-01T12:00:60Z",
        "2031-01-01T12:00:00+25:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "10000-01-01T00:00:00Z",
        "1893456000",
        "２０３１-01-01T12:00:00Z",
        "2031-01-01T12:00:00Z" * 1000,
    ],
)
def test_any_other_spelling_of_a_time_is_refused(api: ApiClient, field: str, sent: str) -> None:
    assert faults_of(api.send(post(**{field: sent}))) == [(field, None, "invalid_time")]
    assert api.stored_nothing()


@pytest.mark.parametrize("ahead", [-86400, -1, 0, 1, 55])
def test_a_time_less_than_a_minute_ahead_is_refused(api: ApiClient, ahead: int) -> None:
    body = post(scheduledTime=_iso(clock.now() + timedelta(seconds=ahead)))
    assert faults_of(api.send(body)) == [("scheduledTime", None, "too_soon")]
    assert api.stored_nothing()


def test_a_time_just_over_a_minute_ahead_is_a_task_at_that_second(api: ApiClient) -> None:
    moment = clock.now() + timedelta(seconds=65)
    post_id = api.accept(post(scheduledTime=_iso(moment)))
    [task] = api.world.tasks.pending()
    assert task.schedule_time == moment
    assert api.tasks() == [{"submissionId": post_id, "generation": 1}]


@pytest.mark.parametrize(("minutes", "is_task"), [(59, True), (61, False)])
def test_only_a_post_within_the_next_hour_is_a_task(
    api: ApiClient, minutes: int, is_task: bool
) -> None:
    api.accept(post(scheduledTime=_iso(clock.now() + timedelta(minutes=minutes))))
    assert bool(api.tasks()) is is_task
    [submission] = api.submissions()
    due = submission["scheduledTime"]
    assert submission["wakeAt"] == (
        due + timedelta(minutes=2) if is_task else due - timedelta(hours=1)
    )


@pytest.mark.parametrize("sent", [{}, {"scheduledTime": None}])
def test_no_time_means_now(api: ApiClient, sent: dict[str, Any]) -> None:
    api.accept(post(**sent))
    [submission] = api.submissions()
    assert "scheduledTime" not in submission
    assert len(api.tasks()) == 1


def test_not_after_is_stored(api: ApiClient) -> None:
    post_id = api.accept(
        post(scheduledTime="2031-01-01T12:00:00Z", notAfter="2031-01-01T14:00:01+01:00")
    )
    assert api.submissions()[0]["notAfter"] == datetime(2031, 1, 1, 13, 0, 1, tzinfo=UTC)
    assert api.read(post_id).json["notAfter"] == "2031-01-01T13:00:01.000Z"


@pytest.mark.parametrize(
    "times",
    [
        {"notAfter": "2020-01-01T00:00:00Z"},
        {"scheduledTime": "2031-01-01T12:00:00Z", "notAfter": "2031-01-01T12:00:00Z"},
        {"scheduledTime": "2031-01-01T12:00:00Z", "notAfter": "2031-01-01T13:59:59+02:00"},
    ],
)
def test_a_not_after_before_the_post_can_start_is_refused(
    api: ApiClient, times: dict[str, str]
) -> None:
    assert faults_of(api.send(post(**times))) == [("notAfter", None, "too_soon")]


@pytest.mark.parametrize("more", [{}, {"scheduledTime": "2031-01-01T12:00:00Z"}])
def test_a_draft_is_only_saved(api: ApiClient, more: dict[str, Any]) -> None:
    post_id = api.accept(post(draft=True, **more))
    [submission] = api.submissions()
    assert submission["status"] == "draft"
    assert "wakeAt" not in submission
    assert api.tasks() == []
    shown = api.read(post_id).json
    assert (shown["status"], shown["displayStatus"]) == ("draft", "draft")


def test_a_draft_must_meet_the_limits_of_its_platforms(api: ApiClient) -> None:
    answer = api.send(post("a" * 281, draft=True))
    assert faults_of(answer) == [("post.content.text", "x", "text_too_long")]
