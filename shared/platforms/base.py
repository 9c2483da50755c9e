"""What a platform is to the rest: declarations, and small steps of build, send, parse.

A platform's module holds what is particular to it. `next_step` says, without
asking anybody, what comes next for a post; `take` does it. Exactly one step
makes the post visible, and it sends exactly one request, with `http.publish`.
No step sleeps or loops over polls: it returns `Pending` and is called again.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.config import ClientCredentials
from shared.domain.accounts import Account, Tokens
from shared.domain.errors import PlatformError, Violation
from shared.domain.reconciliation import Sighting
from shared.domain.run import Content
from shared.platforms.http import Answer, Http

STEP_LEASE = timedelta(seconds=90)


class Options(BaseModel):
    """What a caller may choose for one target on this platform; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


@dataclass(frozen=True)
class Capabilities:
    """What a platform carries."""

    max_text: int
    """Longest text, in the platform's own counting."""
    text_unit: str
    """What that counting counts, as it completes "at most 280 …"."""


@dataclass(frozen=True)
class Step:
    """One mutation on a platform, or one poll."""

    name: str
    visible: bool = False
    polls: bool = False
    """Only reads: it leaves no attempt behind."""
    lease: timedelta = STEP_LEASE


@dataclass(frozen=True)
class Post:
    """What a step works with: the content and the account it goes to."""

    content: Content
    account: Account
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Published:
    platform_post_id: str
    permalink: str | None = None


@dataclass(frozen=True)
class Pending:
    """Not done yet: come back after `poll_after` with `checkpoint`."""

    checkpoint: Mapping[str, Any]
    poll_after: timedelta = timedelta(0)


class Platform(ABC):
    """One platform. A module below `shared/platforms` with a subclass is all it takes."""

    name: ClassVar[str]
    base_url: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    options: ClassVar[type[Options]] = Options

    def __init__(self, client: ClientCredentials | None = None) -> None:
        """`client`: our own identity there, needed to refresh tokens."""
        self.client = client

    @abstractmethod
    def text_length(self, text: str) -> int:
        """The length of `text` as this platform counts it."""

    def violations(self, content: Content) -> list[Violation]:
        """Faults of `content` that no capability names; `field` is relative to the content."""
        return []

    @abstractmethod
    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        """What comes next after `checkpoint`. Asks nobody."""

    @abstractmethod
    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        """Do `step`. Raises a PlatformError."""

    @abstractmethod
    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        """What the account shows since `since` that could be this post. Raises a PlatformError."""

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        """The public address of a published post. Raises a PlatformError."""
        return None

    @abstractmethod
    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """New tokens for old ones. Raises ReconnectRequired only when the platform refuses."""

    @abstractmethod
    def error_of(self, answer: Answer) -> PlatformError:
        """The error that a 4xx answer means."""

    def accepted(self, answer: Answer) -> dict[str, Any]:
        """The fields of a 2xx answer. Raises the platform's error for any other."""
        if not answer.ok:
            raise self.error_of(answer)
        return answer.fields()
