"""The numbers of a published post, and when Soku reads them.

Numbers have the same names on every platform. A name that a platform does not offer is absent; None
means that the platform offers it and has no number yet. So neither is ever shown as 0.

Readings of one account happen together: the account's passes are six hours apart, at times of day
that depend only on the account. So one request can read many posts, and accounts are spread.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Metric(StrEnum):
    IMPRESSIONS = "impressions"
    """How often the post was shown."""
    REACH = "reach"
    """How many people saw it; the sum over posts means nothing."""
    LIKES = "likes"
    """Likes and all other reactions."""
    COMMENTS = "comments"
    SHARES = "shares"
    """Shares, reposts and quotes."""
    SAVES = "saves"
    VIDEO_VIEWS = "videoViews"
    LINK_CLICKS = "linkClicks"


Numbers = Mapping[Metric, int | None]

SUMMED = tuple(metric for metric in Metric if metric is not Metric.REACH)
"""People who saw two posts would count twice, so reach has no sum."""

MOST_COUNTED = 10**15
"""No post has more of anything. Sums of such numbers are still numbers in Firestore and JSON."""

PASS = timedelta(hours=6)
# After this age, posts are read once a day, then once a week, then no more.
_EVERY_PASS_FOR = timedelta(days=7)
_DAILY_FOR = timedelta(days=90)
_WEEKLY_FOR = timedelta(days=365)
# The last numbers of a post that disappears are read this long before.
_BEFORE_IT_GOES = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """What a platform said about a post at one time."""

    at: datetime
    numbers: Numbers


def next_pass(account: str, after: datetime, every: timedelta = PASS) -> datetime:
    """The first pass of an account after `after`. `account`: anything that identifies it.

    The daily and the weekly passes are also passes.
    """
    digest = hashlib.sha256(account.encode()).digest()
    phase = timedelta(seconds=int.from_bytes(digest[:4], "big") % int(PASS.total_seconds()))
    number = (after - _EPOCH - phase) // every + 1
    return _EPOCH + phase + number * every


def next_reading(
    account: str, published_at: datetime, now: datetime, lives_for: timedelta | None = None
) -> datetime | None:
    """When a post is read after `now`; None if it is not read again by itself.

    `lives_for`: the post disappears by itself after this time, as a story does.
    """
    age = now - published_at
    if age >= _WEEKLY_FOR:
        return None
    if age < _EVERY_PASS_FOR:
        every = PASS
    else:
        every = timedelta(days=1) if age < _DAILY_FOR else timedelta(days=7)
    at = next_pass(account, now, every)
    if lives_for is None:
        return at
    last = published_at + lives_for - _BEFORE_IT_GOES
    return min(at, last) if now < last else None


def merged(before: Numbers, read: Numbers) -> Numbers:
    """The newest numbers; one that the platform no longer gives keeps its last value."""
    return {
        name: before.get(name) if value is None else min(value, MOST_COUNTED)
        for name, value in read.items()
    }


def growth(before: Numbers, after: Numbers) -> dict[Metric, int]:
    """By how much the numbers that can be summed have changed."""
    changes = {
        name: (after.get(name) or 0) - (before.get(name) or 0) for name in SUMMED if name in after
    }
    return {name: change for name, change in changes.items() if change}


def totals(each: Iterable[Numbers]) -> dict[Metric, int]:
    """The sums of the numbers that can be summed, of those that are known."""
    sums: dict[Metric, int] = {}
    for numbers in each:
        for name in SUMMED:
            value = numbers.get(name)
            if value is not None:
                sums[name] = sums.get(name, 0) + value
    return sums
