"""What reading numbers has in common on Facebook, Instagram and Threads: what goes wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import (
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    TokenExpired,
)
from shared.platforms.metrics import MeasuredPost
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.measuring import Measuring

Measured = tuple[Measuring, MeasuredPost]
HOSTILE = [-1, "-1", "many", "1" * 400, 10**400, 1.5, True, [], {}, [1], {"value": 1}, "٣"]


@pytest.fixture(params=["facebook", "instagram", "threads"])
def measured(
    request: pytest.FixtureRequest, twin_of: Callable[[str], Twin], shelf: Shelf
) -> Measured:
    """An account with a photo."""
    account = Measuring(twin_of(request.param))
    return account, account.publish(media=[shelf.image()])


def _unknown(measured: Measured) -> None:
    """No number that means something was read, and nothing failed."""
    account, post = measured
    for number in account.read(post).get(post.platform_post_id, {}).values():
        assert number is None or 0 <= number < 2**63


def test_what_is_wrong_with_the_platform_or_the_token_is_told(measured: Measured) -> None:
    account, post = measured
    account.fails("rate_limit", retryAfter=120)
    with pytest.raises(RateLimited) as limited:
        account.read(post)
    assert limited.value.retry_after == timedelta(minutes=2)
    for status, body in ((500, {}), (502, "<html>Bad gateway</html>"), (200, "<html>Hi</html>")):
        account.fails(status=status, body=body)
        with pytest.raises(PlatformUnavailable):
            account.read(post)
        account.fails(status=status, body=body)
        with pytest.raises(PlatformUnavailable):
            account.followers()
    account.fails(status=400, body={"error": {"message": "Not a valid metric", "code": 100}})
    with pytest.raises(ReadRefused, match="Not a valid metric"):
        account.read(post)
    account.fails("expired_token")
    with pytest.raises(TokenExpired):
        account.read(post)


@pytest.mark.full
def test_hostile_values_are_no_numbers(measured: Measured) -> None:
    account, post = measured
    for value in HOSTILE:
        for body in _bodies(post.platform_post_id, value):
            account.fails(status=200, body=body)
            _unknown(measured)
        account.fails(
            status=200, body={"followers_count": value, **_rows("followers_count", value)}
        )
        followers = account.followers()
        assert followers is None or 0 <= followers < 2**63


def _bodies(post_id: str, value: Any) -> list[Any]:
    """Answers in the form of each platform, with `value` in one place after the other."""
    rows = _rows("views", value)
    edge = {"summary": {"total_count": value}}
    clicks = _rows("post_clicks_by_type", {"link clicks": value})
    return [
        rows,
        {"data": value, "id": value},
        {"data": [value, {"name": value, "values": value, "total_value": value}]},
        {post_id: value},
        {post_id: {"id": value}},
        {post_id: {"id": post_id, "reactions": edge, "comments": value, "shares": value}},
        {post_id: {"id": post_id, "insights": _rows("post_media_view", value)}},
        {post_id: {"id": post_id, "insights": clicks}},
    ]


def _rows(name: str, value: Any) -> dict[str, Any]:
    return {"data": [{"name": name, "period": "lifetime", "values": [{"value": value}]}]}
