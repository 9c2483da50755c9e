"""Models of the answers about the numbers of posts, like those of `answers`."""

from typing import Annotated

from pydantic import MISSING, Field

from functions.api.openapi.answers import Answer, PostId, Time
from shared.metrics.of_post import Availability
from shared.posts.request import PlatformName

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class PostNumbers(Answer):
    """The numbers of a post. One that the platform does not offer is absent; null: none yet."""

    impressions: int | MISSING | None = MISSING
    """How often the post was shown."""
    reach: int | MISSING | None = MISSING
    """How many people saw it."""
    likes: int | MISSING | None = MISSING
    """Likes and all other reactions."""
    comments: int | MISSING | None = MISSING
    shares: int | MISSING | None = MISSING
    """Shares, reposts and quotes."""
    saves: int | MISSING | None = MISSING
    video_views: int | MISSING | None = MISSING
    link_clicks: int | MISSING | None = MISSING


class Sums(Answer):
    """Sums of the known numbers. Reach has none: people who saw two posts would count twice."""

    impressions: int | MISSING = MISSING
    likes: int | MISSING = MISSING
    comments: int | MISSING = MISSING
    shares: int | MISSING = MISSING
    saves: int | MISSING = MISSING
    video_views: int | MISSING = MISSING
    link_clicks: int | MISSING = MISSING


class PostReading(Answer):
    """What a platform said at one time."""

    read_at: Time
    metrics: PostNumbers


class MetricsOnAccount(Answer):
    """The numbers of a post on one account."""

    platform: PlatformName
    account_id: str
    run_id: str
    status: Availability
    """`pending`: not read yet. `not_offered`: the platform gives no numbers for this post.
    `permission_missing`: reconnect the account and allow it. `off`: the operator has not turned
    them on."""
    message: str | None
    """Why there are no numbers, or no new ones."""
    read_at: Time | None
    next_read_at: Time | None
    """When Soku reads them next; null: not by itself."""
    metrics: PostNumbers
    series: list[PostReading]
    """The readings that brought something new, oldest first."""


class PostMetrics(Answer):
    """The numbers of a post on each account where it is live."""

    post_submission_id: PostId
    totals: Sums
    platforms: list[MetricsOnAccount]


class MetricsEntry(Answer):
    """The growth of a day, a platform or an account."""

    day: Day | MISSING = MISSING
    platform: PlatformName | MISSING = MISSING
    account_id: str | MISSING = MISSING
    metrics: Sums
    followers: int | None
    """At the last count; null: nobody counted them."""


class MetricsOverTime(Answer):
    """By how much the numbers of posts grew from one UTC day to another."""

    from_: Day = Field(alias="from")
    to: Day
    totals: Sums
    data: list[MetricsEntry]
    """Every day, or the platforms or accounts whose numbers changed."""
