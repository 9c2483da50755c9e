"""What Facebook reports about a video: its processing, and the post that shows it.

developers.facebook.com/docs/video-api as of 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.platforms.wire import mapping, mappings, number, words

_FAILED = frozenset({"error", "expired", "upload_failed"})
# In these statuses Facebook does nothing until it is told to publish the video.
_WAITING = frozenset({"uploading", "upload_complete"})

FIELDS = "id,status,published,post_id,permalink_url"


@dataclass(frozen=True)
class Video:
    """`GET /{video}?fields=…`: the status of the whole and of its three phases."""

    fields: Mapping[str, Any]

    @property
    def is_live(self) -> bool:
        if self.failure:
            return False
        if self._status == "ready" and self.fields.get("published") is True:
            return True
        phase = self._phase("publishing")
        # A draft completes the phase, too.
        is_visible = phase.get("publish_status") in (None, "published")
        return phase.get("status") == "complete" and is_visible

    @property
    def failure(self) -> str | None:
        """Why the video will never be live; None while it may still be.

        It counts even where Facebook reports the video as published, too.
        """
        for name in ("uploading", "processing", "publishing"):
            if self._phase(name).get("status") == "error":
                return _reason(self._phase(name)) or f"{name} failed"
        return self._status if self._status in _FAILED else None

    @property
    def is_untouched(self) -> bool:
        """Facebook was never told to publish the video.

        While a video is being processed, its publishing phase has not started either, so that
        alone proves nothing.
        """
        waits = self._status in _WAITING or self._phase("processing").get("status") == "complete"
        has_begun = self._phase("publishing").get("status") not in (None, "not_started")
        return waits and not has_begun and self.fields.get("published") is False

    @property
    def post_id(self) -> str | None:
        return words(self.fields.get("post_id")) or None

    @property
    def permalink(self) -> str | None:
        return absolute(self.fields.get("permalink_url"))

    def received(self, size: int) -> int:
        """How many bytes of a file of `size` bytes have arrived."""
        phase = self._phase("uploading")
        if phase.get("status") == "complete":
            return size
        # The documentation spells it with one r; later answers have both.
        arrived = phase.get("bytes_transfered") or phase.get("bytes_transferred")
        return min(number(arrived) or 0, size)

    @property
    def _status(self) -> str:
        return words(self._all.get("video_status"))

    @property
    def _all(self) -> Mapping[str, Any]:
        return mapping(self.fields.get("status"))

    def _phase(self, name: str) -> Mapping[str, Any]:
        return mapping(self._all.get(f"{name}_phase"))


def absolute(permalink: object) -> str | None:
    """The permalinks of videos have no host: `/reel/123/`."""
    path = words(permalink)
    return f"https://www.facebook.com{path}" if path.startswith("/") else path or None


def _reason(phase: Mapping[str, Any]) -> str | None:
    errors = [mapping(phase.get("error")), *mappings(phase.get("errors"))]
    messages = [words(error.get("message")) for error in errors]
    return next((message for message in messages if message), None)
