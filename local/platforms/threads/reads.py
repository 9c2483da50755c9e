"""Reading from Threads: containers, posts, the profile, lists and quotas.

developers.facebook.com/docs/threads/retrieve-and-discover-posts.
"""

from datetime import timedelta
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.meta import queries
from local.platforms.meta.containers import Container
from local.platforms.meta.reads import QUOTA_SECONDS, ContainerReads, quota
from local.platforms.meta.state import require
from local.platforms.posts import Post
from local.platforms.threads.drafts import Draft
from local.platforms.threads.replies import Replies
from local.platforms.threads.state import State

# Total for 24 hours, by the prefix of the fields.
QUOTAS = {"": 250, "reply_": 1000, "delete_": 100}
READ_REPLIES = "threads_read_replies"
_RELATIONS = frozenset({"is_reply", "replied_to", "root_post", "has_replies"})
_SHOWN_AS = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}


class Reads(ContainerReads[Draft]):
    _state: State
    post_fields = (
        "id",
        "media_product_type",
        "media_type",
        "text",
        "permalink",
        "owner",
        "username",
        "timestamp",
        "shortcode",
        "is_quote_post",
        "is_reply",
        "replied_to",
        "quoted_post",
        "reply_audience",
        "link_attachment_url",
        "topic_tag",
        "children",
        "media_url",
        "thumbnail_url",
        "alt_text",
        "gif_url",
        "has_replies",
        "hide_status",
        "is_reply_owned_by_me",
        "is_spoiler_media",
        "is_verified",
        "poll_attachment",
        "profile_picture_url",
        "reposted_post",
        "root_post",
        "text_entities",
    )

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._replies = Replies(state.platform)

    def can_read(self, account: Account, post: Post) -> bool:
        return True

    def profile_of(self, account: Account) -> dict[str, Any]:
        return {
            "id": account.external_id,
            "username": account.username,
            "name": account.username,
            "threads_profile_picture_url": None,
            "threads_biography": "",
            "is_verified": False,
        }

    def node(self, node_id: str) -> Any:
        if node_id == self._state.authorized().external_id:
            return self.profile()
        if self.asks_for_relations():
            require(self._state.token().grant, READ_REPLIES)
        if self._platform.comments.get(node_id):
            post = self._replies.find(node_id)
            return queries.selected(self.post_as_json(post)) if post else None
        return super().node(node_id)

    def asks_for_relations(self) -> bool:
        """Whether the query names fields about replies, which need a permission."""
        return not _RELATIONS.isdisjoint(queries.queried_fields())

    def own_posts(self, user_id: str) -> Any:
        """`GET /{version}/{user}/threads`: newest first, without replies."""
        account = self._state.owner(user_id)
        return self.listing(p for p in self._listed(account) if not _is_reply(p))

    def own_replies(self, account: Account) -> Any:
        """`GET /{version}/{user}/replies`: newest first."""
        replies = [post for post in self._listed(account) if _is_reply(post)]
        replies += self._replies.written_by(account.account_id)
        return self.listing(sorted(replies, key=lambda post: int(post.id), reverse=True))

    def publishing_limit(self, user_id: str) -> Any:
        """`GET /{version}/{user}/threads_publishing_limit?fields=`: use of the last 24 hours."""
        usage = self._state.usage_of(self._state.owner(user_id))
        since = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        recent = [is_reply for moment, is_reply in usage.publications if moment > since]
        used = {
            "": QUOTAS[""] if self._platform.struck("quota") else recent.count(False),
            "reply_": recent.count(True),
            "delete_": sum(moment > since for moment in usage.deletes),
        }
        return quota(used, QUOTAS)

    def _listed(self, account: Account) -> list[Post]:
        return self._platform.listed(account.account_id)

    def container_as_json(self, container: Container[Draft]) -> dict[str, Any]:
        status = container.status
        error = container.failure if status == "ERROR" else None
        return {"id": container.id, "status": status, "error_message": error}

    def post_as_json(self, post: Post) -> dict[str, Any]:
        account = self._accounts.get(post.account_id)
        draft = post.details["draft"]
        address = f"https://scontent.cdninstagram.com/m/{post.id}"
        children = [{"id": child} for child in draft.children]
        return dict.fromkeys(self.post_fields) | {
            "id": post.id,
            "media_product_type": "THREADS",
            "media_type": _SHOWN_AS.get(draft.kind, draft.kind),
            "text": post.shown,
            "permalink": post.details["permalink"],
            "owner": {"id": account.external_id} if account else None,
            "username": account.username if account else None,
            "timestamp": queries.timestamp(post.visible_at),
            "shortcode": post.details["shortcode"],
            "is_quote_post": draft.quote_post_id is not None,
            "is_reply": draft.reply_to_id is not None,
            "replied_to": {"id": draft.reply_to_id} if draft.reply_to_id else None,
            "quoted_post": {"id": draft.quote_post_id} if draft.quote_post_id else None,
            "reply_audience": draft.reply_control.upper(),
            "link_attachment_url": draft.link_attachment,
            "topic_tag": post.details["topic_tag"],
            "children": {"data": children} if children else None,
            "media_url": address if draft.media_url else None,
            "thumbnail_url": f"{address}.jpg" if draft.kind == "VIDEO" else None,
            "alt_text": draft.alt_text,
            "has_replies": False,
            "is_reply_owned_by_me": draft.reply_to_id is not None,
            "hide_status": "NOT_HUSHED",
            "is_verified": False,
            **post.details.get("shown", {}),
        }


def _is_reply(post: Post) -> bool:
    return post.details["draft"].reply_to_id is not None
