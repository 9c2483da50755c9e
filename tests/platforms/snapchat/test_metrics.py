"""The numbers of a Public Profile's posts on Snapchat, from its simulated twin."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import read_fault
from local.platforms.numbers import followers
from local.platforms.posts import Post
from shared import clock
from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    TokenExpired,
)
from shared.domain.media import MediaAsset
from shared.domain.metrics import Metric, Numbers
from shared.platforms.http import Http
from shared.platforms.metrics import MeasuredPost, Reader
from shared.platforms.snapchat.metrics import Metrics
from tests.platforms.conftest import Twin
from tests.platforms.driving import Answered
from tests.platforms.examples import TOKEN, http_to

JOB = Metrics()
ACCOUNT = Account("ann", "snapchat", "snapchat_ann", "7700", "ann")
READER = Reader(ACCOUNT, TOKEN)
PROFILE = "/v1/public_profiles/7700"
VIDEO = MediaAsset("film", "https://media.test/film", "video/mp4", 1000, "0" * 64)
IMAGE = MediaAsset("image", "https://media.test/image", "image/jpeg", 1000, "0" * 64)
SPOTLIGHT = Content("Hello", media=(VIDEO,))
STORY = Content("", media=(IMAGE,))
FILM_STORY = Content("", {"postType": "story", "ttl": "TWO_DAYS"}, (VIDEO,))
SAVED = Content("Kept", {"postType": "saved_story"}, (IMAGE,))
COUNTED = {"views": 100, "reach": 80, "likes": 7, "comments": 3, "shares": 2, "saves": 9}
SHOWN: Numbers = {Metric.IMPRESSIONS: 100, Metric.REACH: 80, Metric.SHARES: 2}
LIKED: Numbers = {**SHOWN, Metric.LIKES: 7}
OF_SPOTLIGHT: Numbers = {**LIKED, Metric.VIDEO_VIEWS: 100}
OF_STORY: Numbers = {**SHOWN, Metric.COMMENTS: 3}


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


def _shown(
    twin: Twin, post_id: str, content: Content = SPOTLIGHT, **counted: int | None
) -> MeasuredPost:
    """A post of the profile, an hour old, with these numbers."""
    lifetime = JOB.lives_for(content)
    kept = "saved_stories" if content.options.get("postType") == "saved_story" else "spotlights"
    details = {"product": "stories", "lifetime": lifetime} if lifetime else {"product": kept}
    at = clock.now() - timedelta(hours=1)
    post = Post(post_id, "snapchat_contract", content.text, content.text, at, details=details)
    twin.platform.posts.add(post)
    twin.platform.numbers.set(post_id, {**COUNTED, **counted})
    return MeasuredPost(post_id, at, content)


def _read(twin: Twin, *posts: MeasuredPost) -> Mapping[str, Numbers]:
    return JOB.read(posts, READER, http_to(twin.url))


def _paths(twin: Twin) -> list[str]:
    return [request.path.removeprefix(PROFILE) for request in twin.platform.requests.all()]


@pytest.mark.parametrize(
    ("content", "path", "numbers"),
    [
        (SPOTLIGHT, "/spotlights/one/stats", OF_SPOTLIGHT),
        (STORY, "/stories/one/stats", OF_STORY),
        (FILM_STORY, "/stories/one/stats", {**OF_STORY, Metric.VIDEO_VIEWS: 100}),
        (SAVED, "/saved_stories/one/stats", LIKED),
    ],
)
def test_each_kind_of_post_has_its_numbers(
    twin: Twin, content: Content, path: str, numbers: Numbers
) -> None:
    post = _shown(twin, "one", content)
    assert _read(twin, post) == {"one": numbers}
    assert numbers.keys() == JOB.offered(ACCOUNT, content)
    assert _paths(twin) == [path]
    assert JOB.cost([post]) == 1


def test_all_spotlights_are_one_call_and_a_deleted_one_is_left_out(twin: Twin) -> None:
    posts = [_shown(twin, f"W7_{number}") for number in range(JOB.posts_per_call - 1)]
    story = _shown(twin, "story", STORY)
    twin.platform.posts.remove("W7_4")
    read = _read(twin, *posts, story)
    there = {post.platform_post_id: OF_SPOTLIGHT for post in posts if post is not posts[4]}
    assert read == {**there, "story": OF_STORY}
    assert _paths(twin) == ["/stats", "/spotlights/W7_4/stats", "/stories/story/stats"]
    assert JOB.cost([*posts, story]) == 2


@pytest.mark.parametrize("status", [400, 403])
def test_where_the_profile_does_not_list_them_each_is_read_by_itself(
    twin: Twin, status: int
) -> None:
    posts = [_shown(twin, "one"), _shown(twin, "two")]
    refusal = {"request_status": "ERROR", "display_message": "No", "error_code": "NO"}
    _fails(twin, f"GET {PROFILE}/stats", mode="status", status=status, body=refusal)
    assert _read(twin, *posts) == {"one": OF_SPOTLIGHT, "two": OF_SPOTLIGHT}


def test_withheld_numbers_are_not_known_yet(twin: Twin) -> None:
    read = _read(twin, _shown(twin, "one", views=None))
    assert read["one"] == {**OF_SPOTLIGHT, Metric.IMPRESSIONS: None, Metric.VIDEO_VIEWS: None}
    read = _read(twin, _shown(twin, "two", SAVED, **dict.fromkeys(COUNTED)))
    assert read == {"two": dict.fromkeys(LIKED)}


@pytest.mark.parametrize("keeps", [True, False])
def test_a_story_is_gone_after_its_time_unless_snapchat_keeps_its_numbers(
    twin: Twin, keeps: bool
) -> None:
    assert JOB.lives_for(STORY) == timedelta(days=1)
    assert JOB.lives_for(FILM_STORY) == timedelta(days=2)
    assert JOB.lives_for(SPOTLIGHT) is None
    assert JOB.lives_for(SAVED) is None
    twin.platform.state.keeps_story_stats = keeps  # type: ignore[attr-defined]
    post = _shown(twin, "one", STORY)
    twin.platform.clock_skew = timedelta(days=1)
    assert _read(twin, post) == ({"one": OF_STORY} if keeps else {})


@pytest.mark.parametrize("with_200", [True, False])
def test_a_post_that_snapchat_does_not_show_is_left_out(twin: Twin, with_200: bool) -> None:
    twin.platform.state.errors_with_200 = with_200  # type: ignore[attr-defined]
    here = _shown(twin, "one", SAVED)
    gone = MeasuredPost("two", clock.now(), SAVED)
    other = MeasuredPost("one", clock.now(), STORY)
    assert _read(twin, gone, here) == {"one": LIKED}
    assert _read(twin, other) == {}


def test_subscribers_are_one_call(twin: Twin) -> None:
    assert JOB.followers(READER, http_to(twin.url)) == followers("snapchat_contract")
    assert _paths(twin) == ["/stats"]


def test_a_missing_permission_is_a_refused_read(twin: Twin) -> None:
    posts = [_shown(twin, "one"), _shown(twin, "two")]
    twin.platform.add_account("snapchat_contract", "ann", TOKEN, external_id="7700", scopes=[])
    with pytest.raises(ReadRefused, match="not permitted") as refused:
        _read(twin, *posts)
    assert refused.value.category is ErrorCategory.PERMISSION


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"mode": "expired_token"}, TokenExpired),
        ({"mode": "rate_limit", "retryAfter": 7}, RateLimited),
        ({"mode": "status", "status": 500}, PlatformUnavailable),
        ({"mode": "status", "status": 403}, PlatformUnavailable),
        ({"mode": "status", "status": 200, "body": "<html>"}, PlatformUnavailable),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_failures_are_named_for_what_is_done_next(
    twin: Twin, fault: dict[str, Any], kind: type[PlatformError], count: int
) -> None:
    posts = [_shown(twin, f"W7_{number}") for number in range(count)]
    _fails(twin, f"GET {PROFILE}/", **fault)
    with pytest.raises(kind) as failure:
        _read(twin, *posts)
    if isinstance(failure.value, RateLimited):
        assert failure.value.retry_after == timedelta(seconds=7)


def test_the_other_shape_that_clients_have_met_is_read_too() -> None:
    stats = [{"metric": "SPOTLIGHT_VIEWS", "value": 12}, {"metric": "SPOTLIGHT_FAVORITES"}]
    read = _from([{"id": "one", "timeseries": [{"stats": stats}]}])
    assert read["one"][Metric.IMPRESSIONS] == read["one"][Metric.VIDEO_VIEWS] == 12
    assert read["one"][Metric.LIKES] is None


@pytest.mark.parametrize(
    "value", [-3, "-3", 10**30, 1.5, True, "x", None, [], {}, ["x"], "9" * 400]
)
def test_hostile_numbers_are_no_numbers(value: Any) -> None:
    good = {"field": {"field_name": "SHARES"}, "stats": [{"value": "4"}]}
    by_age = [{"dimension_breakdown": "AGE", "value": "1"}, {"value": value}]
    fields = [good, {"field": {"field_name": "VIEWS"}, "stats": by_age}, value]
    fields += [{"field": value, "stats": value}, {"field": {"field_name": value}, "stats": by_age}]
    read = _from([{"asset_id": "one", "timeseries": [{"fields": fields}, value]}, value])
    assert read["one"][Metric.SHARES] == 4
    assert read["one"][Metric.IMPRESSIONS] is None


def _from(assets: list[Any]) -> Mapping[str, Numbers]:
    """What is read from an answer about a spotlight."""
    answer = json.dumps({"request_status": "SUCCESS", "assets": assets}).encode()
    http = Http("https://snapchat.test", lambda *_, **__: Answered(200, {}, answer))
    return JOB.read([MeasuredPost("one", clock.now(), SPOTLIGHT)], READER, http)


def _fails(twin: Twin, match: str, **fault: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, **fault}))
