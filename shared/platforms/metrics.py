"""The job of reading the numbers of posts on a platform, and the types that it works with.

`metrics.py` of a platform's folder has its subclass, if the platform gives numbers. The collector
decides which posts are due and stores what `read` returns.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.metrics import Metric, Numbers
from shared.platforms.connecting import bearer
from shared.platforms.http import Http
from shared.platforms.job import Job


@dataclass(frozen=True)
class MeasuredPost:
    """A published post whose numbers are due."""

    platform_post_id: str
    published_at: datetime
    content: Content
    """What was published: its options and media tell what kind of post it is."""


@dataclass(frozen=True)
class Reader:
    """Who reads: an account, with a token that acts for it."""

    account: Account
    access_token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that authorizes a request for the account."""
        return bearer(self.access_token)


class Metrics(Job):
    """How a platform's numbers are read."""

    posts_per_call: ClassVar[int] = 1
    """How many posts `read` takes at most."""
    offered_metrics: ClassVar[frozenset[Metric]]
    """Everything that the platform offers for some kind of post."""
    scopes: ClassVar[Collection[str]] = ()
    """The permissions without which it gives no numbers."""
    counts_followers: ClassVar[bool] = False
    kept_for: ClassVar[timedelta | None] = None
    """How long the platform lets its numbers be kept without reading them again."""
    daily_budget: ClassVar[int | None] = None
    """How much may be spent within a UTC day, in the units of `cost`; None: no limit.
    <PLATFORM>_COLLECT_BUDGET overrides it."""

    def offered(self, account: Account, content: Content) -> frozenset[Metric]:
        """What the platform offers for this post; empty if nothing."""
        return self.offered_metrics

    def refusal(self, account: Account) -> str | None:
        """Why the platform gives no numbers for any post of the account, as a sentence."""
        return None

    def lives_for(self, content: Content) -> timedelta | None:
        """After what time a post disappears by itself, as a story does; None if it stays."""
        return None

    def cost(self, posts: Sequence[MeasuredPost]) -> int:
        """What a call for these posts takes from the daily budget."""
        return 1

    @abstractmethod
    def read(
        self, posts: Sequence[MeasuredPost], reader: Reader, http: Http
    ) -> Mapping[str, Numbers]:
        """The numbers of posts of one account, at most `posts_per_call`, by their id.

        A post that the platform does not show is left out. Only metrics of `offered` are in the
        numbers. Raises TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable,
        ReadRefused.
        """

    def followers(self, reader: Reader, http: Http) -> int | None:
        """How many people follow the account, where the platform `counts_followers`.

        Raises as `read` does.
        """
        return None
