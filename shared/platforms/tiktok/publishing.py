"""TikTok: Content Posting API v2, direct posts of one video or of up to 35 photos.

Facts are from developers.tiktok.com (Content Posting API reference and Media
Transfer Guide) as of 2026-11-22; where only other clients' reports are known, a
comment says so.

A video is uploaded in chunks under a publish id, and its last chunk makes it
visible. Photos are fetched by TikTok itself as soon as it has their URLs, so that
request is the visible one, and the only one without a handle before it. Both are
then processed and polled. A post gets a public id only when everyone may see it,
and some time after it went live: a complete post without one is a success too,
under its publish id and without a link.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    Rejected,
    Violation,
)
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, tiktok
from shared.platforms.base import (
    UPLOAD_LEASE,
    UPLOAD_STEP_BYTES,
    Capabilities,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.tiktok.bodies import photo_body, video_body
from shared.platforms.tiktok.connecting import refreshed
from shared.platforms.tiktok.creator import settings_for
from shared.platforms.tiktok.errors import (
    data_of,
    error_of,
    unless_unclear,
    upload_error,
)
from shared.platforms.tiktok.limits import IMAGE, VIDEO, image_faults
from shared.platforms.tiktok.options import TikTokOptions, option_faults, utf16_units
from shared.platforms.tiktok.progress import (
    POLL_AFTER,
    failed,
    named,
    published,
    resumed,
    start_over,
    tries,
)
from shared.platforms.tiktok.timeline import (
    API,
    headers,
    photo_posts_like,
    share_url,
    state_of,
)
from shared.platforms.tiktok.uploads import Chunks

ASK_CREATOR = Step("ask_creator", polls=True)
BEGIN_UPLOAD = Step("begin_upload")
UPLOAD = Step("upload", lease=UPLOAD_LEASE)
UPLOAD_LAST = Step("upload_last_chunk", visible=True)
POST_PHOTOS = Step("post_photos", visible=True)
CHECK = Step("check_status", polls=True)


class Publishing(base.Publishing[Any]):
    about = tiktok.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=4000,
        text_unit="UTF-16 units, of which an emoji counts 2 or more",
        image=IMAGE,
        video=VIDEO,
        max_images=35,
        max_videos=1,
        needs_media=True,
    )
    options = TikTokOptions

    def text_length(self, text: str) -> int:
        return utf16_units(text)

    def limits(self, content: Content) -> Capabilities:
        """A video's caption is shorter than a description of photos."""
        return replace(self.capabilities, max_text=2200) if content.videos else self.capabilities

    def violations(self, content: Content) -> list[Violation]:
        return [*option_faults(content), *image_faults(content)]

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if checkpoint.get("sent"):
            return CHECK
        if "settings" not in checkpoint:
            return ASK_CREATOR
        if not content.videos:
            return POST_PHOTOS
        if "publishId" not in checkpoint:
            return BEGIN_UPLOAD
        is_last = checkpoint["offset"] >= Chunks(content.videos[0].size).last_start
        return UPLOAD_LAST if is_last else UPLOAD

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is ASK_CREATOR:
            return self._ask_creator(post, checkpoint, http)
        if step is POST_PHOTOS:
            return self._post_photos(post, checkpoint, http)
        if step is BEGIN_UPLOAD:
            return self._begin_upload(post, checkpoint, http)
        if step is UPLOAD:
            return self._upload(post, checkpoint, http)
        if step is UPLOAD_LAST:
            return self._upload_last(post, checkpoint, http)
        return self._check(post, checkpoint, http)

    def _ask_creator(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        """To be asked before every post: an account may have become private meanwhile."""
        answer = http.prepare("POST", f"{API}/creator_info/query/", headers=headers(post))
        creator = data_of(answer)
        return Pending(
            {
                **checkpoint,
                "settings": settings_for(post.content, creator),
                "creator": creator.get("creator_username"),
            }
        )

    def _begin_upload(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        body = video_body(post.content, checkpoint["settings"])
        answer = http.prepare("POST", f"{API}/video/init/", json=body, headers=headers(post))
        begun = data_of(answer)
        if not begun.get("publish_id") or not begun.get("upload_url"):
            raise PlatformUnavailable("TikTok began an upload without saying where it goes.")
        return Pending(
            {
                **checkpoint,
                "publishId": begun["publish_id"],
                "uploadUrl": begun["upload_url"],
                "offset": 0,
                "tries": tries(checkpoint) + 1,
            }
        )

    def _upload(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        """Chunks in their order, but not the last one."""
        video = post.content.videos[0]
        chunks = Chunks(video.size)
        offset = checkpoint["offset"]
        stop = min(offset + UPLOAD_STEP_BYTES, chunks.last_start)
        while offset < stop:
            chunk = chunks.headers_at(offset, video.content_type)
            with http.part(video, offset, chunks.chunk_size) as part:
                answer = http.upload("PUT", checkpoint["uploadUrl"], data=part, headers=chunk)
            if answer.status == 416:
                return self._resync(post, {**checkpoint, "offset": offset}, http)
            if answer.status in (403, 404):
                return start_over(checkpoint, "TikTok let the upload expire.")
            if answer.status != 206:
                raise upload_error(answer)
            offset += chunks.chunk_size
        return Pending({**checkpoint, "offset": offset})

    def _resync(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        """TikTok has more or less of the video than we know of: go on where it is."""
        state = state_of(post, checkpoint, http)
        if state.get("status") == "FAILED":
            return start_over(checkpoint, "TikTok gave up the upload.")
        going_on = resumed(post.content, checkpoint, state)
        if going_on is None:
            raise OutcomeUnknown("TikTok says that it has the whole video already.")
        if going_on == checkpoint:
            raise PlatformUnavailable("TikTok does not take the part that it waits for.")
        return Pending(going_on)

    def _upload_last(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        video = post.content.videos[0]
        offset = checkpoint["offset"]
        answer = http.publish(
            "PUT",
            checkpoint["uploadUrl"],
            data=http.bytes_of(video, offset),
            headers=Chunks(video.size).headers_at(offset, video.content_type),
        )
        if answer.status in (403, 404):
            return start_over(checkpoint, "TikTok let the upload expire.")
        if answer.status not in (200, 201):  # 200 is what other clients have met
            # 416 may mean that it has this chunk already: the status tells.
            raise unless_unclear(upload_error(answer))
        return Pending({**checkpoint, "sent": True}, timedelta(seconds=POLL_AFTER[0]), sent=True)

    def _post_photos(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        body = photo_body(post.content, checkpoint["settings"])
        answer = http.publish("POST", f"{API}/content/init/", json=body, headers=headers(post))
        try:
            publish_id = data_of(answer).get("publish_id")
        except PlatformUnavailable as error:
            raise unless_unclear(error) from error
        if not publish_id:
            raise OutcomeUnknown("TikTok took the photos without naming the post.")
        sent = {"publishId": publish_id, "tries": tries(checkpoint) + 1, "sent": True}
        return Pending({**checkpoint, **sent}, timedelta(seconds=POLL_AFTER[0]), sent=True)

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published | Pending:
        try:
            state = state_of(post, checkpoint, http)
        except Rejected as refusal:
            # It is the question that is refused; the post goes on.
            raise OutcomeUnknown(
                f"TikTok took the post and does not say what became of it: {refusal.message}",
                platform_code=refusal.platform_code,
                platform_message=refusal.platform_message,
            ) from refusal
        match state.get("status"):
            case "PUBLISH_COMPLETE":
                return published(checkpoint, state)
            case "FAILED":
                return failed(checkpoint, str(state.get("fail_reason")))
        polls = checkpoint.get("polls", 0)
        if polls >= len(POLL_AFTER):
            raise OutcomeUnknown("TikTok has not finished processing the post for 10 minutes.")
        wait = timedelta(seconds=POLL_AFTER[polls])
        return Pending({**checkpoint, "polls": polls + 1}, wait, sent=True)

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        """By the publish id; photos whose request was lost have none, and only public ones can be
        found, so that their absence is never proven."""
        if "publishId" not in checkpoint:
            return Sighting(same=photo_posts_like(post, since, http))
        state = state_of(post, checkpoint, http)
        match state.get("status"):
            case "PUBLISH_COMPLETE":
                made = named(checkpoint, state)
                seen = SeenPost(made.platform_post_id, clock.now(), made.permalink)
                return Sighting(made=seen)
            case "FAILED":
                # The next poll tells the person why, or starts over.
                ended = {**checkpoint, "sent": True}
                return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=ended)
        going_on = resumed(post.content, checkpoint, state)
        if going_on is None or checkpoint.get("sent"):
            return Sighting()
        return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=going_on)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        if not platform_post_id.isdigit():
            return None  # a publish id: the post is not public, or not yet
        return share_url(post, platform_post_id, http)

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        return refreshed(tokens, self.own_client, http)

    def error_of(self, answer: Answer) -> PlatformError:
        return error_of(answer)

    def accepted(self, answer: Answer) -> dict[str, Any]:
        return data_of(answer)
