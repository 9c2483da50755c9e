"""A post that TikTok processes: the request, the received bytes, and the status."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.platforms import clock
from local.platforms.media import Medium
from local.platforms.posts import MediaItem

UPLOAD_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class CreatorSettings:
    """The creator's settings in the app."""

    is_private: bool = False
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_video_post_duration_sec: int = 600

    @property
    def privacy_levels(self) -> list[str]:
        widest = "FOLLOWER_OF_CREATOR" if self.is_private else "PUBLIC_TO_EVERYONE"
        return [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


@dataclass(frozen=True)
class ChunkPlan:
    """The last chunk has the remainder."""

    size: int
    chunk_size: int
    count: int

    def end_of_chunk_at(self, start: int) -> int:
        """The end of the chunk that begins at `start`: the byte after its last one."""
        is_last = start // self.chunk_size >= self.count - 1
        return self.size if is_last else start + self.chunk_size


@dataclass
class Publication:
    """The post of a publish id."""

    publish_id: str
    account_id: str
    kind: str  # video or photo
    text: str
    info: dict[str, Any]
    begun_at: datetime
    plan: ChunkPlan | None = None
    upload_id: str = ""
    upload_token: str = ""
    received: bytearray = field(default_factory=bytearray, repr=False)
    uploaded: int = 0
    media: tuple[Medium, ...] = ()
    complete_at: datetime | None = None
    """When TikTok had all of it."""
    fail_reason: str = ""
    is_stuck: bool = False  # by a fault; it never ends
    post_id: str | None = None
    is_draft: bool = False
    """It goes to the inbox of the user, who posts it in the app."""
    is_pulled: bool = False
    """TikTok downloads it."""

    @property
    def is_public(self) -> bool:
        return self.info.get("privacy_level") == "PUBLIC_TO_EVERYONE"

    @property
    def upload_expired(self) -> bool:
        return clock.now() >= self.begun_at + UPLOAD_LIFETIME

    @property
    def items(self) -> list[MediaItem]:
        return [medium.item for medium in self.media]

    def is_processed(self, processing_time: timedelta) -> bool:
        """Whether processing has ended, with or without success."""
        if self.complete_at is None or self.is_stuck:
            return False
        return clock.now() >= self.complete_at + processing_time

    def status(self, processing_time: timedelta) -> str:
        """The status, as the reference of status/fetch names it."""
        if not self.is_processed(processing_time):
            return "PROCESSING_DOWNLOAD" if self.is_pulled else "PROCESSING_UPLOAD"
        if self.fail_reason:
            return "FAILED"
        return "SEND_TO_USER_INBOX" if self.is_draft else "PUBLISH_COMPLETE"
