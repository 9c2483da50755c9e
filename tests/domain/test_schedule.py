"""Times in requests."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.schedule import UnreadableTime, parse_time


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2030-01-01T12:00:00Z", (2030, 1, 1, 12, 0, 0)),
        ("2030-01-01t12:00:00z", (2030, 1, 1, 12, 0, 0)),
        ("2030-01-01T12:00Z", (2030, 1, 1, 12, 0, 0)),
        ("20300101T120000Z", (2030, 1, 1, 12, 0, 0)),
        ("2030-01-01T12:00:00+02:00", (2030, 1, 1, 10, 0, 0)),
        ("2030-01-01T12:00:00-0530", (2030, 1, 1, 17, 30, 0)),
        ("2030-01-01T12:00:00+14", (2029, 12, 31, 22, 0, 0)),
        ("2030-01-01T12:00:00-00:00", (2030, 1, 1, 12, 0, 0)),
        ("2030-W01-2T12:00:00Z", (2030, 1, 1, 12, 0, 0)),
        ("2030-01-01T12Z", (2030, 1, 1, 12, 0, 0)),
        ("2028-02-29T00:00:00Z", (2028, 2, 29, 0, 0, 0)),
        ("2000-02-29T00:00:00Z", (2000, 2, 29, 0, 0, 0)),
        ("9999-12-31T23:59:59Z", (9999, 12, 31, 23, 59, 59)),
        ("9999-12-31T23:59:59+01:00", (9999, 12, 31, 22, 59, 59)),
    ],
)
def test_iso_8601_with_an_offset_becomes_utc(written: str, meant: tuple[int, ...]) -> None:
    found = parse_time(written)
    assert found == datetime(*meant, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("fraction", "microseconds"),
    [
        (".5", 500_000),
        (".123", 123_000),
        (".123456", 123_456),
        (".123456789", 123_456),
        (",5", 500_000),
    ],
)
def test_fractions_are_kept_to_the_microsecond(fraction: str, microseconds: int) -> None:
    assert parse_time(f"2030-01-01T12:00:00{fraction}Z").microsecond == microseconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow",
        "2030-01-01",
        "12:00:00Z",
        "2030-01-01 12:00:00Z",
        "2030-01-01T12:00:00",
        "2030-01-01T12:00:00 Z",
        " 2030-01-01T12:00:00Z",
        "2030-01-01T12:00:00Z\n",
        "1893499200",
        "2030/01/01T12:00:00Z",
        "2030-01-01T12:00:00UTC",
        "2030-01-01T12:00:00[Europe/Berlin]",
        "2030-01-01T12:00:00Z[UTC]",
        "٢٠٣٠-٠١-٠١T١٢:٠٠:٠٠Z",
        "2030-01-01X12:00:00Z",
        "2030-01-01T12:00.5Z",
        "2030-01-01T12.5Z",
        "2030-01-01T12:00:00.Z",
    ],
)
def test_other_forms_are_refused_with_an_example(written: str) -> None:
    with pytest.raises(UnreadableTime) as refusal:
        parse_time(written)
    assert "2030-01-01T14:00:00+02:00" in refusal.value.reason


@pytest.mark.parametrize(
    "written",
    [
        "2030-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2030-13-01T00:00:00Z",
        "2030-00-01T00:00:00Z",
        "2030-01-32T00:00:00Z",
        "2030-01-01T25:00:00Z",
        "2030-01-01T12:60:00Z",
        "2030-01-01T12:00:61Z",
        "2030-01-01T12:00:00+25:00",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_dates_and_times_that_do_not_exist_are_refused(written: str) -> None:
    with pytest.raises(UnreadableTime, match="is not a valid date and time"):
        parse_time(written)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_a_time_survives_any_offset(moment: datetime, minutes: int) -> None:
    written = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(written.isoformat()) == written


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_is_refused(text: str) -> None:
    try:
        assert parse_time(text).tzinfo is UTC
    except UnreadableTime as refusal:
        assert refusal.reason
