"""Publishing on YouTube: one video per post by a resumable upload.

Facts are from Google's documentation (developers.google.com/youtube) and the API
description youtube.v3 (revision 20261104) as of 2026-11-22. The video exists, with
its link, as soon as the upload session holds the last byte, so the last part is the
visible step. The session is the handle: it makes at most one video and reports which
one. YouTube turns square or upright videos of up to 3 minutes into Shorts.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable, Rejected
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, youtube
from shared.platforms.base import (
    UPLOAD_LEASE,
    UPLOAD_STEP_BYTES,
    Pending,
    Post,
    Published,
    Step,
    Turn,
)
from shared.platforms.http import Answer, Http, Reading, Reply
from shared.platforms.wire import mapping, words
from shared.platforms.youtube import errors, timeline
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.options import options_of
from shared.platforms.youtube.resource import resource_of
from shared.platforms.youtube.timeline import permalink_of
from shared.platforms.youtube.uploads import (
    Session,
    SessionGone,
    is_gone,
    is_unfinished,
    needs_parts,
    received_bytes,
    session_of,
)

UPLOADS = f"/upload/youtube/{youtube.ABOUT.api_version}/videos"

START = Step("start_upload")
UPLOAD = Step("upload_parts", lease=UPLOAD_LEASE)
FINISH = Step("finish_upload", visible=True)
CHECK = Step("check_processing", polls=True)

# Google names no intervals. Each poll costs 1 of the project's 10,000 units a day.
POLL_AFTER = (1, 2, 5, 10, 10, 30, 30, *[60] * 28)
# After YouTube kept nothing of what was sent.
STALL_AFTER = (5, 30, 120)
# Each session may count as one of the uploads that YouTube allows in a day.
MAX_SESSIONS = 3


class Publishing(base.Publishing[Checkpoint]):
    about = youtube.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    error_of = staticmethod(errors.error_of)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        if checkpoint.video is not None:
            return CHECK
        if checkpoint.session is None:
            return START
        return UPLOAD if needs_parts(content.videos[0], checkpoint.offset) else FINISH

    def start_upload(self, turn: Turn[Checkpoint]) -> Pending:
        asset = turn.content.videos[0]
        notifies = options_of(turn.content).notify_subscribers
        answer = turn.http.prepare(
            "POST",
            UPLOADS,
            params={
                "uploadType": "resumable",
                "part": "snippet,status",
                "notifySubscribers": str(notifies).lower(),
            },
            json=resource_of(turn.content),
            headers={
                **turn.post.bearer,
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Length": str(asset.size),
                "X-Upload-Content-Type": asset.content_type,
            },
        )
        self.accepted(answer)
        session = answer.headers.get("Location", "")
        if not session.startswith(("https://", "http://")):
            raise PlatformUnavailable("YouTube started an upload without returning its address.")
        return Pending(Checkpoint(session=session, sessions=turn.checkpoint.sessions + 1))

    def upload_parts(self, turn: Turn[Checkpoint]) -> Pending:
        session = session_of(turn.post, turn.checkpoint.session)
        try:
            # An earlier try of this step may have sent more than its checkpoint says.
            offset = self._received(session, session.status(turn.http))
            end = offset + UPLOAD_STEP_BYTES
            while offset < end and needs_parts(session.asset, offset):
                received = self._received(session, session.send_part(offset, turn.http))
                if received <= offset:
                    return _continue(turn.checkpoint, received)
                offset = received
        except SessionGone:
            return _start_again(turn.checkpoint)
        return _continue(turn.checkpoint, offset)

    def finish_upload(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint = turn.checkpoint
        session = session_of(turn.post, checkpoint.session)
        answer = session.send_rest(checkpoint.offset, turn.http)
        if not answer.ok:
            try:
                return _continue(checkpoint, self._received(session, answer))
            except SessionGone:
                return _start_again(checkpoint)
        video = self.ids.of(answer.fields().get("id"))
        if video is None:
            raise OutcomeUnknown("YouTube accepted the video without returning its id.")
        wait = timedelta(seconds=POLL_AFTER[0])
        return Pending(replace(checkpoint, video=video, polls=1), wait, sent=True)

    def _received(self, session: Session, answer: Reply) -> int:
        """How many bytes `session` holds. Raises SessionGone, a PlatformError."""
        if is_gone(answer):
            raise SessionGone
        if answer.ok:
            raise OutcomeUnknown("YouTube reports that it already has the video.")
        if not is_unfinished(answer):
            raise self._refusal(answer)
        received = received_bytes(answer)
        if received >= session.asset.size:
            raise OutcomeUnknown("YouTube has the whole video and does not report its outcome.")
        return received

    def _refusal(self, answer: Reply) -> PlatformError:
        if isinstance(answer, Reading):
            return answer.refusal(self.about.display_name, self.error_of)
        return self.error_of(Answer(answer.status, answer.headers, answer.text))

    def check_processing(self, turn: Turn[Checkpoint]) -> Published | Pending:
        checkpoint, video = turn.checkpoint, _video_of(turn.checkpoint)
        listed = timeline.video(video, turn.post, turn.http)
        status = mapping((listed or {}).get("status"))
        match status.get("uploadStatus"):
            case "processed":
                return Published(video, permalink_of(video))
            case "failed" if _was_aborted(status) and checkpoint.sessions < MAX_SESSIONS:
                return _start_again(checkpoint)
            case "failed":
                raise errors.failure(words(status.get("failureReason")) or "unknown")
            case "rejected":
                raise errors.rejection(words(status.get("rejectionReason")) or "unknown")
            case "deleted":
                raise Rejected("The video was deleted on YouTube while it was being processed.")
        if checkpoint.polls < len(POLL_AFTER):
            wait = timedelta(seconds=POLL_AFTER[checkpoint.polls])
            return Pending(replace(checkpoint, polls=checkpoint.polls + 1), wait, sent=True)
        if listed is None:
            raise OutcomeUnknown("YouTube accepted the video but does not list it.")
        # Long videos take hours; the link shows them as soon as they are ready.
        return Published(video, permalink_of(video))

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        checkpoint = turn.checkpoint
        if checkpoint.video is not None:
            return _look_up_video(turn, checkpoint, since)
        session = session_of(turn.post, checkpoint.session)
        answer = session.status(turn.http)
        if is_gone(answer):
            # The session no longer answers, so only the channel's list can tell.
            same, is_whole = timeline.same_uploads(turn.post, since, turn.http)
            return Sighting(same=same, list_was_read=is_whole)
        if is_unfinished(answer):
            received = received_bytes(answer)
            if received >= session.asset.size:
                return Sighting()
            resumed = replace(checkpoint, offset=received)
            return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=resumed)
        video = self.ids.of(self.shown(answer).get("id"))
        if video is None:
            return Sighting(handle=Handle.PUBLISHED)
        return _look_up_video(turn, replace(checkpoint, video=video), since)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        return permalink_of(platform_post_id)

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare(
            "DELETE",
            f"{timeline.API}/videos",
            params={"id": platform_post_id},
            headers=post.bearer,
        )
        if answer.status != 404:
            self.accepted(answer)


def _look_up_video(turn: Turn[Checkpoint], checkpoint: Checkpoint, since: datetime) -> Sighting:
    """The video has an id, so it is live unless YouTube reports otherwise."""
    video = _video_of(checkpoint)
    listed = timeline.video(video, turn.post, turn.http)
    if listed is None:
        return Sighting()
    if mapping(listed.get("status")).get("uploadStatus") in ("failed", "rejected", "deleted"):
        # The next step is the check, which reports why. Nothing is sent again.
        return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=checkpoint)
    created_at = timeline.time_of_video(mapping(listed.get("snippet"))) or since
    return Sighting(made=SeenPost(video, created_at, permalink_of(video)))


def _video_of(checkpoint: Checkpoint) -> str:
    if checkpoint.video is None:
        raise ValueError("this step follows a finished upload")
    return checkpoint.video


def _was_aborted(status: dict[str, Any]) -> bool:
    """The only failure that the file does not cause."""
    return status.get("failureReason") == "uploadAborted"


def _start_again(checkpoint: Checkpoint) -> Pending:
    """This session will make no video: start another one, but not too often."""
    if checkpoint.sessions >= MAX_SESSIONS:
        raise PlatformUnavailable("YouTube ended the upload before it was complete.")
    return Pending(Checkpoint(sessions=checkpoint.sessions), timedelta(seconds=10))


def _continue(checkpoint: Checkpoint, offset: int) -> Pending:
    """Continue at `offset`, which YouTube reported; wait first if that is no progress."""
    if offset > checkpoint.offset:
        return Pending(replace(checkpoint, offset=offset))
    if checkpoint.stalls >= len(STALL_AFTER):
        raise PlatformUnavailable("YouTube does not keep the uploaded bytes.")
    stalled = replace(checkpoint, offset=offset, stalls=checkpoint.stalls + 1)
    return Pending(stalled, timedelta(seconds=STALL_AFTER[checkpoint.stalls]))
