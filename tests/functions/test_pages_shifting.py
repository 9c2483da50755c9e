"""Moving several posts by the same time: a week keeps the clock, and each outcome is told."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.dashboard.posts.shifting import shift_of
from shared import clock
from tests.functions.api_client import ApiClient, post
from tests.functions.posts_in_pages import draft, scheduled, send
from tests.functions.signed_in_browser import SignedInBrowser, browser

__all__ = ["browser"]
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _forward() -> date:
    """The next last Sunday of a March, when clocks go forward at 02:00."""
    year = clock.now().year + 1
    return max(day for n in range(7) if (day := date(year, 3, 25 + n)).weekday() == 6)


def _at(api: ApiClient, at: datetime, **more: str) -> str:
    sent = {"scheduledTime": at.isoformat(), **more}
    return api.accept(post(text=f"At {at:%H:%M}") | sent)


def _due(api: ApiClient, post_id: str) -> datetime:
    return datetime.fromisoformat(api.read(post_id).json["scheduledTime"])


def test_days_keep_the_clock_and_hours_pass(api: ApiClient, browser: SignedInBrowser) -> None:
    browser.db.document(f"users/{api.user_id}").update({"timezone": BERLIN.key})
    before = _forward() - DAY
    nine = datetime.combine(before, time(9, 0, 17), BERLIN)
    skipped = datetime.combine(before, time(2, 30), BERLIN)
    ids = [_at(api, nine), _at(api, skipped)]
    page = send(browser, "/posts/selected", do="move", by="+1 days", id=ids).text
    assert "Moved: 2 of 2" in page
    assert f"Sat {before.day} → Sun {before.day + 1} Mar {before.year}, 09:00 CEST" in page
    assert "Clocks go forward on that day, so the time moved with them." in page
    assert _due(api, ids[0]) == nine.astimezone(UTC) + 23 * HOUR, "with its seconds"
    assert f"{_due(api, ids[1]).astimezone(BERLIN):%d %H:%M}" == f"{before.day + 1} 03:30"
    send(browser, "/posts/selected", do="move", by="-1 days", id=ids[:1])
    assert _due(api, ids[0]) == nine
    fields = {"way": "+", "amount": "24", "unit": "hours"}
    send(browser, "/posts/selected", do="move", id=ids[:1], **fields)
    assert _due(api, ids[0]) == nine.astimezone(UTC) + 24 * HOUR


def test_a_time_that_occurs_twice_stays_the_same_one_of_both() -> None:
    year = clock.now().year + 1
    back = max(day for n in range(7) if (day := date(year, 10, 25 + n)).weekday() == 6)
    week = shift_of("+1 weeks")
    assert week
    first = week.of(datetime.combine(back - 7 * DAY, time(2, 30), BERLIN), BERLIN)
    assert first.at == datetime.combine(back, time(0, 30), UTC)
    second = week.of(datetime.combine(back, time(1, 30), UTC), BERLIN)
    assert second.at == datetime.combine(back + 7 * DAY, time(1, 30), UTC)


def test_the_question_counts_out_what_cannot_be_moved(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    waiting, idea = scheduled(api, "Waits"), draft(api, "No time yet")
    asked = send(browser, "/posts/selected", do="move", id=[waiting, idea], back="/posts?q=a")
    assert asked.status_code == 200
    assert "Move 1 post<" in asked.text
    assert "1 of the selected posts is left out" in asked.text
    assert f'name="id" value="{waiting}"' in asked.text
    assert idea not in asked.text
    before = _due(api, waiting)
    nothing = send(browser, "/posts/selected", do="move", id=[idea]).text
    assert "These posts cannot be moved" in nothing
    assert 'name="amount"' not in nothing
    forged = send(browser, "/posts/selected", do="move", by="+1 days", id=[idea, waiting]).text
    assert "Moved: 1 of 2" in forged
    assert "its state is “Draft”, so it cannot be moved" in forged
    assert _due(api, waiting) == before + DAY


@pytest.mark.parametrize("amount", ["", "0", "1000", "١"])
def test_an_amount_that_cannot_be_read_is_asked_again(
    api: ApiClient, browser: SignedInBrowser, amount: str
) -> None:
    post_id = scheduled(api)
    before = _due(api, post_id)
    fields = {"way": "+", "amount": amount, "unit": "weeks"}
    again = send(browser, "/posts/selected", do="move", id=[post_id], **fields)
    assert again.status_code == 400
    assert "Enter a whole number from 1 to 999." in again.text
    assert "<option selected>weeks</option>" in again.text
    assert _due(api, post_id) == before


def test_a_move_into_the_past_or_beyond_a_limit_is_refused_for_that_post_alone(
    api: ApiClient, browser: SignedInBrowser
) -> None:
    soon = clock.now().replace(microsecond=0) + 3 * HOUR
    limited = _at(api, soon + DAY, notAfter=(soon + DAY + HOUR).isoformat())
    ids = [_at(api, soon), limited, _at(api, datetime(9999, 12, 31, tzinfo=UTC))]
    earlier = send(browser, "/posts/selected", do="move", by="-4 hours", id=ids).text
    assert "Moved: 2 of 3" in earlier
    assert "has passed. Choose a later time." in earlier
    assert _due(api, ids[0]) == soon
    later = send(browser, "/posts/selected", do="move", by="+999 weeks", id=ids).text
    assert "Moved: 1 of 3" in later
    assert "its notAfter is earlier" in later
    assert "The calendar ends before that time." in later
