"""Times on the pages: from a clock on the wall to a moment, and back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.dashboard.times import (
    city_of,
    distance,
    fold_of,
    moved,
    wall_text,
    wall_time,
    zone_of,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_wall_time_is_a_moment_in_its_zone() -> None:
    for text, zone, hour in (
        ("2026-12-01T09:00", "Europe/Berlin", 8),
        ("2026-07-01T09:00", "Europe/Berlin", 7),
        ("2026-12-01T09:00:00", "America/New_York", 14),
        ("2026-12-01T09:00", "UTC", 9),
    ):
        wall = wall_time(text, ZoneInfo(zone))
        assert (wall.at.hour, wall.at.tzinfo) == (hour, UTC)
        assert (wall.is_skipped, wall.choices) == (False, ())
        assert wall_text(wall.at, ZoneInfo(zone)) == text[:16]


def test_a_skipped_time_moves_forwards_and_says_so() -> None:
    wall = wall_time("2027-03-28T02:30", BERLIN)
    assert (wall.at, wall.is_skipped) == (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), True)
    assert wall_text(wall.at, BERLIN) == "2027-03-28T03:30"
    assert wall_time("2027-03-28T02:30", BERLIN, fold=1) == wall
    # Lord Howe Island's clock jumps by half an hour.
    howe = ZoneInfo("Australia/Lord_Howe")
    assert wall_text(wall_time("2026-10-04T02:15", howe).at, howe) == "2026-10-04T02:45"


def test_a_doubled_time_has_two_moments() -> None:
    first, second = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    for fold, expected in ((0, first), (1, second)):
        wall = wall_time("2026-10-25T02:30", BERLIN, fold)
        assert (wall.at, wall.choices) == (expected, (first, second))
        assert (wall_text(wall.at, BERLIN), fold_of(wall.at, BERLIN)) == ("2026-10-25T02:30", fold)


def test_anything_else_is_no_time() -> None:
    for text in (
        "", "x", "2026-12-01", "2026-12-01T09", "2026-13-01T09:00", "2026-12-01T24:00",
        "2026-02-30T09:00", "2026-12-01T09:00Z", "2026-12-01T09:00+01:00", "0001-01-01T00:00",
        "２０２６-12-01T09:00", "2026-12-01T09:00\n", "20261201T0900",
    ):  # fmt: skip
        with pytest.raises(ValueError):
            wall_time(text, BERLIN)
    with pytest.raises(ValueError, match="too far"):
        wall_time("9999-12-31T23:59", ZoneInfo("America/New_York"))


def test_a_move_is_said_as_briefly_as_it_can_be() -> None:
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    start = wall_time("2026-12-01T09:00", BERLIN).at
    for after, said in (
        ("2026-12-03T09:00", "Tue 1 → Thu 3 Dec, 09:00 CET"),
        ("2026-11-30T09:00", "Tue 1 Dec → Mon 30 Nov, 09:00 CET"),
        ("2026-12-01T10:15", "Tue 1 Dec, 09:00 → 10:15 CET"),
        ("2027-07-01T10:15", "Tue 1 Dec, 09:00 → Thu 1 Jul 2027, 10:15 CEST"),
    ):
        assert moved(start, wall_time(after, BERLIN).at, now, BERLIN) == said


def test_days_and_zones_have_names() -> None:
    now = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    names = {
        day: distance(date(2026, 11, 30) + timedelta(days=day), now, BERLIN)
        for day in (-2, -1, 0, 1, 2)
    }
    assert names == {
        -2: "2 days ago",
        -1: "Yesterday",
        0: "Today",
        1: "Tomorrow",
        2: "in 2 days",
    }
    assert city_of("America/Argentina/Buenos_Aires") == "Buenos Aires"
    assert zone_of("Europe/Nowhere").key == "UTC"
    assert zone_of(None, "Europe/Berlin") == BERLIN
