"""Reading from Instagram: containers, posts, stories, the profile and the quota.

The fields are those of …/instagram-graph-api/reference/ig-media, ig-user and ig-container.
"""

from datetime import timedelta
from typing import Any

from local.platforms import clock, numbers
from local.platforms.accounts import Account
from local.platforms.instagram.drafts import Draft
from local.platforms.instagram.state import State, scoped_id
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.containers import Container
from local.platforms.meta.reads import QUOTA_SECONDS, ContainerReads, quota
from local.platforms.posts import Post
from local.platforms.reading import own

# The guide also says 100 : a client must rely on neither.
QUOTA_TOTAL = 50
STORY_LIFETIME = timedelta(hours=24)


class Reads(ContainerReads[Draft]):
    _state: State
    post_fields = (
        "id",
        "caption",
        "media_type",
        "media_product_type",
        "permalink",
        "timestamp",
        "shortcode",
        "username",
        "alt_text",
        "children",
        "owner",
        "media_url",
        "thumbnail_url",
        "like_count",
        "comments_count",
        "is_comment_enabled",
        "is_shared_to_feed",
        "boost_eligibility_info",
        "copyright_check_information",
        "legacy_instagram_media_id",
        "view_count",
    )

    def can_read(self, account: Account, post: Post) -> bool:
        return is_readable(account, post)

    def profile_of(self, account: Account) -> dict[str, Any]:
        """Paths need `user_id`; `id` is scoped to the app."""
        is_professional = self._accounts.is_registered(account)
        return {
            "id": scoped_id(account),
            "user_id": account.external_id,
            "username": account.username,
            "name": account.username,
            "account_type": "BUSINESS" if is_professional else "PERSONAL",
            "profile_picture_url": f"https://scontent.cdninstagram.com/p/{account.external_id}.jpg",
            "biography": None,
            "website": None,
            "followers_count": numbers.followers(account.account_id),
            "follows_count": 0,
            "media_count": len(self._platform.posts.all(account.account_id)),
        }

    def profile(self) -> Any:
        shown = super().profile()
        return {"data": [shown]} if self._state.nests else shown

    def permissions(self, user_id: str) -> Any:
        """`GET /{version}/{user}/permissions`, which only Facebook has."""
        self._state.owner(user_id)
        raise meta_errors.bad_parameter("Tried accessing nonexisting field (permissions)")

    def media(self, user_id: str) -> Any:
        """`GET /{version}/{user}/media`: newest first, without stories."""
        listed = self._platform.listed(self._state.owner(user_id).account_id)
        posts = [post for post in listed if not _is_story(post)]
        return self.listing(posts)

    def stories(self, user_id: str) -> Any:
        """`GET /{version}/{user}/stories`: those of the last 24 hours."""
        listed = self._platform.listed(self._state.owner(user_id).account_id)
        stories = [post for post in listed if _is_story(post) and not _is_over(post)]
        queries.check_known(queries.queried_fields(), self.post_fields)
        return {"data": [queries.selected(self.post_as_json(story)) for story in stories]}

    def publishing_limit(self, user_id: str) -> Any:
        """`GET /{version}/{user}/content_publishing_limit?fields=`: use of the last 24 hours."""
        account = self._state.owner(user_id)
        earliest = clock.now() - timedelta(seconds=QUOTA_SECONDS)
        since = max(queries.moment("since") or earliest, earliest)
        posts = self._platform.posts.all(account.account_id)
        used = sum(post.visible_at > since for post in posts)
        is_exhausted = self._platform.struck("quota")
        return quota({"": QUOTA_TOTAL if is_exhausted else used}, {"": QUOTA_TOTAL})

    def container_as_json(self, container: Container[Draft]) -> dict[str, Any]:
        sentences = {
            "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
            "IN_PROGRESS": "In Progress: Media is still being processed.",
            "EXPIRED": "Expired: The container has expired.",
            "PUBLISHED": "Published: Media has been published.",
            "ERROR": f"Error: Media upload has failed with error code {container.failure}",
        }
        code = container.status
        return {
            "id": container.id,
            "status": sentences[code],
            "status_code": code,
            "copyright_check_status": {"status": "completed", "matches_found": False},
        }

    def post_as_json(self, post: Post) -> dict[str, Any]:
        account = self._accounts.get(post.account_id)
        media_type, product = _types(post)
        children = [{"id": f"{post.id}{number}"} for number in range(len(post.media))]
        address = f"https://scontent.cdninstagram.com/m/{post.id}"
        is_video = media_type == "VIDEO"
        counted = self._platform.numbers_of(post)
        return dict.fromkeys(self.post_fields) | {
            "id": post.id,
            "caption": post.shown or None,
            "media_type": media_type,
            "media_product_type": product,
            "permalink": post.details["permalink"],
            "timestamp": queries.timestamp(post.visible_at),
            "shortcode": post.details["shortcode"],
            "username": account.username if account else None,
            "alt_text": post.details["draft"].options.get("alt_text"),
            "children": {"data": children} if media_type == "CAROUSEL_ALBUM" else None,
            "owner": {"id": account.external_id} if account else None,
            "media_url": None if media_type == "CAROUSEL_ALBUM" else address,
            "thumbnail_url": f"{address}.jpg" if is_video else None,
            "like_count": counted["likes"],
            "comments_count": counted["comments"],
            "is_comment_enabled": True,
            "is_shared_to_feed": product == "REELS",
        }


def product_of(post: Post) -> str:
    """`media_product_type` of a post."""
    return _types(post)[1]


def is_readable(account: Account, post: Post) -> bool:
    """Whether an account can read a post: its own, and no story that has gone."""
    return own(post, account) is not None and not _is_over(post)


def _types(post: Post) -> tuple[str, str]:
    """`media_type` and `media_product_type` of a post."""
    kind = post.details["draft"].kind
    if kind == "CAROUSEL":
        return "CAROUSEL_ALBUM", "FEED"
    shown = "VIDEO" if post.media[0].kind == "video" else "IMAGE"
    return shown, {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED")


def _is_story(post: Post) -> bool:
    return bool(post.details["draft"].kind == "STORIES")


def _is_over(post: Post) -> bool:
    return _is_story(post) and clock.now() >= post.visible_at + STORY_LIFETIME
