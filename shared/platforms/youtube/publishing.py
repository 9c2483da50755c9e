"""YouTube: Data API v3, one video per post by a resumable upload.

Facts are from Google's documentation (developers.google.com/youtube) and the API
description youtube.v3 (revision 20261104) as of 2026-11-22. The video exists, with
its link, as soon as the upload session holds the last byte: the last part is what
makes the post visible. The session is the handle, for it makes one video at most
and says which one. Square or upright videos up to 3 minutes become Shorts by themselves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    Violation,
)
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, youtube
from shared.platforms.base import (
    UPLOAD_LEASE,
    UPLOAD_STEP_BYTES,
    Capabilities,
    MediaLimits,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.youtube import errors, metadata
from shared.platforms.youtube import timeline as channel
from shared.platforms.youtube.uploads import (
    Session,
    SessionGone,
    is_gone,
    is_unfinished,
    stored,
)

UPLOADS = "/upload/youtube/v3/videos"

START = Step("start_upload")
UPLOAD = Step("upload_parts", lease=UPLOAD_LEASE)
FINISH = Step("finish_upload", visible=True)
CHECK = Step("check_processing", polls=True)

# Google names no numbers. Each poll costs 1 of the project's 10,000 units a day.
POLL_AFTER = (1, 2, 5, 10, 10, 30, 30, *[60] * 28)
# After YouTube kept nothing of what was sent to it.
STALL_AFTER = (5, 30, 120)
# Each one may count among the uploads that YouTube allows in a day.
MAX_SESSIONS = 3


class Publishing(base.Publishing[Any]):
    about = youtube.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=5000,
        text_unit="bytes in UTF-8",
        # support.google.com/youtube/answer/71673; 15 minutes until the channel is verified.
        video=MediaLimits(
            content_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
            max_bytes=256 * 1024**3,
            max_seconds=12 * 3600,
        ),
        max_videos=1,
        needs_media=True,
        deletes=True,
    )
    options = metadata.YouTubeOptions

    def text_length(self, text: str) -> int:
        return len(text.encode())

    def violations(self, content: Content) -> list[Violation]:
        return list(metadata.faults_of(content))

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if "video" in checkpoint:
            return CHECK
        if "session" not in checkpoint:
            return START
        session = Session(checkpoint["session"], content.videos[0], {})
        return UPLOAD if session.needs_parts(checkpoint["offset"]) else FINISH

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is START:
            return self._start(post, checkpoint, http)
        if step is CHECK:
            return self._check(post, checkpoint, http)
        try:
            if step is UPLOAD:
                return self._upload(post, checkpoint, http)
            return self._finish(post, checkpoint, http)
        except SessionGone:
            return _new_session(checkpoint, "YouTube dropped the upload before it was complete.")

    def _start(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        asset = post.content.videos[0]
        notifies = metadata.chosen(post.content).notify_subscribers
        answer = http.prepare(
            "POST",
            UPLOADS,
            params={
                "uploadType": "resumable",
                "part": "snippet,status",
                "notifySubscribers": str(notifies).lower(),
            },
            json=metadata.resource_of(post.content),
            headers={
                **_bearer(post),
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Length": str(asset.size),
                "X-Upload-Content-Type": asset.content_type,
            },
        )
        self.accepted(answer)
        session = answer.headers.get("Location")
        if not session:
            raise PlatformUnavailable("YouTube began an upload without saying where it goes.")
        return Pending({"session": session, "offset": 0, "sessions": _sessions(checkpoint) + 1})

    def _upload(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        session = _session(post, checkpoint)
        # An earlier try of this step may have come further than its checkpoint.
        offset = self._stored(session, session.status(http))
        end = offset + UPLOAD_STEP_BYTES
        while offset < end and session.needs_parts(offset):
            kept = self._stored(session, session.send_part(offset, http))
            if kept <= offset:
                return _go_on(checkpoint, kept)
            offset = kept
        return _go_on(checkpoint, offset)

    def _finish(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        session = _session(post, checkpoint)
        answer = session.send_rest(checkpoint["offset"], http)
        if not answer.ok:
            return _go_on(checkpoint, self._stored(session, answer))
        video = answer.fields().get("id")
        if not video:
            raise OutcomeUnknown("YouTube took the video without naming it.")
        wait = timedelta(seconds=POLL_AFTER[0])
        return Pending({**checkpoint, "video": video, "polls": 1}, wait, sent=True)

    def _stored(self, session: Session, answer: Answer) -> int:
        """How many bytes `session` holds. Raises SessionGone, a PlatformError."""
        if is_gone(answer):
            raise SessionGone
        if answer.ok:
            raise OutcomeUnknown("YouTube says that the video is there already.")
        if not is_unfinished(answer):
            raise self.error_of(answer)
        if stored(answer) >= session.asset.size:
            raise OutcomeUnknown("YouTube has the whole video and does not say what came of it.")
        return stored(answer)

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published | Pending:
        video = checkpoint["video"]
        found = channel.video(video, http, _bearer(post))
        status = (found or {}).get("status") or {}
        match status.get("uploadStatus"):
            case "processed":
                return Published(video, permalink_of(video))
            case "failed" if _was_cut_short(status) and _sessions(checkpoint) < MAX_SESSIONS:
                return _new_session(checkpoint, "The upload to YouTube was cut short.")
            case "failed":
                raise errors.failure(str(status.get("failureReason", "unknown")))
            case "rejected":
                raise errors.rejection(str(status.get("rejectionReason", "unknown")))
            case "deleted":
                raise Rejected("The video was deleted on YouTube while it was being processed.")
        polls = checkpoint.get("polls", 0)
        if polls < len(POLL_AFTER):
            wait = timedelta(seconds=POLL_AFTER[polls])
            return Pending({**checkpoint, "polls": polls + 1}, wait, sent=True)
        if found is None:
            raise OutcomeUnknown("YouTube took the video and does not show it.")
        # Long videos take hours; the link shows them as soon as they are ready.
        return Published(video, permalink_of(video))

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        if "video" in checkpoint:
            return self._sight_video(post, checkpoint, since, http)
        session = _session(post, checkpoint)
        answer = session.status(http)
        if is_gone(answer):
            return self._sight_uploads(post, since, http)
        if is_unfinished(answer):
            if stored(answer) >= session.asset.size:
                return Sighting()
            kept = {**checkpoint, "offset": stored(answer)}
            return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=kept)
        video = self.accepted(answer).get("id")
        if not video:
            return Sighting(handle=Handle.PUBLISHED)
        return self._sight_video(post, {**checkpoint, "video": video}, since, http)

    def _sight_video(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        """The video has an id: it is live unless YouTube says what else became of it."""
        video = checkpoint["video"]
        found = channel.video(video, http, _bearer(post))
        if found is None:
            return Sighting()
        if (found.get("status") or {}).get("uploadStatus") in ("failed", "rejected", "deleted"):
            # From here the next step is the check, which says why. Nothing is sent again.
            return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=checkpoint)
        snippet = found.get("snippet") or {}
        created_at = channel.time_of(snippet) if "publishedAt" in snippet else since
        return Sighting(made=SeenPost(video, created_at, permalink_of(video)))

    def _sight_uploads(self, post: Post, since: datetime, http: Http) -> Sighting:
        """The session cannot be asked any more: only the channel's list tells."""
        ours = _comparable(metadata.title_of(post.content) or "")
        same = tuple(
            SeenPost(video, channel.time_of(snippet), permalink_of(video))
            for snippet in channel.uploads_since(since, http, _bearer(post))
            if _comparable(snippet["title"]) == ours
            for video in [snippet["resourceId"]["videoId"]]
        )
        return Sighting(same=same, list_was_read=True)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        return permalink_of(platform_post_id)

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare(
            "DELETE",
            f"{channel.API}/videos",
            params={"id": platform_post_id},
            headers=_bearer(post),
        )
        if answer.status != 404:
            self.accepted(answer)

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """Google keeps the refresh token: an answer without one ends nothing."""
        if tokens.refresh_token is None:
            raise ReconnectRequired(errors.RECONNECT)
        client = self.own_client
        answer = http.exchange_tokens(
            "/token",
            data={
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "refresh_token": tokens.refresh_token,
                "grant_type": "refresh_token",
            },
        )
        if not answer.ok:
            raise errors.refresh_refusal(answer)
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("Google answered a token refresh without a token.")
        return Tokens(
            access_token=granted["access_token"],
            refresh_token=granted.get("refresh_token") or tokens.refresh_token,
            expires_at=clock.now() + timedelta(seconds=granted.get("expires_in", 3599)),
        )

    def error_of(self, answer: Answer) -> PlatformError:
        return errors.refusal(answer)


def permalink_of(video: str) -> str:
    return f"https://www.youtube.com/watch?v={video}"


def _bearer(post: Post) -> dict[str, str]:
    return {"Authorization": f"Bearer {post.access_token}"}


def _session(post: Post, checkpoint: Mapping[str, Any]) -> Session:
    return Session(checkpoint["session"], post.content.videos[0], _bearer(post))


def _sessions(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("sessions", 0)
    return count


def _was_cut_short(status: Mapping[str, Any]) -> bool:
    """The one failure that is not the file's."""
    return status.get("failureReason") == "uploadAborted"


def _new_session(checkpoint: Mapping[str, Any], why: str) -> Pending:
    """Nothing came of this session and nothing will: upload from the first byte, a few times."""
    if _sessions(checkpoint) >= MAX_SESSIONS:
        raise PlatformUnavailable(why)
    return Pending({"sessions": _sessions(checkpoint)}, timedelta(seconds=10))


def _go_on(checkpoint: Mapping[str, Any], offset: int) -> Pending:
    """Go on at `offset`, where YouTube says it is; patiently if that is no progress."""
    if offset > checkpoint["offset"]:
        return Pending({**checkpoint, "offset": offset})
    stalls = checkpoint.get("stalls", 0)
    if stalls >= len(STALL_AFTER):
        raise PlatformUnavailable("YouTube does not keep what is uploaded to it.")
    stalled = {**checkpoint, "offset": offset, "stalls": stalls + 1}
    return Pending(stalled, timedelta(seconds=STALL_AFTER[stalls]))


def _comparable(title: str) -> str:
    return " ".join(title.split())
