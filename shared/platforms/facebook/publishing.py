"""Publishing on Facebook Pages: posts, photos, videos, reels and stories.

Facts are from Meta's documentation (developers.facebook.com/docs/pages-api, docs/video-api,
docs/page-stories-api) as of 2026-11-22. Photos are uploaded unpublished and one request shows
them. A video has an id before its bytes are sent, goes live through one request to finish it, and
reports afterwards whether it is live. Posts without a video have no such id: they are looked up in
the Page's list.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.domain.content import Content
from shared.domain.errors import MediaRejected, OutcomeUnknown, Rejected
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import facebook
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.facebook import errors, timeline, uploads
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.limits import product_of
from shared.platforms.facebook.uploads import edge_of, read_video, video_edge_of
from shared.platforms.facebook.videos import Video, absolute
from shared.platforms.http import Http
from shared.platforms.meta.graph import GraphPublishing, token_of

PUBLISH = Step("publish_post", visible=True)
PUBLISH_STORY = Step("publish_photo_story", visible=True)
FINISH = Step("publish_video", visible=True)
CHECK = Step("check_video", polls=True)

# Every 10 seconds for a minute, then every 30, as docs/video-api recommends. After a quarter of
# an hour the run is unconfirmed, and Soku looks the post up at growing intervals.
POLL_AFTER = (10,) * 6 + (30,) * 28


class Publishing(GraphPublishing[Checkpoint]):
    about = facebook.ABOUT
    checkpoint = Checkpoint
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)

    upload_photo = staticmethod(uploads.upload_photo)
    start_video = staticmethod(uploads.start_video)
    upload_video = staticmethod(uploads.upload_video)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        if content.videos:
            return _next_video_step(checkpoint)
        if len(checkpoint.photos) < len(content.images):
            return uploads.UPLOAD_PHOTO
        return PUBLISH_STORY if product_of(content) == "story" else PUBLISH

    def publish_post(self, turn: Turn[Checkpoint]) -> Published:
        fields = _without_empty(message=turn.content.text, link=turn.content.options.get("link"))
        for position, photo in enumerate(turn.checkpoint.photos):
            fields[f"attached_media[{position}]"] = f'{{"media_fbid":"{photo}"}}'
        return Published(_post_id(self._publish(turn, edge_of(turn.post, "feed"), fields), "id"))

    def publish_photo_story(self, turn: Turn[Checkpoint]) -> Published:
        fields = {"photo_id": turn.checkpoint.photos[0]}
        path = edge_of(turn.post, "photo_stories")
        return Published(_post_id(self._publish(turn, path, fields), "post_id"))

    def publish_video(self, turn: Turn[Checkpoint]) -> Pending:
        fields = {"upload_phase": "finish", **_finishing_fields(turn)}
        finished = self._publish(turn, video_edge_of(turn.post), fields)
        if not finished.get("success"):
            raise OutcomeUnknown(
                "Facebook did not confirm that it publishes the video. Soku is looking it up."
            )
        post_id = finished.get("post_id")
        checkpoint = replace(turn.checkpoint, post_id=str(post_id) if post_id else None)
        return Pending(replace(checkpoint, finished=True), sent=True)

    def _publish(self, turn: Turn[Checkpoint], path: str, fields: dict[str, str]) -> dict[str, Any]:
        answer = turn.http.publish("POST", path, data=fields, params=token_of(turn.post))
        return self.published(answer)

    def check_video(self, turn: Turn[Checkpoint]) -> Published | Pending:
        try:
            video = read_video(turn)
        except Rejected as error:
            # Facebook refused the question, not the video, which may still go live.
            raise OutcomeUnknown(
                "Facebook does not report the status of the video. Soku is looking it up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error
        if video.is_live:
            return Published(_video_post_id(turn, video), video.permalink)
        if video.failure:
            raise MediaRejected(f"Facebook could not process the video: {video.failure}.")
        polls = turn.checkpoint.polls
        if polls >= len(POLL_AFTER):
            raise OutcomeUnknown(
                "Facebook has received the video but has not published it yet. Check the Page and "
                "its drafts. Soku is looking it up."
            )
        wait = timedelta(seconds=POLL_AFTER[polls])
        return Pending(replace(turn.checkpoint, polls=polls + 1), wait, sent=True)

    def look_up(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        if turn.content.videos:
            return _look_up_video(turn)
        if product_of(turn.content) == "story":
            return self._look_up_story(turn, since)
        same = [
            SeenPost(listed["id"], timeline.time_of(listed), absolute(listed.get("permalink_url")))
            for listed in self._listed(turn.post, since, turn.http)
            if timeline.is_same(listed, turn.content)
        ]
        # Sending the same photos again is safe: Facebook refuses those that a post already shows
        # (1366051).
        return Sighting(tuple(same), list_was_read=True, checkpoint=turn.checkpoint)

    def _look_up_story(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        (photo,) = turn.checkpoint.photos
        for story in self._listed(turn.post, since, turn.http):
            if str(story.get("media_id")) == photo:
                return Sighting(made=SeenPost(story["post_id"], clock.now(), story.get("url")))
        # Which id the list shows as `media_id` is not documented. A photo can be in only one
        # story: if it is live after all, Facebook refuses to publish it again.
        return Sighting(list_was_read=True, checkpoint=turn.checkpoint)

    def _listed(self, post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
        """The Page's stories or its other posts, all pages."""
        is_story = product_of(post.content) == "story"
        path = edge_of(post, "stories" if is_story else "published_posts")
        fields = timeline.STORY_FIELDS if is_story else timeline.POST_FIELDS
        return [listed for page in self.pages(post, path, fields, since, http) for listed in page]

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        if product_of(post.content) == "story":
            stories = self._listed(post, clock.now() - timedelta(days=1), http)
            urls = {str(story.get("post_id")): story.get("url") for story in stories}
            return urls.get(platform_post_id)
        answer = self.read(post, platform_post_id, "permalink_url", http)
        return absolute(self.accepted(answer).get("permalink_url"))


def _next_video_step(checkpoint: Checkpoint) -> Step:
    if checkpoint.video_id is None:
        return uploads.START
    if not checkpoint.uploaded:
        return uploads.UPLOAD
    return CHECK if checkpoint.finished else FINISH


def _finishing_fields(turn: Turn[Checkpoint]) -> dict[str, str]:
    """The fields that finish a video, besides the phase."""
    checkpoint, content = turn.checkpoint, turn.content
    texts = _without_empty(description=content.text, title=content.options.get("title"))
    match product_of(content):
        case "post":
            session = checkpoint.upload_session or ""
            return {"upload_session_id": session, "published": "true", **texts}
        case "reel":
            return {"video_id": checkpoint.video_id or "", "video_state": "PUBLISHED", **texts}
    return {"video_id": checkpoint.video_id or ""}


def _look_up_video(turn: Turn[Checkpoint]) -> Sighting:
    video = read_video(turn)
    if video.is_live:
        post_id = _video_post_id(turn, video)
        return Sighting(made=SeenPost(post_id, clock.now(), video.permalink))
    if video.failure:
        return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint())
    if video.is_untouched:
        again = replace(turn.checkpoint, finished=False, polls=0, post_id=None)
        return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=again)
    return Sighting()


def _without_empty(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _post_id(fields: dict[str, Any], name: str) -> str:
    post_id = fields.get(name)
    if not post_id:
        raise OutcomeUnknown(
            "Facebook accepted the post without returning its id. Soku is looking it up."
        )
    return str(post_id)


def _video_post_id(turn: Turn[Checkpoint], video: Video) -> str:
    """The id with which the post can be read and deleted.

    Facebook returns the post of a video with or without the Page's id in front, and at first not
    at all.
    """
    post_id = turn.checkpoint.post_id or video.post_id or turn.checkpoint.video_id or ""
    is_whole = "_" in post_id or product_of(turn.content) == "story"
    return post_id if is_whole else f"{turn.post.account.external_id}_{post_id}"
