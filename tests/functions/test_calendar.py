"""The calendar, the list of scheduled posts, drafts, and moving a post to another time."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

import shared.wiring
from functions.dashboard.calendar import moving, planner
from functions.dashboard.calendar.weeks import first_weekday, read_day, span_of
from shared import clock
from shared.domain.accounts import AccountStatus
from shared.posts import history
from tests.functions.dashboard_client import ORIGIN, PEOPLE, Browser, serving
from tests.world import USER, World
from tests.zones import machine_in

BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = '<script>alert(1)</script>" onclick="x'


@pytest.fixture
def ann(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The browser of a signed-in user whose profile says Berlin; the server is in New York."""
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    moving.limiter.cache_clear()
    with machine_in("America/New_York"), serving(world) as dashboard:
        browser = dashboard.browser()
        browser.sign_in_by_google(PEOPLE["ann"])
        world.parts.db.document(f"users/{USER}").update({"timezone": BERLIN.key})
        yield browser


def berlin(day: date, wall: str = "09:00", fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{wall}").replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def schedule(ann: Browser, at: datetime, text: str = "Hello", **more: Any) -> str:
    return ann.dashboard.world.submit(text, "x", scheduledTime=at.isoformat(), **more)


def in_days(count: int) -> date:
    return (clock.now() + timedelta(days=count)).astimezone(BERLIN).date()


def clock_change(month: int) -> date:
    """The last Sunday of March or October of a year that has not begun."""
    last = date(clock.now().year + 1, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def move(ann: Browser, post_id: str, at: str, **fields: str) -> TestResponse:
    """As the calendar's script does it."""
    page = ann.get(f"/posts/{post_id}/move")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf, page.text
    return ann.client.post(
        f"/posts/{post_id}/move",
        base_url=ORIGIN,
        data={"csrf": csrf[1], "at": at, **fields},
        headers={"Origin": ORIGIN, "Accept": "application/json"},
    )


def time_of(ann: Browser, post_id: str) -> datetime:
    stored = ann.dashboard.world.parts.deliveries.submission(post_id)
    assert stored is not None
    assert stored.submission.scheduled_time is not None
    return stored.submission.scheduled_time


def shown_times(page: TestResponse, post_id: str) -> set[str]:
    """The times beside the links to a post."""
    assert page.status_code == 200, page.text
    found = re.findall(
        rf'href="[^"]*/posts/{post_id}"[^>]*>\s*<span[^>]*><time[^>]*>([^<]+)<', page.text
    )
    rows = re.findall(rf'id="post-{post_id}">\s*<div class="when"><time[^>]*>([^<]+)<', page.text)
    return {*found, *rows}


@pytest.mark.full
@pytest.mark.parametrize("month", [3, 10])
def test_nine_o_clock_is_nine_o_clock_everywhere_around_a_clock_change(
    ann: Browser, month: int
) -> None:
    changes = clock_change(month)
    for day in (changes - timedelta(days=1), changes, changes + timedelta(days=1)):
        post_id = schedule(ann, berlin(day))
        for address in (
            "/posts/scheduled",
            f"/calendar?date={day}",
            f"/calendar?view=week&date={day}",
            f"/calendar?view=day&date={day}",
        ):
            assert shown_times(ann.get(address), post_id) == {"09:00"}, address
        assert f'name="at" value="{day}T09:00"' in ann.get(f"/posts/{post_id}/move").text
        assert f'value="{day}T09:00"' in ann.get(f"/posts/{post_id}/edit").text
        assert re.search(
            rf"{day:%a} {day.day} {day:%b}[^<]*, 09:00", ann.get(f"/posts/{post_id}").text
        )
        assert f'data-at="{day}T09:00"' in ann.get(f"/calendar?date={day}").text
    way = "forward" if month == 3 else "back"
    assert f"Clocks go {way} on Sun {changes.day}" in ann.get(f"/calendar?date={changes}").text


def test_the_two_moments_of_a_doubled_hour_are_told_apart(ann: Browser) -> None:
    day = clock_change(10)
    for fold, name in ((0, "CEST"), (1, "CET")):
        post_id = schedule(ann, berlin(day, "02:30", fold))
        assert shown_times(ann.get(f"/calendar?date={day}"), post_id) == {f"02:30 {name}"}


def test_a_post_is_moved_by_the_form_and_moved_back(ann: Browser) -> None:
    before, after = in_days(3), in_days(5)
    post_id = schedule(ann, berlin(before))
    back = f"/calendar?view=week&date={before}"
    form = ann.get(f"/posts/{post_id}/move?back={back.replace('&', '%26')}")
    moved = ann.submit(form, "/move", at=f"{after}T09:00")
    assert moved.status_code == 303
    assert moved.headers["Location"].startswith(f"{ORIGIN}{back}&moved={post_id}&before=")
    assert time_of(ann, post_id) == berlin(after)
    page = ann.get(moved.headers["Location"])
    assert re.search(
        rf"{before:%a} {before.day}.* → {after:%a} {after.day} {after:%b}.*, 09:00 CE", page.text
    )
    undone = ann.submit(page, f"{post_id}/move")
    assert time_of(ann, post_id) == berlin(before)
    assert "Undo" in ann.get(undone.headers["Location"]).text
    ann.dashboard.world.advance(timedelta(minutes=2))
    assert "Undo" not in ann.get(undone.headers["Location"]).text


def test_a_refused_move_says_why_and_changes_nothing(ann: Browser) -> None:
    world, at = ann.dashboard.world, berlin(in_days(3))
    post_id = schedule(ann, at)
    for wanted, said in ((f"{in_days(-1)}T09:00", "has passed"), ("x", "Enter a date")):
        answer = move(ann, post_id, wanted)
        assert (answer.status_code, said in answer.json["fault"]) == (400, True), answer.json
        form = ann.submit(ann.get(f"/posts/{post_id}/move"), "/move", at=wanted)
        assert (form.status_code, said in form.text) == (400, True)
    assert time_of(ann, post_id) == at
    limited = schedule(ann, at, notAfter=(at + timedelta(hours=1)).isoformat())
    assert "notAfter" in move(ann, limited, f"{in_days(4)}T09:00").json["fault"]
    published = world.submit("Now", "x")
    assert "is being published" in ann.get(f"/posts/{published}/move").text
    world.deliver_due()
    page = ann.get(f"/posts/{published}/move")
    assert "Duplicate it instead" in page.text
    assert 'name="at"' not in page.text


def test_a_post_that_starts_meanwhile_is_not_moved(ann: Browser) -> None:
    world, day = ann.dashboard.world, in_days(3)
    post_id = schedule(ann, clock.now() + timedelta(minutes=2))
    page = ann.get(f"/posts/{post_id}/move")
    world.advance(timedelta(minutes=3))
    world.deliver_due()
    answer = ann.submit(page, "/move", at=f"{day}T09:00")
    assert answer.status_code == 409
    assert "cannot be moved" in answer.text


def test_other_users_posts_do_not_exist(ann: Browser) -> None:
    world = ann.dashboard.world
    post_id = schedule(ann, berlin(in_days(3)), "Secret")
    page = ann.get(f"/posts/{post_id}/move")
    at = time_of(ann, post_id)
    world.parts.db.document(f"postSubmissions/{post_id}").update({"userId": "bob"})
    assert ann.get(f"/posts/{post_id}/move").status_code == 404
    assert ann.get("/posts/x/move").status_code == 404
    assert ann.submit(page, "/move", at=f"{in_days(4)}T09:00").status_code == 404
    moved = ann.get(f"/calendar?date={in_days(3)}&moved={post_id}&before=2030-01-01T00:00:00Z")
    assert (moved.status_code, "→" in moved.text, "Secret" in moved.text) == (200, False, False)
    assert time_of(ann, post_id) == at


def test_a_skipped_hour_is_moved_and_said_and_a_doubled_one_asked(ann: Browser) -> None:
    post_id = schedule(ann, berlin(in_days(3)))
    spring, autumn = clock_change(3), clock_change(10)
    moved = move(ann, post_id, f"{spring}T02:30").json["location"]
    assert time_of(ann, post_id) == berlin(spring, "03:30")
    assert "so 02:30 does not exist. The post is scheduled for 03:30." in ann.get(moved).text
    asked = move(ann, post_id, f"{autumn}T02:30").json["ask"]
    assert time_of(ann, post_id) == berlin(spring, "03:30")
    form = ann.get(asked)
    assert "02:30 CEST, before" in form.text
    assert "02:30 CET, after" in form.text
    ann.submit(form, "/move", at=f"{autumn}T02:30", fold="1")
    assert time_of(ann, post_id) == berlin(autumn, "02:30", 1)


def test_a_page_in_another_zone_moves_in_that_zone_and_keeps_it(ann: Browser) -> None:
    day = in_days(3)
    post_id = schedule(ann, berlin(day))
    page = ann.get(f"/calendar?date={day}&zone=Europe/Lisbon")
    assert shown_times(page, post_id) == {"08:00"}
    assert "Times are shown for Lisbon" in page.text
    links = re.findall(r'href="([^"]*/calendar\?[^"]*)"', page.text)
    kept = [link for link in links if "zone=Europe%2FLisbon" in link]
    assert len(links) - len(kept) == 1, "the one that shows Berlin again"
    move(ann, post_id, f"{day}T10:00", zone="Europe/Lisbon")
    assert time_of(ann, post_id) == berlin(day, "11:00")
    # A new post is written in the zone of the profile.
    assert (
        f"/posts/new?at={day}T11%3A00" in ann.get(f"/calendar?date={day}&zone=Europe/Lisbon").text
    )
    assert shown_times(ann.get(f"/calendar?date={day}&zone=Nowhere"), post_id) == {"11:00"}


def test_a_day_shows_three_posts_and_opens_to_all(ann: Browser) -> None:
    day = in_days(2)
    for minute in range(6):
        schedule(ann, berlin(day, f"1{minute}:00"), f"Post {minute} {HOSTILE}")
    month = ann.get(f"/calendar?date={day}")
    [cell] = re.findall(rf'<td class="[^"]*" data-day="{day}">.*?</td>', month.text, re.DOTALL)
    assert cell.count('class="event') == 3
    assert ">+3<" in cell
    assert f"/posts/new?at={day}T15%3A00" in cell, "the last time used on this weekday"
    whole = ann.get(f"/calendar?view=day&date={day}")
    assert whole.text.count('class="planned"') == 6
    for page in (
        month,
        whole,
        ann.get(f"/calendar?view=week&date={day}"),
        ann.get("/posts/scheduled"),
    ):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text
        assert 'style="' not in page.text
        assert page.text.count("<h1>") == 1


def test_a_new_post_never_starts_in_the_past(ann: Browser) -> None:
    world, tomorrow = ann.dashboard.world, in_days(1)
    world.advance(berlin(tomorrow, "14:07") - clock.now())
    page = ann.get(f"/calendar?view=week&date={tomorrow}")
    times = re.findall(r"/posts/new\?at=(\d{4}-\d\d-\d\d)T(\d\d)%3A(\d\d)", page.text)
    days = {day: f"{hour}:{minute}" for day, hour, minute in times}
    assert days[str(tomorrow)] == "14:15"
    assert min(days) == str(tomorrow)
    week_after = ann.get(f"/calendar?view=week&date={in_days(7)}").text
    assert len(set(re.findall(r"/posts/new\?at=[\d-]+T09%3A00", week_after))) == 7
    world.advance(berlin(tomorrow, "23:50") - clock.now())
    assert f"/posts/new?at={tomorrow}" not in ann.get("/calendar").text


def test_what_was_published_stays_in_the_calendar_and_what_was_canceled_does_not(
    ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, day = ann.dashboard.world, clock.now().astimezone(BERLIN).date()
    published, draft = world.submit("Now", "x"), world.submit("Later", "x", draft=True)
    world.submit("Some day", "x", draft=True)
    planned = world.submit("Perhaps", "x", draft=True, scheduledTime=berlin(in_days(1)).isoformat())
    world.deliver_due()
    canceled = schedule(ann, berlin(in_days(1)), "Not this")
    world.parts.db.document(f"postSubmissions/{canceled}").update(
        {"status": "canceled", "phase": "canceled"}
    )
    start, end = berlin(day, "00:00"), berlin(in_days(2), "00:00")
    found = history.planned_between(world.parts, USER, start, end, most=9)
    assert [one.submission_id for one in found.submissions] == [published, planned]
    assert not found.has_more
    # However many drafts have no time: they take no place.
    assert history.planned_between(world.parts, USER, start, end, most=2) == found
    after = history.planned_between(world.parts, USER, end, end + timedelta(days=9), most=9)
    assert after.submissions == []
    drafts = ann.get("/drafts").text
    assert "Later" in drafts
    at = berlin(in_days(1)).astimezone(BERLIN)
    assert f"Planned for {at:%a} {at.day} {at:%b}" in drafts
    assert drafts.count("Planned for") == 1
    assert f"/posts/{draft}/edit" in ann.get("/drafts").text
    assert history.planned_between(world.parts, USER, start, end, most=1).has_more
    monkeypatch.setattr(planner, "MOST_PLANNED", 1)
    assert "Only the first" in ann.get(f"/calendar?date={day}").text


def test_scheduled_posts_stand_by_day_with_their_risks(ann: Browser) -> None:
    world = ann.dashboard.world
    assert "Nothing is scheduled" in ann.get("/posts/scheduled").text
    assert "No drafts" in ann.get("/drafts").text
    day = in_days(1)
    world.parts.grants.require_reconnect(world.account("x"), None, "X has ended it.")
    assert world.account("x").status is AccountStatus.RECONNECT_REQUIRED
    schedule(ann, berlin(day), "At risk")
    world.submit("Safe", "threads", scheduledTime=berlin(day, "23:30").isoformat())
    page = ann.get("/posts/scheduled")
    assert f'aria-label="{day:%a} {day.day} {day:%b}' in page.text
    assert ">Tomorrow<" in page.text
    assert page.text.count("<section") == 1
    assert page.text.count(">Reconnect<") == 1
    assert "1 post will probably fail" in page.text
    assert ann.get("/posts/scheduled?cursor=x").status_code == 400


def test_a_long_list_continues(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.dashboard.calendar import scheduled

    monkeypatch.setattr(scheduled, "_PER_PAGE", 1)
    for day in (1, 2):
        schedule(ann, berlin(in_days(day)), f"Day {day}")
    first = ann.get("/posts/scheduled")
    [later] = re.findall(r'href="([^"]*cursor=[^"]*)"', first.text)
    assert ("Day 1" in first.text, "Day 2" in first.text) == (True, False)
    second = ann.get(later)
    assert ("Day 1" in second.text, "Day 2" in second.text) == (False, True)


def test_weeks_begin_where_the_reader_expects_it(ann: Browser) -> None:
    for language, weekday in (
        ("de-DE,de;q=0.9", 0), ("en-US,en;q=0.9", 6), ("en-GB", 0), ("ar-EG", 5), ("pt-BR", 6),
        ("ja", 6), ("zh-Hant-TW", 6), ("en", 0), ("", 0), ("*", 0), ("x" * 99, 0),
    ):  # fmt: skip
        assert first_weekday(language) == weekday, language
    page = ann.get("/calendar", **{"Accept-Language": "en-US"})
    assert re.findall(r"<abbr[^>]*>(\w+)<", page.text)[:2] == ["Sun", "Mon"]
    assert re.findall(r"<abbr[^>]*>(\w+)<", ann.get("/calendar").text)[0] == "Mon"


def test_the_days_of_a_month_and_a_week() -> None:
    month = span_of("month", date(2026, 12, 9), 0)
    assert (month.first, month.end, month.title) == (
        date(2026, 11, 30),
        date(2027, 1, 4),
        "December 2026",
    )
    assert (month.previous, month.next) == (date(2026, 11, 1), date(2027, 1, 1))
    # Exactly four weeks.
    assert len(span_of("month", date(2027, 2, 9), 0).weeks) == 4
    week = span_of("week", date(2026, 12, 2), 6)
    assert (week.first, week.title) == (date(2026, 11, 29), "29 Nov to 5 Dec 2026")
    assert span_of("week", date(2026, 12, 30), 0).title == "28 Dec 2026 to 3 Jan 2027"
    for bad in ("", "x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-12-1"):
        assert read_day(bad) is None


def test_a_time_before_a_move_that_no_zone_has_is_left_out(ann: Browser) -> None:
    post_id = schedule(ann, berlin(in_days(3)))
    for before in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:00Z"):
        for path in ("/calendar", "/posts/scheduled"):
            page = ann.get(f"{path}?moved={post_id}&before={before}")
            assert (page.status_code, "→" in page.text) == (200, False), before


def test_a_strange_address_shows_today(ann: Browser) -> None:
    today = clock.now().astimezone(BERLIN).date()
    page = ann.get("/calendar?view=year&date=9999-12-31&zone=../etc&moved=x&before=y&hours=-1")
    assert page.status_code == 200
    assert f"{today:%B %Y}" in page.text
