"""Times as people write them in the command `soku`."""

from datetime import datetime, timedelta, timezone

import pytest

from soku import SokuError
from soku.command.when import moment_of
from tests.zones import machine_in

ZONE = timezone(timedelta(hours=2, minutes=30))
NOW = datetime(2030, 1, 2, 10, 0, tzinfo=ZONE)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow 9:00", (3, 9, 0)),
        ("  Tomorrow   09:00 ", (3, 9, 0)),
        ("today 18:30", (2, 18, 30)),
        ("18:30", (2, 18, 30)),
        ("9:00", (3, 9, 0)),
        ("friday 7:05", (4, 7, 5)),
        ("wednesday 9:00", (9, 9, 0)),
        ("wednesday 11:00", (2, 11, 0)),
        ("in 90 minutes", (2, 11, 30)),
        ("in 1 day", (3, 10, 0)),
        ("2030-01-05 8:00", (5, 8, 0)),
        ("2030-01-05T08:00:00", (5, 8, 0)),
    ],
)
def test_a_time_is_understood_in_the_zone_of_the_caller(
    text: str, expected: tuple[int, int, int]
) -> None:
    day, hour, minute = expected
    assert moment_of(text, NOW) == datetime(2030, 1, day, hour, minute, tzinfo=ZONE)


def test_a_time_with_an_offset_keeps_it() -> None:
    found = moment_of("2030-01-05T08:00+01:00", NOW)
    assert found.isoformat() == "2030-01-05T08:00:00+01:00"


@pytest.mark.parametrize(
    "text", ["", "soon", "tomorrow", "25:00", "in 99999 days ago", "friday 9:60", "in 99999 years"]
)
def test_an_unclear_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(SokuError, match='Write it like "tomorrow 9:00"'):
        moment_of(text, NOW)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with machine_in("America/New_York"):
        now = datetime(2030, 3, 9, 10, 0).astimezone()
        for text in ("2030-03-10 2:30", "tomorrow 2:30"):
            with pytest.raises(SokuError, match="skip 2030-03-10 02:30"):
                moment_of(text, now)
        assert moment_of("tomorrow 3:30", now).isoformat() == "2030-03-10T03:30:00-04:00"


@pytest.mark.parametrize("text", ["today 9:00", "2029-01-01 8:00"])
def test_a_time_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(SokuError, match="has passed"):
        moment_of(text, NOW)
