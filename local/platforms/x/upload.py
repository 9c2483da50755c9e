"""A medium that is being uploaded to X (docs.x.com/x-api/media)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.platforms import clock
from local.platforms.media import Medium
from local.platforms.posts import MediaItem

LIFETIME = timedelta(hours=24)
MIB = 1024 * 1024
# For each `media_category`: its media types, its largest size in bytes, the beginning of a media
# key and the `type` with which the API lists it.
_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/gif")
CATEGORIES = {
    "tweet_image": (_IMAGES, 5 * MIB, "3", "photo"),
    "tweet_gif": (("image/gif",), 15 * MIB, "16", "animated_gif"),
    "tweet_video": (("video/mp4", "video/quicktime"), 512 * MIB, "13", "video"),
}
INVALID_MEDIA = ("InvalidMedia", "file is not a valid media")


@dataclass
class Upload:
    """A medium that `account_id` can attach to a post once it is processed."""

    id: str
    account_id: str
    category: str
    media_type: str
    total_bytes: int
    created_at: datetime
    segments: dict[int, bytes] = field(default_factory=dict)
    medium: Medium | None = None
    finalized_at: datetime | None = None
    processing: timedelta = timedelta(0)
    outcome: str = "succeeded"  # or failed; in_progress: processing never ends
    failure: tuple[str, str] = INVALID_MEDIA
    alt_text: str | None = None

    @property
    def key(self) -> str:
        return f"{CATEGORIES[self.category][2]}_{self.id}"

    @property
    def shown_as(self) -> str:
        """`type` of the medium of a post."""
        return CATEGORIES[self.category][3]

    @property
    def item(self) -> MediaItem | None:
        return self.medium.item if self.medium else None

    @property
    def expires_at(self) -> datetime:
        return self.created_at + LIFETIME

    @property
    def state(self) -> str:
        """pending, in_progress, succeeded or failed, once it is finalized."""
        if self.finalized_at is None:
            return "pending"
        elapsed = clock.now() - self.finalized_at
        if elapsed < self.processing:
            return "pending" if elapsed < self.processing / 2 else "in_progress"
        return self.outcome

    @property
    def is_usable(self) -> bool:
        is_ready = self.finalized_at is not None and self.state == "succeeded"
        return is_ready and clock.now() < self.expires_at
