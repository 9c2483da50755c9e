"""A video on YouTube and how its processing ends (developers.google.com/youtube/v3/docs/videos)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.platforms import clock

# `uploadStatus` -> the field with the reason, and the known reasons.
REASONS = {
    "failed": (
        "failureReason",
        ("conversion", "invalidFile", "emptyFile", "tooSmall", "codec", "uploadAborted"),
    ),
    "rejected": (
        "rejectionReason",
        (
            "copyright",
            "inappropriate",
            "termsOfUse",
            "claim",
            "trademark",
            "legal",
            "duplicate",
            "length",
            "uploaderAccountSuspended",
            "uploaderAccountClosed",
        ),
    ),
}
_CONTENT_DETAILS = {"dimension": "2d", "caption": "false", "licensedContent": False}


@dataclass(frozen=True)
class Ending:
    """How processing ends. `uploaded`: it never does."""

    upload_status: str = "processed"
    reason: str | None = None


@dataclass(frozen=True)
class Video:
    """The video that a finished upload made."""

    id: str
    account_id: str
    resource: dict[str, Any]
    channel: dict[str, str]
    created_at: datetime
    ready_at: datetime
    ending: Ending

    @property
    def is_private(self) -> bool:
        return self.resource["status"].get("privacyStatus") == "private"

    def as_json(self, parts: Sequence[str]) -> dict[str, Any]:
        """The resource with `parts`, as far as it has them; the twin knows the statistics."""
        is_over = clock.now() >= self.ready_at
        ending = self.ending if is_over else Ending("uploaded")
        everything = {
            "snippet": self._snippet(),
            "status": self._status(ending),
            "processingDetails": _processing_details(ending),
            "contentDetails": _CONTENT_DETAILS,
        }
        head = {"kind": "youtube#video", "id": self.id}
        return head | {part: everything[part] for part in parts if part in everything}

    def _snippet(self) -> dict[str, Any]:
        published_at = self.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        defaults = {"publishedAt": published_at, "description": "", "categoryId": "22"}
        rest = {**self.channel, "liveBroadcastContent": "none"}
        return defaults | self.resource["snippet"] | rest

    def _status(self, ending: Ending) -> dict[str, Any]:
        status = {
            "uploadStatus": ending.upload_status,
            "privacyStatus": "public",
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
        } | self.resource["status"]
        if ending.reason is not None:
            status[REASONS[ending.upload_status][0]] = ending.reason
        return status


def _processing_details(ending: Ending) -> dict[str, Any]:
    """Whole numbers are strings."""
    if ending.upload_status == "failed":
        return {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    done = "0" if ending.upload_status == "uploaded" else "1000"
    progress = {"partsTotal": "1000", "partsProcessed": done, "timeLeftMs": "0"}
    status = "processing" if done == "0" else "succeeded"
    return {"processingStatus": status, "processingProgress": progress}
