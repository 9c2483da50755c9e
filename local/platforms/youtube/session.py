"""A resumable upload (section 3 of the notes on YouTube)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared import clock

SESSION_LIFETIME = timedelta(days=7)


@dataclass
class Session:
    """An upload that was started. `fate` is the fault that the video will suffer."""

    id: str
    account_id: str
    resource: dict[str, Any]
    total: int
    content_type: str
    notifies: bool
    created_at: datetime
    fate: str | None = None
    stored: bytearray = field(default_factory=bytearray)
    video_id: str | None = None

    @property
    def is_gone(self) -> bool:
        return clock.now() >= self.created_at + SESSION_LIFETIME
