"""A post that TikTok processes: the request, the received bytes, and the status."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.platforms import clock
from local.platforms.media import Medium
from local.platforms.posts import MediaItem

UPLOAD_LIFETIME = timedelta(hours=1)  # section 5.1


@dataclass(frozen=True)
class CreatorSettings:
    """The creator's settings in the app (section 4)."""

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
    """Section 5.2: the last chunk has the remainder."""

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

    @property
    def is_public(self) -> bool:
        return bool(self.info["privacy_level"] == "PUBLIC_TO_EVERYONE")

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
        """Section 7."""
        if self.is_processed(processing_time):
            return "FAILED" if self.fail_reason else "PUBLISH_COMPLETE"
        return "PROCESSING_UPLOAD" if self.kind == "video" else "PROCESSING_DOWNLOAD"
