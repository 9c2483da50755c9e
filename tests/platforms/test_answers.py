"""What platforms return: refused reads, unusable values, ids, and pages of lists."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.errors import (
    LONGEST_RETRY_AFTER,
    MAX_WORDS,
    ContentRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    Rejected,
    TokenExpired,
)
from shared.platforms import registry
from shared.platforms.http import Reading
from shared.platforms.wire import (
    Page,
    decoded,
    link_of,
    mapping,
    mappings,
    number,
    read_pages,
    time_of,
    wait_of,
    words,
)
from tests.platforms.all_contracts import REFUSALS
from tests.platforms.contract import Refusal

OF_READS = (TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable, ReadRefused)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.full
@pytest.mark.parametrize(("platform", "refusal"), REFUSALS)
def test_no_refusal_of_a_read_says_anything_about_the_post(platform: str, refusal: Refusal) -> None:

    body = refusal.body if isinstance(refusal.body, str) else json.dumps(refusal.body)
    reading = Reading(refusal.status, refusal.headers, body)
    with pytest.raises(PlatformError) as error:
        registry.publishing(platform).shown(reading)
    assert isinstance(error.value, OF_READS)
    assert not isinstance(error.value, Rejected)
    if issubclass(refusal.error, Rejected):
        assert type(error.value) is ReadRefused
        assert error.value.category is refusal.category


PROGRAM = """
from shared.domain.errors import PlatformError
from shared.platforms.base import Checkpoint, Publishing
from shared.platforms.http import Http

def read(publishing: Publishing[Checkpoint], http: Http) -> PlatformError:
    reading = http.read("/a")
    publishing.accepted(reading)
    publishing.published(reading)
    return publishing.error_of(reading)
"""


@pytest.mark.full
def test_a_program_that_takes_a_reading_for_an_answer_has_wrong_types() -> None:
    from mypy import api

    report, _, status = api.run(["--config-file=", "--strict", "-c", PROGRAM])
    assert status == 1
    assert report.count('incompatible type "Reading"; expected "Answer"') == 3, report


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"half \\ud83d"', "half \ufffd"),
        ('{"a\\u0000": ["\\u0007b\\n", "\\udc00"]}', {"a": ["b\n", "\ufffd"]}),
        ('"whole \\ud83d\\ude00"', "whole \U0001f600"),
        ("[NaN, Infinity, -Infinity, 1e999, 1.5]", [None, None, None, None, 1.5]),
        ("[9223372036854775807, 9223372036854775808]", [2**63 - 1, None]),
        ("9" * 5000, None),
        ("[" * 100_000, None),
        ('{"a":' * 100_000, None),
        ("<html>", None),
        ("", None),
    ],
)
def test_a_body_holds_only_what_can_be_stored(text: str, value: Any) -> None:
    assert decoded(text) == value


def test_an_error_holds_only_what_can_be_stored() -> None:
    error = ContentRejected(
        "a\ud83d\x00b" + "c" * 10_000, platform_code="d" * 900, platform_message="é" * 3000
    )
    assert error.message.startswith("a\ufffdbc")
    texts = (error.message, error.platform_code or "", error.platform_message or "", str(error))
    assert all(len(text.encode()) <= MAX_WORDS for text in texts)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (5, 5),
        ("0", 0),
        ("10000000000000", LONGEST_RETRY_AFTER.total_seconds()),
        ("9" * 400, LONGEST_RETRY_AFTER.total_seconds()),
        ("-5", None),
        ("²", None),
        ("soon", None),
        ("", None),
        (None, None),
        ([], None),
        (True, None),
        (1.5, None),
    ],
)
def test_a_wait_is_at_most_a_month(value: object, seconds: float | None) -> None:
    wait = wait_of(value)
    assert (wait.total_seconds() if wait is not None else None) == seconds


def test_an_error_never_waits_longer_or_backwards() -> None:
    assert RateLimited("Wait", retry_after=timedelta.max).retry_after == LONGEST_RETRY_AFTER
    assert RateLimited("Wait", retry_after=timedelta(days=-5)).retry_after is None


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00",
        "2026-11-22T12:00:00+0000",
        "2026-11-22T13:00:00+01:00",
        "Sun, 22 Nov 2026 12:00:00 GMT",
        1795348800,
        "1795348800",
        1795348800000,
        1795348800.0,
    ],
)
def test_a_time_is_read_in_every_form(value: object) -> None:
    assert time_of(value) == NOW


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
     -1, 0, 10**30, float("nan"), float("inf"), True, [], {}, "9" * 400, "Mon, 99 Foo 2026"],
)  # fmt: skip
def test_any_other_time_is_none(value: object) -> None:
    assert time_of(value) is None


def test_values_of_other_types_are_empty() -> None:
    for value in (None, True, 1.5, [], "x", -1):
        assert mapping(value) == {}
    for value in (None, True, 1, {}, "x", [1, "a", None, []]):
        assert mappings(value) == []
    for value in (None, True, 1.5, [], {}):
        assert (words(value), number(value)) == ("", None)
    assert (words(7), number("007"), number(-1), number("1" * 30)) == ("7", 7, None, None)


def test_only_https_addresses_are_links() -> None:
    assert link_of("https://x.com/a?b=c#d") == "https://x.com/a?b=c#d"
    others = [None, 1, "", "http://x.com", "javascript:alert(1)", "https://x.com/a b"]
    others += ["https://x.com/\n", 'https://x.com/"', "https://x.com/<b>", "https://" + "a" * 5000]
    assert [link_of(other) for other in others] == [None] * len(others)


BAD_IDS = ["", "../lists/123?x=1", "me/permissions", "1/../2", "a b", "1\n", "%2e%2e", "1?x", "1#x",
           "\u0661", "1" * 300, "None", "null", "true", "-", "..", "."]  # fmt: skip
GOOD_IDS = {
    "x": ["1795348800123456789"],
    "instagram": ["17900000000000001"],
    "threads": ["17900000000000001"],
    "facebook": ["7700_123", "123"],
    "linkedin": ["urn:li:share:7141000000000000000", "urn:li:ugcPost:7"],
    "tiktok": ["7300000000000000001", "v_pub_file~v2-1.123", "p_pub_url~v2.123"],
    "youtube": ["dQw4w9WgXcQ", "-_-_-_-_-_a"],
    "snapchat": ["05686a05-0fe0-4b35-9dee-000000000000", "W7_2-XVCxMK6DB0EMyI6hWAwJ79bcHqK5ra=="],
}


@pytest.mark.parametrize("platform", GOOD_IDS)
def test_an_id_has_the_form_of_its_platform(platform: str) -> None:
    publishing = registry.publishing(platform)
    assert [post_id for post_id in GOOD_IDS[platform] if not publishing.is_post_id(post_id)] == []
    bad = [post_id for post_id in BAD_IDS if publishing.is_post_id(post_id)]
    # Snapchat documents no form; these are harmless in a path.
    assert set(bad) <= ({"None", "null", "true", "-"} if platform == "snapchat" else set())


def test_there_is_a_form_for_every_platform() -> None:
    assert sorted(GOOD_IDS) == list(registry.names())


@pytest.mark.parametrize(
    ("platform", "link", "post_id"),
    [
        ("x", "https://x.com/ann/status/123?s=20", "123"),
        ("x", "https://twitter.com/i/web/status/123", "123"),
        ("x", "https://mobile.twitter.com/ann/status/123/photo/1", "123"),
        ("x", "https://x.com/ann", None),
        ("x", "https://evil.test/x.com/ann/status/123", None),
        ("x", "https://x.com.evil.test/ann/status/123", None),
        ("instagram", "https://www.instagram.com/p/Cabc123/", None),
        ("threads", "https://www.threads.net/@ann/post/Cabc", None),
        ("facebook", "https://www.facebook.com/7700/posts/123", "7700_123"),
        ("facebook", "https://www.facebook.com/ann/posts/pfbid0abc", None),
        ("facebook", "https://www.facebook.com/reel/123/", "123"),
        ("facebook", "https://www.facebook.com/watch/?v=123", "123"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:7/", "urn:li:share:7"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:activity:7/", None),
        ("tiktok", "https://www.tiktok.com/@ann/video/7300?lang=en", "7300"),
        ("tiktok", "https://vm.tiktok.com/ZM123/", None),
        ("youtube", "https://www.youtube.com/watch?t=1&v=dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("youtube", "https://youtu.be/dQw4w9WgXcQ?t=1", "dQw4w9WgXcQ"),
        ("youtube", "https://www.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("youtube", "https://www.youtube.com/shorts/dQw4w9WgXcQtoolong", None),
        ("snapchat", "https://www.snapchat.com/spotlight/W7_2-a", "W7_2-a"),
        ("snapchat", "https://www.snapchat.com/add/ann", None),
    ],
)
def test_an_id_is_read_from_a_link(platform: str, link: str, post_id: str | None) -> None:
    assert registry.publishing(platform).post_id_of(link) == post_id


def _at(entry: dict[str, Any]) -> datetime | None:
    return time_of(entry.get("at"))


def _entries(*hours: float) -> list[dict[str, Any]]:
    return [{"at": (NOW - hour * HOUR).isoformat()} for hour in hours]


def test_pages_are_read_back_to_the_start_of_the_window() -> None:
    pages = {None: Page(_entries(0, 1), "a"), "a": Page(_entries(2, 4), "b")}
    listed = read_pages(lambda cursor: pages[cursor], NOW - 3 * HOUR, _at, 10)
    assert (len(listed.entries), listed.is_whole) == (3, True)


def test_the_last_page_ends_the_list() -> None:
    listed = read_pages(lambda _: Page(_entries(0), None), NOW - 3 * HOUR, _at, 10)
    assert (len(listed.entries), listed.is_whole) == (1, True)


@pytest.mark.parametrize("named", ["always another", "the same", "two in turn"])
def test_a_list_without_an_end_is_left_and_proves_nothing(named: str) -> None:
    read: list[str | None] = []

    def page(cursor: str | None) -> Page:
        read.append(cursor)
        following = {
            "always another": str(len(read)),
            "the same": "a",
            "two in turn": "ab"[len(read) % 2],
        }
        return Page(_entries(0), following[named])

    listed = read_pages(page, NOW - HOUR, _at, 10)
    assert not listed.is_whole
    assert len(read) == {"always another": 10, "the same": 2, "two in turn": 3}[named]


def test_slow_pages_are_left_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 10_000, 25))
    monkeypatch.setattr("shared.platforms.wire.time.monotonic", lambda: next(ticks))
    read: list[str | None] = []

    def page(cursor: str | None) -> Page:
        read.append(cursor)
        return Page(_entries(0), str(len(read)))

    assert not read_pages(page, NOW - HOUR, _at, 1000).is_whole
    assert len(read) == 3


def test_an_entry_without_a_time_makes_the_list_prove_nothing() -> None:
    entries = [*_entries(0), {"at": "soon"}]
    listed = read_pages(lambda _: Page(entries, None), NOW - HOUR, _at, 10)
    assert (len(listed.entries), listed.is_whole) == (1, False)
