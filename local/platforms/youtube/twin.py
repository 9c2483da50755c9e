"""YouTube as its Data API v3 answers: uploads, their processing, lists and tokens.

Written from the notes on YouTube; section numbers below are theirs. Limits and
error bodies are real, quotas are not kept: they act only while a fault asks.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.controls import BadControl
from local.platforms.faults import Fault
from local.platforms.media import NotMedia, inspect
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from local.platforms.youtube import errors as youtube_errors
from local.platforms.youtube.reads import ReadEndpoints
from local.platforms.youtube.tokens import SCOPE_PREFIX, TokenEndpoints
from local.platforms.youtube.uploads import PATH, Session, UploadEndpoints
from shared import clock

# Section 3.5: `uploadStatus` -> the field that tells its reason, and the reasons.
_REASONS = {
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


@dataclass(frozen=True)
class Ending:
    """What processing comes to. `uploaded`: it never ends."""

    upload_status: str = "processed"
    reason: str | None = None


@dataclass(frozen=True)
class Video:
    """What a finished upload has made."""

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
        """The resource with `parts` (sections 3.4, 3.5)."""
        is_over = clock.now() >= self.ready_at
        ending = self.ending if is_over else Ending("uploaded")
        everything = {
            "snippet": self._snippet(),
            "status": self._status(ending),
            "processingDetails": _processing_details(ending),
        }
        head = {"kind": "youtube#video", "id": self.id}
        return head | {part: everything[part] for part in parts}

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
            status[_REASONS[ending.upload_status][0]] = ending.reason
        return status


class YouTube(SimulatedPlatform):
    """The twin of www.googleapis.com, as far as YouTube goes."""

    name = "youtube"

    def __init__(self) -> None:
        self.videos: dict[str, Video] = {}
        self.uploads = UploadEndpoints(self)
        self.next_ending: Ending | None = None
        super().__init__()

    def routes(self) -> None:
        TokenEndpoints(self).routes()
        self.uploads.routes()
        ReadEndpoints(self).routes()
        controls.add_switch(self, "/partial_store", self._switch_partial_store)
        controls.add_switch(self, "/ending", self._switch_ending)

    def forget(self) -> None:
        self.videos.clear()
        self.uploads.forget()
        self.next_ending = None

    def presented_token(self) -> str | None:
        if request.path in ("/token", "/revoke"):
            return request.form.get("refresh_token") or request.form.get("token")
        return bearer_token()

    def publishing_content(self) -> Content | None:
        return self.uploads.content_of_request() if request.path == PATH else None

    def authorized(self, *scopes: str) -> Account:
        """The channel whose token the request carries, with one of `scopes`. Raises Refusal."""
        token = self.accounts.token(bearer_token())
        account = self.accounts.get(token.account_id) if token else None
        if (
            token is None
            or account is None
            or token.kind != "access"
            or self.accounts.standing(token) != "active"
        ):
            raise youtube_errors.invalid_credentials()
        if not any(account.may(SCOPE_PREFIX + scope) for scope in scopes):
            raise youtube_errors.insufficient_permissions()
        return account

    def make_video(self, session: Session) -> None:
        """The last byte is there: the video exists, and is visible unless it comes to nothing."""
        account = self.accounts.get(session.account_id)
        if account is None:
            raise youtube_errors.invalid_credentials()
        data = bytes(session.stored)
        now = clock.now()
        video = Video(
            id=secrets.token_urlsafe(8),
            account_id=account.account_id,
            resource=session.resource,
            channel={"channelId": account.external_id, "channelTitle": account.username},
            created_at=now,
            ready_at=now + self.processing_time,
            ending=self._ending(session, data),
        )
        session.video_id, session.stored = video.id, bytearray()
        self.videos[video.id] = video
        if video.ending.upload_status in ("processed", "uploaded"):
            self._show(video, data, session)

    def _show(self, video: Video, data: bytes, session: Session) -> None:
        text = video.resource["snippet"].get("description", "")
        item = MediaItem("video", hashlib.sha256(data).hexdigest(), len(data))
        details = {**video.resource, "notifies": session.notifies}
        post = Post(video.id, video.account_id, text, text, video.created_at, [item], details)
        self.posts.add(post)

    def _ending(self, session: Session, data: bytes) -> Ending:
        wanted, self.next_ending = self.next_ending, None
        if wanted is not None:
            return wanted
        if session.fate == "processing_stuck":
            return Ending("uploaded")
        if session.fate == "processing_failed":
            return Ending("failed", "conversion")
        try:
            is_video = inspect(data).kind == "video"
        except NotMedia:
            is_video = False
        return Ending() if is_video else Ending("failed", "invalidFile")

    def _switch_partial_store(self) -> None:
        self.uploads.partial_stores = controls.whole_number("times")

    def _switch_ending(self) -> None:
        """`{uploadStatus, reason}` that the next video comes to."""
        body = controls.json_object()
        status, reason = body.get("uploadStatus"), body.get("reason")
        if status not in _REASONS or reason not in _REASONS[status][1]:
            raise BadControl("uploadStatus must be failed or rejected, with a reason of its own.")
        self.next_ending = Ending(status, reason)

    # How YouTube refuses: sections 5, 6.

    def http_error(self, error: HTTPException) -> Refusal:
        return youtube_errors.refusal(error.code or 500, "notFound", error.name, "global")

    def server_error(self) -> Response:
        return youtube_errors.answer(youtube_errors.backend_error())

    def rate_limited(self, retry_after: float) -> Response:
        """Without a time: YouTube promises none."""
        return youtube_errors.answer(youtube_errors.rate_limit_exceeded())

    def quota_exhausted(self, fault: Fault) -> Response | None:
        """Variants: `project` (default), `channel`."""
        if fault.parameters.get("variant") == "channel":
            return youtube_errors.answer(youtube_errors.upload_limit_exceeded())
        return youtube_errors.answer(youtube_errors.quota_exceeded())


def _processing_details(ending: Ending) -> dict[str, Any]:
    """Section 3.5; whole numbers are strings."""
    if ending.upload_status == "failed":
        return {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    done = "0" if ending.upload_status == "uploaded" else "1000"
    progress = {"partsTotal": "1000", "partsProcessed": done, "timeLeftMs": "0"}
    status = "processing" if done == "0" else "succeeded"
    return {"processingStatus": status, "processingProgress": progress}
