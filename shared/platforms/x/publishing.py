"""Publishing on X: posts of text, images, a GIF or a video.

Facts are from X's documentation and OpenAPI file (2.167) as of 2026-11-22,
docs.x.com; where only other clients' reports are known, a comment says so.
Media are uploaded first (`uploads`); creating the post is the one visible request.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import MediaRejected
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import base, x
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.http import Http
from shared.platforms.wire import mapping, words
from shared.platforms.x import errors, posts, timeline, uploads
from shared.platforms.x.checkpoint import Checkpoint
from shared.platforms.x.posts import permalink_of
from shared.platforms.x.timeline import API

CREATE = Step("create_post", visible=True)

# Right after its upload a medium may not be known yet (node-twitter-api-v2#469, #495).
MEDIA_KNOWN_AFTER = timedelta(seconds=5)
MAX_REFUSALS_OF_IDS = 4


class Publishing(base.Publishing[Checkpoint]):
    about = x.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    error_of = staticmethod(errors.error_of)

    upload_media = staticmethod(uploads.upload_media)
    finalize_media = staticmethod(uploads.finalize_media)
    check_media = staticmethod(uploads.check_media)
    describe_media = staticmethod(uploads.describe_media)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        return uploads.next_step(content, checkpoint) or CREATE

    def create_post(self, turn: Turn[Checkpoint]) -> Published | Pending:
        # X refuses unknown fields, so the body has only what was asked for.
        body: dict[str, Any] = {"text": turn.content.text}
        if turn.content.media:
            body["media"] = {"media_ids": list(turn.checkpoint.media_ids)}
        if turn.content.options.get("replySettings"):
            body["reply_settings"] = turn.content.options["replySettings"]
        answer = turn.http.publish("POST", f"{API}/tweets", json=body, headers=turn.post.bearer)
        try:
            post_id = mapping(self.accepted(answer).get("data")).get("id")
        except MediaRejected as refusal:
            if answer.status != 400:
                raise
            return _after_refused_ids(turn.checkpoint, refusal)
        return Published(words(post_id), permalink_of(post_id))

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        listed = timeline.posts_since(turn.post, since, turn.http, self.shown)
        same = [
            SeenPost(words(post.get("id")), created_at, permalink_of(post.get("id")))
            for post in listed.entries
            if timeline.is_same(post, turn.content)
            and (created_at := timeline.created_at(post)) is not None
        ]
        return Sighting(tuple(same), list_was_read=listed.is_whole, checkpoint=turn.checkpoint)

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        posts.delete(platform_post_id, post.bearer, http, self.accepted)


def _after_refused_ids(checkpoint: Checkpoint, refusal: MediaRejected) -> Pending:
    """Nothing was posted: try the same ids again, then twice with those of a new upload."""
    refused = checkpoint.refused + 1
    if refused == MAX_REFUSALS_OF_IDS:
        raise refusal
    if refused == 2:
        return Pending(Checkpoint(refused=refused))
    return Pending(replace(checkpoint, refused=refused), MEDIA_KNOWN_AFTER)
