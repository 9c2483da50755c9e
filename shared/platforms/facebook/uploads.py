"""How a video gets to Facebook, and what Facebook says of it.

An ordinary video goes up in chunks on the Page's videos edge, a reel or a story
as one stream to rupload.facebook.com (developers.facebook.com/docs/video-api as
of 2026-11-22). Both begin with the id of the video, which is the handle.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms.base import UPLOAD_STEP_BYTES
from shared.platforms.facebook.errors import error_from
from shared.platforms.http import Answer, Http

# A chunk is held in memory; Facebook may ask for more at once and says where to go on.
CHUNK_BYTES = 8 * 1024 * 1024

_ENDED_BADLY = frozenset({"error", "expired", "upload_failed"})
# What rests at these is worked on by nobody until it is told to be published.
_AT_REST = frozenset({"uploading", "upload_complete"})

# As told in error_data when a chunk does not begin where it should.
_WRONG_OFFSET = 1363037

FIELDS = "id,status,published,post_id,permalink_url"


@dataclass(frozen=True)
class Video:
    """`GET /{video}?fields=…`: status of the whole and of its three phases."""

    fields: Mapping[str, Any]

    @property
    def is_live(self) -> bool:
        if self._status == "ready" and self.fields.get("published") is True:
            return True
        phase = self._phase("publishing")
        # A draft completes the phase, too.
        is_shown = phase.get("publish_status") in (None, "published")
        return phase.get("status") == "complete" and is_shown

    @property
    def failure(self) -> str | None:
        """Why it will never be live; None as long as it may."""
        if self.is_live or self.fields.get("published"):
            return None
        for name in ("uploading", "processing", "publishing"):
            if self._phase(name).get("status") == "error":
                return _reason(self._phase(name)) or f"{name} failed"
        return self._status if self._status in _ENDED_BADLY else None

    @property
    def is_untouched(self) -> bool:
        """Nobody has told Facebook to publish it.

        While it is processed, publishing has not started either: that alone says nothing.
        """
        rests = self._status in _AT_REST or self._phase("processing").get("status") == "complete"
        has_begun = self._phase("publishing").get("status") not in (None, "not_started")
        return rests and not has_begun and self.fields.get("published") is False

    @property
    def post_id(self) -> str | None:
        found = self.fields.get("post_id")
        return str(found) if found else None

    @property
    def permalink(self) -> str | None:
        return absolute(self.fields.get("permalink_url"))

    def received(self, size: int) -> int:
        """How many bytes have arrived, of a file of `size`."""
        phase = self._phase("uploading")
        if phase.get("status") == "complete":
            return size
        # The documentation spells it without the second r; later answers have both.
        return int(phase.get("bytes_transfered") or phase.get("bytes_transferred") or 0)

    @property
    def _status(self) -> str:
        return str(self._all.get("video_status", ""))

    @property
    def _all(self) -> Mapping[str, Any]:
        status = self.fields.get("status")
        return status if isinstance(status, dict) else {}

    def _phase(self, name: str) -> Mapping[str, Any]:
        phase = self._all.get(f"{name}_phase")
        return phase if isinstance(phase, dict) else {}


def absolute(permalink: str | None) -> str | None:
    """Videos are told without a host: `/reel/123/`."""
    if permalink and permalink.startswith("/"):
        return f"https://www.facebook.com{permalink}"
    return permalink


def _reason(phase: Mapping[str, Any]) -> str | None:
    errors = [phase.get("error"), *(phase.get("errors") or [])]
    told = [error["message"] for error in errors if isinstance(error, dict) and "message" in error]
    return str(told[0]) if told else None


def offsets(fields: Mapping[str, Any]) -> dict[str, int]:
    """Where the next chunk begins and ends; told as strings. Raises PlatformUnavailable."""
    try:
        return {"start": int(fields["start_offset"]), "end": int(fields["end_offset"])}
    except (KeyError, TypeError, ValueError) as error:
        raise PlatformUnavailable("Facebook did not say where the upload goes on.") from error


@dataclass(frozen=True)
class Chunks:
    """An upload on the videos edge."""

    path: str
    params: Mapping[str, str]
    session: str
    video: MediaAsset

    def send(self, http: Http, at: Mapping[str, int]) -> dict[str, int]:
        """Send about one step's worth from `at` on; answers where it goes on."""
        sent = 0
        while at["start"] < at["end"] and sent < UPLOAD_STEP_BYTES:
            length = min(at["end"] - at["start"], CHUNK_BYTES)
            after = _next_chunk(self._send_one(http, at["start"], length))
            if after["start"] == at["start"]:
                raise PlatformUnavailable("Facebook did not take a part of the video.")
            at, sent = after, sent + length
        if at["start"] >= at["end"] and at["start"] != self.video.size:
            raise PlatformUnavailable("Facebook ended the upload before the end of the video.")
        return dict(at)

    def _send_one(self, http: Http, start: int, length: int) -> Answer:
        chunk = http.bytes_of(self.video, start, length)
        return http.upload(
            "POST",
            self.path,
            params=self.params,
            data={
                "upload_phase": "transfer",
                "upload_session_id": self.session,
                "start_offset": str(start),
            },
            files={"video_file_chunk": ("chunk", chunk, "application/octet-stream")},
        )


def _next_chunk(answer: Answer) -> dict[str, int]:
    """Raises a PlatformError for a refusal, but for one that says where to go on instead."""
    if answer.ok:
        return offsets(answer.fields())
    error = answer.fields().get("error")
    if isinstance(error, dict) and error.get("error_subcode") == _WRONG_OFFSET:
        told = error.get("error_data")
        return offsets(json.loads(told) if isinstance(told, str) else told or {})
    raise error_from(answer)


def stream(http: Http, url: str, token: str, video: MediaAsset, offset: int) -> None:
    """Send a reel's or a story's bytes from `offset` on, all in one request.

    A request that ends before the file does is an error there, so there are no smaller parts.
    """
    with http.part(video, offset) as part:
        answer = http.upload(
            "POST",
            url,
            data=part,
            headers={
                "Authorization": f"OAuth {token}",
                "Content-Type": "application/octet-stream",
                "offset": str(offset),
                "file_size": str(video.size),
            },
        )
    if not answer.ok:
        raise error_from(answer)
    if not answer.fields().get("success"):
        raise PlatformUnavailable("Facebook did not say that it has the whole video.")
