"""What a client sees while a platform is rate-limited, and when the wait is too long."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.seed import account_ids
from tests import extent
from tests.end_to_end.conftest import Client, until

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# The first request for a post on each platform.
FIRST = {
    "facebook": "POST /v26.0/",
    "instagram": "POST /v26.0/",
    "linkedin": "POST /rest/posts",
    "snapchat": "POST /v1/",
    "threads": "POST /v1.0/me/threads",
    "tiktok": "POST /v2/post/publish/",
    "x": "POST /2/tweets",
    "youtube": "POST /upload/youtube/v3/videos",
}
NAMES_NO_TIME = ("linkedin", "youtube")
NAMES_A_TIME = sorted(set(FIRST) - {"tiktok", *NAMES_NO_TIME})
# The media that a platform requires.
MEDIA = {
    "instagram": {"imageUrls": "evening.jpg"},
    "snapchat": {"imageUrls": "evening.jpg"},
    "tiktok": {"imageUrls": "evening.jpg"},
    "youtube": {"videoUrl": "clip.mp4"},
}
# With six waits in between.
TRIES = 7


def account(platform: str) -> str:
    """The account of these tests: others publish through the first ones."""
    return account_ids("load", platform)[-1]


def live(user: Client, platform: str) -> int:
    """How many posts this account has."""
    return sum(post["accountId"] == account(platform) for post in user.visible(platform))


def publish(user: Client, platform: str) -> str:
    """A minimal, unique post for the platform."""
    content: dict[str, Any] = {"platform": {"platform": platform, "accountId": account(platform)}}
    for field, file in MEDIA.get(platform, {}).items():
        url = f"{user.info['media']}/{file}?{uuid4()}"
        content[field] = [url] if field == "imageUrls" else url
    # A Snapchat story does not support text.
    if platform != "snapchat":
        content["text"] = f"Patience {uuid4()}"
    return user.submit(content)


def only_run(user: Client, post: str) -> dict[str, Any]:
    run: dict[str, Any] = user.read(post)["runs"][0]
    return run


def reads_published(user: Client, post: str) -> bool:
    """Whether the post ends as published and is visible exactly once."""
    ended = user.read(post, wait=60)
    (run,) = ended["runs"]
    visible = [post["id"] for post in user.visible(run["platform"])]
    return (
        ended["displayStatus"] == "published"
        and "error" not in run
        and visible.count(run["platformPostId"]) == 1
    )


@pytest.mark.full
@pytest.mark.parametrize("platform", extent.some(NAMES_A_TIME, ("x",)))
def test_a_rate_limited_run_waits_until_the_time_that_the_platform_names(
    user: Client, platform: str
) -> None:
    before = live(user, platform)
    user.fault(platform, FIRST[platform], "rate_limit", retryAfter=5 * 3600)
    requested_at = user.now()
    post = publish(user, platform)
    until(user.is_quiet)
    run = only_run(user, post)
    next_attempt = datetime.fromisoformat(run["nextAttemptAt"])
    assert 5 * HOUR - MINUTE < next_attempt - requested_at < 5 * HOUR + 2 * MINUTE
    assert (run["status"], run["error"]["category"]) == ("processing", "rate_limited")
    assert user.read(post)["displayStatus"] == "publishing"

    user.move_to(next_attempt - MINUTE)
    until(user.is_quiet)
    assert only_run(user, post)["nextAttemptAt"] == run["nextAttemptAt"]
    assert live(user, platform) == before
    user.move_to(next_attempt)
    assert reads_published(user, post)
    assert live(user, platform) == before + 1


@pytest.mark.full
@pytest.mark.parametrize("platform", extent.some(NAMES_A_TIME, ("threads",)))
def test_a_limit_of_more_than_six_hours_fails_and_a_later_retry_succeeds(
    user: Client, platform: str
) -> None:
    before = live(user, platform)
    user.fault(platform, FIRST[platform], "rate_limit", retryAfter=8 * 3600)
    post = publish(user, platform)
    assert user.read(post, wait=60)["displayStatus"] == "failed"
    error = only_run(user, post)["error"]
    assert (error["category"], error["retryable"]) == ("rate_limited", True)
    words = error["message"].partition("It can be retried after ")[2]
    reopens = datetime.strptime(words, "%Y-%m-%d %H:%M UTC.").replace(tzinfo=user.now().tzinfo)
    assert abs(reopens - user.now() - 8 * HOUR) < 3 * MINUTE
    assert live(user, platform) == before

    user.move_to(reopens + MINUTE)
    assert user.call("POST", post, "/retry").status_code == 202
    assert reads_published(user, post)
    assert live(user, platform) == before + 1


@pytest.mark.full
@pytest.mark.parametrize("platform", extent.some(NAMES_NO_TIME, ("linkedin",)))
def test_a_limit_without_a_time_is_retried_several_times_and_then_fails(
    user: Client, platform: str
) -> None:
    before = live(user, platform)
    user.fault(platform, FIRST[platform], "rate_limit", times=TRIES)
    post = publish(user, platform)
    for _ in range(TRIES - 1):
        until(user.is_quiet)
        run = only_run(user, post)
        assert (run["status"], run["error"]["category"]) == ("processing", "rate_limited")
        user.move_to(datetime.fromisoformat(run["nextAttemptAt"]))
    assert user.read(post, wait=60)["displayStatus"] == "failed"
    error = only_run(user, post)["error"]
    assert (error["category"], error["retryable"]) == ("rate_limited", True)
    assert live(user, platform) == before

    assert user.call("POST", post, "/retry").status_code == 202
    assert reads_published(user, post)
    assert live(user, platform) == before + 1


@pytest.mark.full
def test_a_tiktok_limit_lasts_the_documented_minute(user: Client) -> None:
    before = live(user, "tiktok")
    user.fault("tiktok", FIRST["tiktok"], "rate_limit")
    post = publish(user, "tiktok")
    until(user.is_quiet)
    run = only_run(user, post)
    assert (run["status"], run["error"]["category"]) == ("processing", "rate_limited")
    user.move_to(datetime.fromisoformat(run["nextAttemptAt"]))
    assert reads_published(user, post)
    assert live(user, "tiktok") == before + 1
