"""Publishing on Instagram: images, carousels, reels and stories, through Instagram Login.

Facts are from Meta's documentation (developers.facebook.com/docs/instagram-platform) as of
2026-11-22. Posts are made from containers (`shared.platforms.meta.containers`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain.errors import OutcomeUnknown, PlatformError
from shared.platforms import base, instagram
from shared.platforms.base import Pending, Post, Turn
from shared.platforms.http import Answer
from shared.platforms.instagram import containers, errors, timeline
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.meta.containers import ContainerPublishing, Failure, made_at, try_again
from shared.platforms.meta.graph import path_of
from shared.platforms.wire import Listed


class Publishing(ContainerPublishing):
    about = instagram.ABOUT
    create_edge = "media"
    publish_edge = "media_publish"
    status_fields = ("status_code", "status")
    # The guide polls once a minute for five minutes. In practice images take some seconds, and
    # long reels more than five minutes (gitroomhq/postiz-app waits up to eight).
    image_polls = (3,) * 20 + (60,) * 5
    video_polls = (10,) * 6 + (30,) * 28 + (300,) * 12
    # Publishing can fail with "Media ID is not available" although the status is FINISHED.
    race_after = (5, 10, 30, 60)
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)
    is_not_ready = staticmethod(errors.is_not_ready)
    failure_of = staticmethod(errors.failure_of)
    refusal_of = staticmethod(errors.refusal_of)
    item_fields = staticmethod(containers.item_fields)
    # The only Graph API that cannot delete a post.
    delete = base.Publishing.delete
    same_posts = staticmethod(timeline.same_posts)
    ids = timeline.IDS

    def user(self, post: Post) -> str:
        return post.account.external_id

    def container_fields(self, turn: Turn[Checkpoint]) -> Mapping[str, str]:
        return containers.container_fields(turn.post, turn.checkpoint.items)

    def create_container(self, turn: Turn[Checkpoint]) -> Pending:
        try:
            return super().create_container(turn)
        except PlatformError as error:
            if not turn.checkpoint.items or not errors.names_unready_container(error):
                raise
            # An item is not ready after all, or has expired: its status tells which.
            return try_again(replace(turn.checkpoint, ready=0), Failure(error))

    def published(self, answer: Answer) -> dict[str, Any]:
        try:
            return self.accepted(answer)
        except PlatformError as error:
            if not errors.may_be_live(error):
                raise
            raise OutcomeUnknown(
                "Instagram failed while publishing the post. It may or may not be live; Soku is "
                "looking it up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error

    def listed_posts(self, turn: Turn[Checkpoint], since: datetime) -> Listed:
        path = path_of(self.about, self.user(turn.post), timeline.edge_of(turn.content))
        return self.listed(turn, path, timeline.FIELDS, since, made_at)
