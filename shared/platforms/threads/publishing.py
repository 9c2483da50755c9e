"""Publishing on Threads: posts of text, an image, a video or a carousel.

Facts are from Meta's documentation (developers.facebook.com/docs/threads) as of 2026-11-22.
Posts are made from containers (`shared.platforms.meta.containers`). `auto_publish_text` would
save a request, but leave no container to look up after a lost answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.platforms import threads
from shared.platforms.base import Post, Turn
from shared.platforms.http import Answer
from shared.platforms.meta.containers import ContainerPublishing, made_at
from shared.platforms.meta.graph import path_of
from shared.platforms.threads import containers, errors, timeline
from shared.platforms.threads.checkpoint import Checkpoint
from shared.platforms.wire import Listed


class Publishing(ContainerPublishing):
    about = threads.ABOUT
    create_edge = "threads"
    publish_edge = "threads_publish"
    status_fields = ("status", "error_message")
    # The guide polls once a minute for five minutes; in practice text and images are ready at
    # once, videos within seconds to minutes (gitroomhq/postiz-app).
    image_polls = (1, 2, 3, 5, 10, 30, 60, 60, 60, 60, 60)
    video_polls = (2, 3, 5, 5, 5, 10, 10, 10, 10, 30, 30) + (60,) * 8
    # Publishing can fail with 24/4279009 even after FINISHED (fbsamples/threads_api#70).
    race_after = (2, 5, 10, 20)
    error_of = staticmethod(errors.error_of)
    is_missing = staticmethod(errors.is_missing)
    is_not_ready = staticmethod(errors.is_race)
    failure_of = staticmethod(containers.failure_of)
    refusal_of = staticmethod(errors.refusal_of)
    item_fields = staticmethod(containers.item_fields)
    same_posts = staticmethod(timeline.same_posts)
    ids = timeline.IDS

    def user(self, post: Post) -> str:
        # Threads sometimes refuses the stored id (gitroomhq/postiz-app#2047).
        return "me"

    def container_fields(self, turn: Turn[Checkpoint]) -> Mapping[str, str]:
        return containers.container_fields(turn.post, turn.checkpoint.items)

    def created(self, answer: Answer) -> dict[str, Any]:
        if errors.is_race(answer):
            raise PlatformUnavailable("Threads does not find the items of the post yet.")
        return super().created(answer)

    def authorized(self, post: Post, **query: str) -> dict[str, Any]:
        # Threads' documentation has the token in the query only.
        return {"params": {**query, "access_token": post.access_token}}

    def listed_posts(self, turn: Turn[Checkpoint], since: datetime) -> Listed:
        path = path_of(self.about, self.user(turn.post), "threads")
        return self.listed(turn, path, timeline.FIELDS, since, made_at)
