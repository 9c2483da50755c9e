"""Publishing on TikTok: posts of one video or of up to 35 photos.

Facts are from developers.tiktok.com (Content Posting API reference and Media
Transfer Guide) as of 2026-11-22; where only other clients' reports are known, a
comment says so.

A video is uploaded in chunks under a publish id, and its last chunk makes it
visible. TikTok downloads photos itself as soon as it has their URLs, so that
request is the visible step, and the only one without a handle before it. Both are
then processed and polled. A post gets a public id only if everyone can see it,
and some time after it went live. A complete post without one is a success too,
with its publish id and without a link.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.domain.content import Content
from shared.domain.errors import OutcomeUnknown, PlatformUnavailable
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, tiktok
from shared.platforms.base import (
    UPLOAD_LEASE,
    UPLOAD_STEP_BYTES,
    Pending,
    Post,
    Published,
    Step,
    Turn,
)
from shared.platforms.http import Answer, Http
from shared.platforms.tiktok import errors, progress, timeline
from shared.platforms.tiktok.bodies import photo_body, video_body
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from shared.platforms.tiktok.creator import settings_for
from shared.platforms.tiktok.errors import data_of
from shared.platforms.tiktok.progress import POLL_AFTER, resumed, start_over
from shared.platforms.tiktok.timeline import API, headers, same_photo_posts, share_url, state_of
from shared.platforms.tiktok.uploads import Chunks
from shared.platforms.wire import words

ASK_CREATOR = Step("ask_creator", polls=True)
START_UPLOAD = Step("start_upload")
UPLOAD = Step("upload_chunks", lease=UPLOAD_LEASE)
UPLOAD_LAST = Step("upload_last_chunk", visible=True)
POST_PHOTOS = Step("post_photos", visible=True)
CHECK = Step("check_status", polls=True)

_EXPIRED = "The upload to TikTok has expired."


class Publishing(base.Publishing[Checkpoint]):
    about = tiktok.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    shown = staticmethod(errors.shown)
    error_of = staticmethod(errors.error_of)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        if checkpoint.sent:
            return CHECK
        if checkpoint.settings is None:
            return ASK_CREATOR
        if not content.videos:
            return POST_PHOTOS
        if checkpoint.publish_id is None:
            return START_UPLOAD
        is_last = checkpoint.offset >= Chunks(content.videos[0].size).last_start
        return UPLOAD_LAST if is_last else UPLOAD

    def accepted(self, answer: Answer) -> dict[str, Any]:
        return data_of(answer)

    def ask_creator(self, turn: Turn[Checkpoint]) -> Pending:
        """Required before every post: the account may have become private meanwhile."""
        answer = turn.http.prepare("POST", f"{API}/creator_info/query/", headers=headers(turn.post))
        creator = data_of(answer)
        return Pending(
            replace(
                turn.checkpoint,
                settings=settings_for(turn.content, creator),
                creator=words(creator.get("creator_username")) or None,
            )
        )

    def start_upload(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint = turn.checkpoint
        body = video_body(turn.content, _settings_of(checkpoint))
        answer = turn.http.prepare(
            "POST", f"{API}/video/init/", json=body, headers=headers(turn.post)
        )
        upload = data_of(answer)
        publish_id, upload_url = (words(upload.get(name)) for name in ("publish_id", "upload_url"))
        if not publish_id or not upload_url.startswith(("https://", "http://")):
            raise PlatformUnavailable("TikTok started an upload without returning its address.")
        return Pending(
            replace(
                checkpoint,
                publish_id=publish_id,
                upload_url=upload_url,
                offset=0,
                tries=checkpoint.tries + 1,
            )
        )

    def upload_chunks(self, turn: Turn[Checkpoint]) -> Pending:
        """Chunks in their order, except the last one."""
        checkpoint, video = turn.checkpoint, turn.content.videos[0]
        chunks, offset = Chunks(video.size), checkpoint.offset
        stop = min(offset + UPLOAD_STEP_BYTES, chunks.last_start)
        while offset < stop:
            chunk = chunks.headers_at(offset, video.content_type)
            with turn.http.part(video, offset, chunks.chunk_size) as part:
                answer = turn.http.upload("PUT", _upload_url(checkpoint), data=part, headers=chunk)
            if answer.status == 416:
                return _resume(replace(turn, checkpoint=replace(checkpoint, offset=offset)))
            if answer.status in (403, 404):
                return start_over(checkpoint, _EXPIRED)
            if answer.status != 206:
                raise errors.upload_error(answer)
            offset += chunks.chunk_size
        return Pending(replace(checkpoint, offset=offset))

    def upload_last_chunk(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint, video = turn.checkpoint, turn.content.videos[0]
        answer = turn.http.publish(
            "PUT",
            _upload_url(checkpoint),
            data=turn.http.bytes_of(video, checkpoint.offset),
            headers=Chunks(video.size).headers_at(checkpoint.offset, video.content_type),
        )
        if answer.status in (403, 404):
            return start_over(checkpoint, _EXPIRED)
        if answer.status not in (200, 201):  # Other clients report 200.
            # 416 may mean that TikTok already has this chunk: the status tells.
            raise errors.unless_unclear(errors.upload_error(answer))
        return _sent(checkpoint)

    def post_photos(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint = turn.checkpoint
        body = photo_body(turn.content, _settings_of(checkpoint))
        answer = turn.http.publish(
            "POST", f"{API}/content/init/", json=body, headers=headers(turn.post)
        )
        try:
            publish_id = words(data_of(answer).get("publish_id"))
        except PlatformUnavailable as error:
            raise errors.unless_unclear(error) from error
        if not publish_id:
            raise OutcomeUnknown(
                "TikTok accepted the photos without returning an id. Soku is looking the post up."
            )
        return _sent(replace(checkpoint, publish_id=publish_id, tries=checkpoint.tries + 1))

    def check_status(self, turn: Turn[Checkpoint]) -> Published | Pending:
        checkpoint = turn.checkpoint
        state = state_of(turn)
        match state.get("status"):
            case "PUBLISH_COMPLETE":
                return progress.completed(checkpoint, state)
            case "FAILED":
                return progress.failed(checkpoint, words(state.get("fail_reason")) or "unknown")
        if checkpoint.polls >= len(POLL_AFTER):
            raise OutcomeUnknown("TikTok has not finished processing the post after 10 minutes.")
        wait = timedelta(seconds=POLL_AFTER[checkpoint.polls])
        return Pending(replace(checkpoint, polls=checkpoint.polls + 1), wait, sent=True)

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        """By the publish id. Photos whose answer was lost have none: only public ones are listed,
        so their absence is never proven."""
        checkpoint = turn.checkpoint
        if checkpoint.publish_id is None:
            return Sighting(same=same_photo_posts(turn.post, since, turn.http))
        state = state_of(turn)
        match state.get("status"):
            case "PUBLISH_COMPLETE":
                made = progress.published(checkpoint, state)
                post = SeenPost(made.platform_post_id, clock.now(), made.permalink)
                return Sighting(made=post)
            case "FAILED":
                # The next poll reports why, or starts over.
                sent = replace(checkpoint, sent=True)
                return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=sent)
        resumable = resumed(turn.content, checkpoint, state)
        if resumable is None or checkpoint.sent:
            return Sighting()
        return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=resumable)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        if not platform_post_id.isdigit():
            return None  # a publish id: the post is not public, or not yet
        return share_url(post, platform_post_id, http)


def _sent(checkpoint: Checkpoint) -> Pending:
    return Pending(replace(checkpoint, sent=True), timedelta(seconds=POLL_AFTER[0]), sent=True)


def _resume(turn: Turn[Checkpoint]) -> Pending:
    """TikTok has more or less of the video than the checkpoint says: resume where TikTok is."""
    checkpoint = turn.checkpoint
    state = state_of(turn)
    if state.get("status") == "FAILED":
        return start_over(checkpoint, "TikTok canceled the upload.")
    resumable = resumed(turn.content, checkpoint, state)
    if resumable is None:
        raise OutcomeUnknown("TikTok reports that it already has the whole video.")
    if resumable == checkpoint:
        raise PlatformUnavailable("TikTok refuses the part of the video that it waits for.")
    return Pending(resumable)


def _settings_of(checkpoint: Checkpoint) -> Settings:
    if checkpoint.settings is None:
        raise ValueError("this step follows the question to the creator")
    return checkpoint.settings


def _upload_url(checkpoint: Checkpoint) -> str:
    if checkpoint.upload_url is None:
        raise ValueError("this step follows the start of an upload")
    return checkpoint.upload_url
