"""Creating, publishing and deleting on Threads."""

from datetime import timedelta
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.comments import own_reply
from local.platforms.media import CannotFetch, NotMedia, fetch
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import Container, ContainerEndpoints
from local.platforms.meta.parameters import parameters
from local.platforms.posts import MediaItem, Post
from local.platforms.reading import own
from local.platforms.simulation import Refusal
from local.platforms.threads.drafts import Draft, read_draft, violation_of
from local.platforms.threads.replies import Replies
from local.platforms.threads.state import State
from local.platforms.threads.text import shown_text

USER_AGENT = "facebookexternalhit/1.1"
CONTENT_TYPES = {
    "IMAGE": ("image/jpeg", "image/png"),
    "VIDEO": ("video/mp4", "video/quicktime"),
}


class Containers(ContainerEndpoints[Draft]):
    failure_by_fault = "UNKNOWN"
    _state: State

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._replies = Replies(state.platform)

    def create(self, user_id: str) -> Any:
        """`POST /{version}/{user}/threads`: `{id}` of a container.

        With auto_publish_text it is the id of a post.
        """
        account = self._state.owner(user_id, "threads_content_publish")
        draft = read_draft(parameters())
        for target in (draft.reply_to_id, draft.quote_post_id):
            if target is not None and self._replies.find(target) is None:
                raise meta_errors.media_not_found(target)
        container = self._create(account, draft)
        if publishes_at_once():
            return {"id": self._make_visible(account, container).id}
        return {"id": container.id}

    def publish(self, user_id: str) -> Any:
        """`POST /{version}/{user}/threads_publish`: `{id}` of the post."""
        account = self._state.owner(user_id, "threads_content_publish")
        return self._publish(account)

    def delete(self, post_id: str) -> Any:
        """`DELETE /{version}/{post}`: `{success, deleted_id}`."""
        account = self._state.authorized("threads_delete")
        if own(self._replies.find(post_id), account) is None:
            raise meta_errors.no_such_object("DELETE", post_id)
        self._platform.posts.remove(post_id)
        self._platform.comments.remove(post_id)
        self._state.usage_of(account).deletes.append(clock.now())
        return {"success": True, "deleted_id": post_id}

    def show(self, post: Post) -> None:
        """A reply to what another person wrote is a comment."""
        answered = self._platform.comments.get(post.details["draft"].reply_to_id or "")
        account = self._accounts.get(post.account_id)
        if answered is None or account is None:
            super().show(post)
            return
        self._platform.comments.add(own_reply(post.id, account, answered, post.text))

    def processing_time(self, draft: Draft) -> timedelta:
        return super().processing_time(draft) if draft.media_url else timedelta(0)

    def media_of(self, account: Account, draft: Draft) -> tuple[tuple[MediaItem, ...], str | None]:
        if draft.media_url is not None:
            return _fetched(draft.kind, draft.media_url)
        items: tuple[MediaItem, ...] = ()
        for child_id in draft.children:
            child = own(self._state.containers.get(child_id), account)
            if child is None or not child.draft.is_item:
                raise meta_errors.media_not_found(child_id)
            if child.status != "FINISHED":
                message = f"The carousel item {child_id} is {child.status}."
                raise meta_errors.bad_parameter(message)
            items += child.items
        return items, None

    def check_publishable(self, container: Container[Draft]) -> None:
        if container.draft.is_item or container.status != "FINISHED":
            raise self.missing(container.id)

    def missing(self, container_id: str) -> Refusal:
        return meta_errors.media_not_found(container_id)

    def not_ready(self, container_id: str) -> Refusal:
        return meta_errors.media_not_found(container_id)

    def post_of(
        self, account: Account, container: Container[Draft], post_id: str, code: str
    ) -> Post:
        draft, now = container.draft, clock.now()
        text, topic_tag = shown_text(draft.text, draft.topic_tag)
        self._state.usage_of(account).publications.append((now, draft.reply_to_id is not None))
        return Post(
            post_id,
            account.account_id,
            draft.text,
            text,
            now,
            media=list(container.items),
            details={
                "draft": draft,
                "topic_tag": topic_tag,
                "shortcode": code,
                "permalink": f"https://www.threads.com/@{account.username}/post/{code}",
            },
        )


def publishes_at_once() -> bool:
    """Whether the request publishes a text without a second request."""
    return parameters().get("auto_publish_text", "").lower() == "true"


def _fetched(kind: str, url: str) -> tuple[tuple[MediaItem, ...], str | None]:
    """An image that cannot be fetched is refused; a video fails only in its container's status."""
    try:
        medium = fetch(url, USER_AGENT)
    except (CannotFetch, NotMedia):
        if kind != "VIDEO":
            raise meta_errors.not_fetched(url) from None
        return (), "FAILED_DOWNLOADING_VIDEO"
    if medium.content_type not in CONTENT_TYPES[kind]:
        raise meta_errors.not_fetched(url)
    return (medium.item,), violation_of(medium)
