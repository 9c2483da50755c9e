"""Creating and publishing containers on Instagram."""

from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.instagram.drafts import Draft, read_draft
from local.platforms.instagram.media import (
    REEL,
    STORY_VIDEO,
    VideoFailure,
    fetch_image,
    fetch_video,
)
from local.platforms.instagram.state import State
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import Container, ContainerEndpoints
from local.platforms.meta.parameters import parameters
from local.platforms.posts import MediaItem, Post
from local.platforms.reading import own
from local.platforms.simulation import Refusal

_PUBLISH_SCOPE = "instagram_business_content_publish"


class Containers(ContainerEndpoints[Draft]):
    failure_by_fault = "2207082"
    _state: State

    def create(self, user_id: str) -> Any:
        """`POST /{version}/{user}/media`: `{id}` of a container."""
        account = self._state.owner(user_id, _PUBLISH_SCOPE)
        return {"id": self._create(account, read_draft(parameters())).id}

    def publish(self, user_id: str) -> Any:
        """`POST /{version}/{user}/media_publish`: `{id}` of the post."""
        account = self._state.owner(user_id, _PUBLISH_SCOPE)
        return self._publish(account)

    def media_of(self, account: Account, draft: Draft) -> tuple[tuple[MediaItem, ...], str | None]:
        if draft.kind == "CAROUSEL":
            items = [self._item(account, child) for child in draft.children]
            return tuple(medium for item in items for medium in item.items), None
        if draft.image_url:
            return (fetch_image(draft.image_url, draft.kind == "STORIES").item,), None
        try:
            limits = STORY_VIDEO if draft.kind == "STORIES" else REEL
            video = fetch_video(draft.video_url or "", limits)
        except VideoFailure as error:
            return (), str(error.subcode)
        offset = draft.options.get("thumb_offset", 0)
        if offset and offset >= (video.duration or 0) * 1000:
            message = "Thumbnail offset must be greater than or equal to 0 and less than video"
            raise meta_errors.meta_error(f"{message} duration.", 1, subcode=2207057)
        return (video.item,), None

    def _item(self, account: Account, container_id: str) -> Container[Draft]:
        """A finished item of a carousel. Raises Refusal."""
        container = own(self._state.containers.get(container_id), account)
        if container is None or container.status == "EXPIRED":
            raise self.missing(container_id)
        if container.draft.kind != "ITEM":
            raise meta_errors.bad_parameter(f"{container_id} is not an item of a carousel.")
        if container.status != "FINISHED":
            raise self.not_ready(container_id)
        return container

    def check_publishable(self, container: Container[Draft]) -> None:
        # What a second publication is answered is not documented. A published container is used
        # up, so it is refused as one that no longer exists.
        if container.status in ("EXPIRED", "PUBLISHED"):
            raise self.missing(container.id)
        if container.draft.kind == "ITEM":
            raise meta_errors.bad_parameter("An item of a carousel cannot be published.")

    def missing(self, container_id: str) -> Refusal:
        return meta_errors.meta_error(
            "The requested resource does not exist",
            24,
            subcode=2207008,
            transient=False,
            title="Media builder has expired",
            explanation="The media builder with this creation id does not exist or has expired.",
        )

    def not_ready(self, container_id: str) -> Refusal:
        return meta_errors.meta_error(
            "Media ID is not available",
            9007,
            subcode=2207027,
            transient=False,
            title="Media is not ready for publishing",
            explanation="The media is not ready for publishing, please wait for a moment",
        )

    def post_of(
        self, account: Account, container: Container[Draft], post_id: str, code: str
    ) -> Post:
        draft = container.draft
        path = {
            "STORIES": f"stories/{account.username}/{post_id}",
            "REELS": f"reel/{code}",
        }.get(draft.kind, f"p/{code}")
        return Post(
            post_id,
            account.account_id,
            draft.text,
            draft.text,
            clock.now(),
            media=list(container.items),
            details={
                "draft": draft,
                "items": [self._state.containers[child].draft for child in draft.children],
                "shortcode": code,
                "permalink": f"https://www.instagram.com/{path}/",
            },
        )
