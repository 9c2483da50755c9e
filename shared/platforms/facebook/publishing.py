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
from shared.domain.errors import MediaRejected, OutcomeUnknown
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import facebook
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.facebook import errors, timeline, uploads
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.limits import product_of
from shared.platforms.facebook.uploads import edge_of, read_video, video_edge_of
from shared.platforms.facebook.videos import Video, absolute
from shared.platforms.http import Http
from shared.platforms.meta.graph import GraphPublishing
from shared.platforms.wire import Listed, link_of, words

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
    ids = timeline.IDS
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
        return Published(words(self._publish(turn, edge_of(turn.post, "feed"), fields).get("id")))

    def publish_photo_story(self, turn: Turn[Checkpoint]) -> Published:
        fields = {"photo_id": turn.checkpoint.photos[0]}
        path = edge_of(turn.post, "photo_stories")
        return Published(words(self._publish(turn, path, fields).get("post_id")))

    def publish_video(self, turn: Turn[Checkpoint]) -> Pending:
        fields = {"upload_phase": "finish", **_finishing_fields(turn)}
        finished = self._publish(turn, video_edge_of(turn.post), fields)
        if not finished.get("success"):
            raise OutcomeUnknown(
                "Facebook did not confirm that it publishes the video. Soku is looking it up."
            )
        post_id = words(finished.get("post_id")) or None
        checkpoint = replace(turn.checkpoint, post_id=post_id)
        return Pending(replace(checkpoint, finished=True), sent=True)

    def _publish(self, turn: Turn[Checkpoint], path: str, fields: dict[str, str]) -> dict[str, Any]:
        answer = turn.http.publish("POST", path, data=fields, headers=turn.post.bearer)
        return self.published(answer)

    def check_video(self, turn: Turn[Checkpoint]) -> Published | Pending:
        video = read_video(turn)
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

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        if turn.content.videos:
            return _look_up_video(turn)
        if product_of(turn.content) == "story":
            return self._look_up_story(turn, since)
        listed = self._listed(turn, since)
        same = [
            SeenPost(words(post.get("id")), made_at, absolute(post.get("permalink_url")))
            for post in listed.entries
            if timeline.is_same(post, turn.content) and (made_at := timeline.made_at(post))
        ]
        # Sending the same photos again is safe: Facebook refuses those that a post already shows
        # (1366051).
        return Sighting(tuple(same), list_was_read=listed.is_whole, checkpoint=turn.checkpoint)

    def _look_up_story(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        (photo,) = turn.checkpoint.photos
        listed = self._listed(turn, since)
        for story in listed.entries:
            if words(story.get("media_id")) == photo:
                post_id, link = words(story.get("post_id")), story.get("url")
                return Sighting(made=SeenPost(post_id, clock.now(), link))
        # Which id the list shows as `media_id` is not documented. A photo can be in only one
        # story: if it is live after all, Facebook refuses to publish it again.
        return Sighting(list_was_read=listed.is_whole, checkpoint=turn.checkpoint)

    def _listed(self, turn: Turn[Checkpoint], since: datetime) -> Listed:
        """The Page's stories or its other posts."""
        is_story = product_of(turn.content) == "story"
        path = edge_of(turn.post, "stories" if is_story else "published_posts")
        fields = timeline.STORY_FIELDS if is_story else timeline.POST_FIELDS
        return self.listed(turn, path, fields, since, timeline.made_at)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        if product_of(post.content) == "story":
            turn = Turn(post, Checkpoint(), http)
            stories = self._listed(turn, clock.now() - timedelta(days=1)).entries
            urls = {words(story.get("post_id")): story.get("url") for story in stories}
            return link_of(urls.get(platform_post_id))
        reading = self.read(post, platform_post_id, "permalink_url", http)
        return link_of(absolute(self.shown(reading).get("permalink_url")))


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


def _video_post_id(turn: Turn[Checkpoint], video: Video) -> str:
    """The id with which the post can be read and deleted.

    Facebook returns the post of a video with or without the Page's id in front, and at first not
    at all.
    """
    post_id = turn.checkpoint.post_id or video.post_id or turn.checkpoint.video_id or ""
    is_whole = "_" in post_id or product_of(turn.content) == "story"
    return post_id if is_whole else f"{turn.post.account.external_id}_{post_id}"
