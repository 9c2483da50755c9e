"""What a platform is to the rest: declarations, and small steps of build, send, parse.

A platform's module holds what is particular to it. `next_step` says, without
asking anybody, what comes next for a post; `take` does it. Exactly one step
makes the post visible, and it sends exactly one request, with `http.publish`.
No step sleeps or loops over polls: it returns `Pending` and is called again.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.config import ClientCredentials
from shared.domain.accounts import Account, Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    Rejected,
    Violation,
)
from shared.domain.media import MediaKind
from shared.domain.reconciliation import Sighting
from shared.platforms.http import Answer, Http

STEP_LEASE = timedelta(seconds=90)
# Longer than the publisher's time-out (540 s, deploy.sh): who uploads cannot be overtaken.
UPLOAD_LEASE = timedelta(minutes=10)
# An upload step sends about this much and lets the next one go on: a death costs no more.
UPLOAD_STEP_BYTES = 64 * 1024 * 1024


class Options(BaseModel):
    """What a caller may choose for one target on this platform; unknown names are refused."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        # For the API's description; what stands below an option is its own.
        field_title_generator=lambda name, _: to_camel(name),
    )


class AltTextOptions(Options):
    alt_texts: Sequence[str | None] = ()
    """Descriptions for those who cannot see the media, in their order; null for none."""


@dataclass(frozen=True)
class MediaLimits:
    """What a platform takes of one kind of media. None: it names no limit."""

    content_types: frozenset[str]
    max_bytes: int
    min_bytes: int = 1
    min_width: int = 1
    """Pixels as shown, as are the others."""
    max_width: int | None = None
    min_height: int = 1
    max_height: int | None = None
    max_pixels: int | None = None
    min_aspect: float | None = None
    """Width over height."""
    max_aspect: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    min_frame_rate: float | None = None
    max_frame_rate: float | None = None
    codecs: frozenset[str] | None = None
    """Of the pictures of a video, as `MediaAsset.codec` names them."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform carries."""

    max_text: int
    """Longest text, in the platform's own counting; 0 where there is no place for one."""
    text_unit: str
    """What that counting counts, as it completes "at most 280 …"."""
    image: MediaLimits | None = None
    """None: no images."""
    video: MediaLimits | None = None
    max_images: int = 0
    max_videos: int = 0
    mixes: bool = False
    """Images and videos may stand in one post, `max_images` of both together."""
    needs_media: bool = False
    """There is no post of text alone."""
    max_alt_text: int | None = None
    """Characters; None: there are no alt texts."""
    alt_text_for: frozenset[MediaKind] = frozenset({MediaKind.IMAGE})
    deletes: bool = False
    """The API can delete a published post."""

    def limits_of(self, kind: MediaKind) -> MediaLimits | None:
        """The limits of one kind of media; None if it is not taken."""
        return self.image if kind is MediaKind.IMAGE else self.video


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

    def alt_text(self, position: int) -> str | None:
        """What the caller wrote for those who cannot see the medium at `position`."""
        texts = self.content.options.get("altTexts") or ()
        return texts[position] if position < len(texts) else None


@dataclass(frozen=True)
class Published:
    platform_post_id: str
    permalink: str | None = None


@dataclass(frozen=True)
class Pending:
    """Not done yet: come back after `poll_after` with `checkpoint`."""

    checkpoint: Mapping[str, Any]
    poll_after: timedelta = timedelta(0)
    sent: bool = False
    """The platform has taken the visible step and publishes the post by itself: it may go live
    at any moment, and from here on only reads may follow. Without it nothing of what was sent so
    far is or will be live."""


def cannot_delete(platform: str) -> str:
    """What a person is told whose post no app may delete."""
    return f"{platform} lets no app delete a post; delete it in the app of {platform}."


def client_refused(platform: str, **said: Any) -> PlatformUnavailable:
    """A token refresh failed by our own id or secret: posts wait while the operator mends that."""
    name = platform.upper()
    return PlatformUnavailable(
        f"{platform} refused Soku's own client id or secret; the operator must check "
        f"{name}_CLIENT_ID and {name}_CLIENT_SECRET.",
        concerns_operator=True,
        **said,
    )


class Platform(ABC):
    """One platform. A module below `shared/platforms` with a subclass is all it takes."""

    name: ClassVar[str]
    base_url: ClassVar[str]
    hosts: ClassVar[Mapping[str, str]] = {}
    """Origins of what does not lie at `base_url`, by the beginning of the path."""
    capabilities: ClassVar[Capabilities]
    """What it carries at most; `limits` narrows that for one post."""
    options: ClassVar[type[Options]] = Options

    def __init__(self, client: ClientCredentials | None = None) -> None:
        """`client`: our own identity there, needed to refresh tokens."""
        self.client = client

    @property
    def own_client(self) -> ClientCredentials:
        """Our own identity there. Raises PlatformUnavailable: nobody's authorization has ended."""
        if self.client is None:
            name = self.name.upper()
            raise PlatformUnavailable(
                f"Soku has no client id for {self.name}; the operator must set "
                f"{name}_CLIENT_ID and {name}_CLIENT_SECRET.",
                concerns_operator=True,
            )
        return self.client

    @abstractmethod
    def text_length(self, text: str) -> int:
        """The length of `text` as this platform counts it."""

    def limits(self, content: Content) -> Capabilities:
        """What this platform carries in a post with the options and the media of `content`."""
        return self.capabilities

    def violations(self, content: Content) -> list[Violation]:
        """Faults of `content` that `limits` does not name.

        `field` is relative to the content: `text`, `options.title`, `media`, `media[0]`.
        """
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

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        """Take a published post down; one that is gone already is no error.

        Raises a PlatformError: Rejected where the API cannot delete.
        """
        raise Rejected(cannot_delete(self.name))

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

    def taken(self, answer: Answer) -> dict[str, Any]:
        """As `accepted`, of the visible request: a passing disturbance may have published it."""
        try:
            return self.accepted(answer)
        except PlatformUnavailable as error:
            raise OutcomeUnknown(
                f"{self.name} failed while it published the post: it may or may not be live. It "
                "is being looked up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error
