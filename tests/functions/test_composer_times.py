"""The time of a post in the composer, on the clock of the user."""

from datetime import UTC, datetime

from functions.dashboard.composer.draft import AT, Draft
from functions.dashboard.composer.publish_time import when_of
from shared import clock
from tests.functions.composing import account, made, send
from tests.functions.dashboard_client import Browser, Dashboard


def test_a_time_is_read_on_the_clock_of_the_user(dashboard: Dashboard, ann: Browser) -> None:
    dashboard.world.parts.db.document("users/ann").update({"timezone": "Europe/Berlin"})
    year = clock.now().year + 1
    page = ann.get(f"/posts/new?at={year}-07-01T09:00")
    assert "Europe/Berlin, UTC+2" in page.text
    assert f'value="{year}-07-01T09:00"' in page.text
    answer = send(ann, page, account=account("x"), when="at", at=f"{year}-07-01T09:00")
    stored = dashboard.world.submission(made(answer))
    assert stored["scheduledTime"] == datetime(year, 7, 1, 7, tzinfo=UTC)


def test_a_skipped_hour_moves_and_a_doubled_one_is_asked() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    skipped = when_of(Draft(when=AT, at="2027-03-28T02:30", zone="Europe/Berlin"), now)
    assert (skipped.moved, skipped.fault) == ("2027-03-28T03:30", None)
    assert "03:30" in skipped.note
    doubled = Draft(when=AT, at="2027-10-31T02:30", zone="Europe/Berlin")
    asked = when_of(doubled, now)
    assert asked.fault is not None
    assert [value for value, _ in asked.choices] == ["0", "1"]
    assert "CEST" in asked.choices[0][1]
    for nonsense in ("", "soon", "2027-02-30T10:00", "9999-12-31T23:59:99"):
        assert when_of(Draft(when=AT, at=nonsense), now).fault is not None, nonsense


def test_a_skipped_hour_is_said_before_the_post_is_accepted(
    dashboard: Dashboard, ann: Browser
) -> None:
    dashboard.world.parts.db.document("users/ann").update({"timezone": "Europe/Berlin"})
    year = clock.now().year + 1
    day = max(d for d in range(25, 32) if datetime(year, 3, d).weekday() == 6)
    sent = {"account": account("x"), "when": "at"}
    answer = send(ann, ann.get("/posts/new"), at=f"{year}-03-{day}T02:30", **sent)
    assert answer.status_code == 422
    assert f'value="{year}-03-{day}T03:30"' in answer.text
    made(send(ann, answer, at=f"{year}-03-{day}T03:30", **sent))
