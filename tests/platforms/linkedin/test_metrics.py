"""The numbers of a Page's posts on LinkedIn, from its simulated twin."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.platforms.faults import read_fault
from local.platforms.posts import MediaItem, Post
from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import (
    ErrorCategory,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.domain.metrics import Metric, Numbers
from shared.platforms.http import Http
from shared.platforms.linkedin.metrics import Metrics
from shared.platforms.metrics import MeasuredPost, Reader
from tests.platforms.conftest import Twin
from tests.platforms.driving import Answered
from tests.platforms.examples import http_to

JOB = Metrics()
PAGE = Account("ann", "linkedin", "linkedin_page", "urn:li:organization:5005", "page")
MEMBER = Account("ann", "linkedin", "linkedin_ann", "urn:li:person:7700", "ann")
READER = Reader(PAGE, "page-token")
VIDEO = MediaAsset("film", "https://media.test/film", "video/mp4", 1000, "0" * 64)
TEXT, FILM = Content("Hello"), Content("Hello", media=(VIDEO,))
STATISTICS = "/rest/organizationalEntityShareStatistics"
COUNTED = {"views": 100, "reach": 80, "likes": 7, "comments": 3, "shares": 2, "clicks": 9}
NUMBERS: Numbers = {
    Metric.IMPRESSIONS: 100,
    Metric.REACH: 80,
    Metric.LIKES: 7,
    Metric.COMMENTS: 3,
    Metric.SHARES: 2,
}


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return _with_page(twin_of("linkedin"))


def _with_page(twin: Twin, **more: Any) -> Twin:
    twin.platform.add_account(
        "linkedin_page", "page", "page-token", external_id=PAGE.external_id, **more
    )
    return twin


def _shown(twin: Twin, number: int, content: Content = TEXT, **counted: int | None) -> MeasuredPost:
    """A post of the Page, a day old, with these numbers."""
    kind = "ugcPost" if content.videos else "share"
    media = [MediaItem("video", "0" * 64, 1000)] if content.videos else []
    at = clock.now() - timedelta(days=1)
    urn = f"urn:li:{kind}:{number}"
    twin.platform.posts.add(Post(urn, "linkedin_page", "Hello", "Hello", at, media))
    twin.platform.numbers.set(urn, {**COUNTED, **counted})
    return MeasuredPost(urn, at, content)


def _read(twin: Twin, *posts: MeasuredPost) -> Mapping[str, Numbers]:
    return JOB.read(posts, READER, http_to(twin.url))


def _paths(twin: Twin) -> list[str]:
    return [request.path for request in twin.platform.requests.all()]


def test_ten_posts_are_one_call_and_a_deleted_one_is_left_out(twin: Twin) -> None:
    posts = [_shown(twin, 100 + number) for number in range(JOB.posts_per_call)]
    twin.platform.posts.remove(posts[4].platform_post_id)
    read = _read(twin, *posts)
    assert read == {post.platform_post_id: NUMBERS for post in posts if post is not posts[4]}
    assert _paths(twin) == [STATISTICS]
    assert JOB.cost(posts) == 1


def test_a_video_has_views_which_are_a_call_each(twin: Twin) -> None:
    posts = [_shown(twin, 1), _shown(twin, 2, FILM), _shown(twin, 3, FILM, views=5)]
    read = _read(twin, *posts)
    assert [numbers.get(Metric.VIDEO_VIEWS, "none") for numbers in read.values()] == [
        "none",
        100,
        5,
    ]
    assert _paths(twin) == [STATISTICS] * 2 + ["/rest/videoAnalytics"] * 2
    assert JOB.cost(posts) == 4
    for post in posts:
        assert set(read[post.platform_post_id]) == JOB.offered(PAGE, post.content)


def test_views_that_linkedin_no_longer_has_are_not_asked_for(twin: Twin) -> None:
    old = MeasuredPost(
        _shown(twin, 2, FILM).platform_post_id, clock.now() - timedelta(days=200), FILM
    )
    assert _read(twin, old)[old.platform_post_id] == {**NUMBERS, Metric.VIDEO_VIEWS: None}
    assert _paths(twin) == [STATISTICS]
    assert JOB.cost([old]) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_video_without_views_spoils_nothing(twin: Twin, status: int) -> None:
    film = _shown(twin, 2, FILM)
    _fails(twin, "GET /rest/videoAnalytics", mode="status", status=status, body={"status": status})
    assert _read(twin, film) == {film.platform_post_id: {**NUMBERS, Metric.VIDEO_VIEWS: None}}


def test_withheld_numbers_are_not_known_yet(twin: Twin) -> None:
    film = _shown(twin, 2, FILM, views=None)
    numbers = _read(twin, film, _shown(twin, 1))[film.platform_post_id]
    assert (numbers[Metric.IMPRESSIONS], numbers[Metric.VIDEO_VIEWS]) == (None, None)
    assert numbers[Metric.LIKES] == 7


def test_zeros_are_believed_only_for_an_administrator(twin: Twin) -> None:
    post = _shown(twin, 1, views=0, reach=0)
    assert _read(twin, post)[post.platform_post_id] == {
        **NUMBERS,
        Metric.IMPRESSIONS: 0,
        Metric.REACH: 0,
    }
    assert _paths(twin) == [STATISTICS, "/rest/organizationAcls"]
    roles = {"accountId": "linkedin_page", "roles": ["CONTENT_ADMINISTRATOR"]}
    twin.platform.app.test_client().post("/_sim/roles", json=roles)
    with pytest.raises(ReadRefused, match="super admin") as refused:
        _read(twin, post)
    assert refused.value.category is ErrorCategory.PERMISSION


def test_without_activity_there_are_no_numbers(twin: Twin) -> None:
    assert _read(twin, _shown(twin, 1, **dict.fromkeys(COUNTED, 0))) == {}


def test_a_members_posts_have_none_and_the_account_says_so() -> None:
    assert JOB.refusal(MEMBER) == "LinkedIn gives no numbers for a member's posts."
    assert JOB.offered(MEMBER, FILM) == frozenset()
    assert JOB.refusal(PAGE) is None
    assert JOB.followers(Reader(MEMBER, "token"), http_to("http://nowhere.test")) is None


def test_followers_are_one_call(twin: Twin) -> None:
    followers = JOB.followers(READER, http_to(twin.url))
    assert followers is not None
    assert 100 <= followers < 10_100
    assert len(_paths(twin)) == 1


def test_a_missing_permission_is_a_refused_read(twin: Twin) -> None:
    post = _shown(twin, 1)
    _with_page(twin, scopes=["r_organization_social", "w_organization_social"])
    with pytest.raises(ReadRefused, match="Not enough permissions") as refused:
        _read(twin, post)
    assert refused.value.category is ErrorCategory.PERMISSION


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"mode": "expired_token"}, TokenExpired),
        ({"mode": "revoked_token"}, ReconnectRequired),
        ({"mode": "rate_limit"}, RateLimited),
        ({"mode": "quota"}, RateLimited),
        ({"mode": "status", "status": 500}, PlatformUnavailable),
        ({"mode": "status", "status": 200, "body": "<html>"}, PlatformUnavailable),
    ],
)
def test_failures_are_named_for_what_is_done_next(
    twin: Twin, fault: dict[str, Any], kind: type[Exception]
) -> None:
    post = _shown(twin, 1)
    _fails(twin, f"GET {STATISTICS}", **fault)
    with pytest.raises(kind) as failure:
        _read(twin, post)
    if fault["mode"] == "quota":
        midnight = clock.now() + failure.value.retry_after  # type: ignore[attr-defined]
        assert _is_about(midnight, midnight.replace(hour=0, minute=0, second=0, microsecond=0))


@pytest.mark.parametrize(
    "value", [-3, 10**30, 1.5, True, "7", "x", None, [], {}, "9" * 400, float("1e308")]
)
def test_hostile_numbers_are_no_numbers(value: Any) -> None:
    good = {"share": "urn:li:share:2", "totalShareStatistics": {"impressionCount": 5}}
    odd = {"share": "urn:li:share:1", "totalShareStatistics": {"likeCount": value}}
    elements = [good, odd, {"share": value, "totalShareStatistics": value}, value]
    answer = json.dumps({"elements": elements}).encode()
    http = Http("https://api.linkedin.test", lambda *_, **__: Answered(200, {}, answer))
    posts = [MeasuredPost(f"urn:li:share:{number}", clock.now(), TEXT) for number in (1, 2)]
    read = JOB.read(posts, READER, http)
    assert set(read["urn:li:share:1"].values()) <= {None, 7}
    assert read["urn:li:share:2"][Metric.IMPRESSIONS] == 5


def _fails(twin: Twin, match: str, **fault: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, **fault}))


def _is_about(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=5)
