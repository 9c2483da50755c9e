"""Reading from Facebook: posts, videos, photos, and the Page's lists.

developers.facebook.com/docs/graph-api/reference: page-post, video, page.
"""

from typing import Any

from local.platforms import numbers
from local.platforms.accounts import Account
from local.platforms.facebook.comments import Comments
from local.platforms.facebook.insights import Insights
from local.platforms.facebook.state import State, Video
from local.platforms.facebook.videos import status_of
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.parameters import listed, parameters
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints

MOST_IDS = 50


class Reads(Endpoints[State]):
    def node(self, node_id: str) -> Any:
        """`GET /{video, post, Page or user}?fields=`."""
        token = self._state.token()
        user = self._state.user(token.grant.person)
        if token.kind != "access" and node_id in ("me", user.external_id):
            return queries.selected(profile_of(user), default=("id", "name"))
        shown = self._shown(node_id, self._state.authorized())
        if shown is None:
            raise meta_errors.no_such_object("GET", node_id)
        return shown

    def nodes(self) -> Any:
        """`GET /{version}/?ids=&fields=`: objects by their ids; a missing one spoils the answer."""
        account = self._state.authorized()
        meta_errors.need(parameters(), "ids")
        ids = listed(parameters()["ids"])
        if len(ids) > MOST_IDS:
            message = f"Too many IDs. Maximum: {MOST_IDS}. Provided: {len(ids)}."
            raise meta_errors.bad_parameter(message)
        shown = {node_id: self._shown(node_id, account) for node_id in ids}
        missing = [node_id for node_id, node in shown.items() if node is None]
        if missing:
            message = "(#803) Some of the aliases you requested do not exist: "
            raise meta_errors.meta_error(message + ",".join(missing), 803, status=404)
        return shown

    def _shown(self, node_id: str, account: Account) -> dict[str, Any] | None:
        """The fields that the query names; None for an object that the Page cannot read."""
        insights, comments = Insights(self._state), Comments(self._state)
        comment = comments.find(node_id, account)
        if comment is not None:
            as_json = comments.mention_as_json if comment.is_mention else comments.as_json
            return queries.selected(as_json(comment), default=("id", "message", "created_time"))
        video = own(self._state.videos.get(node_id), account)
        if video is not None:
            shown = _video_as_json(video) | {"views": insights.views_of(video)}
            return queries.expanded(shown, insights.video_edges(video))
        post = own(self._platform.posts.get(node_id), account)
        if post is not None:
            return self._post(post)
        if node_id in ("me", account.external_id):
            followed = {"followers_count": numbers.followers(account.account_id)}
            return queries.selected(profile_of(account) | followed, default=("id", "name"))
        return None

    def posts(self, page_id: str) -> Any:
        """`GET /{page}/published_posts`: newest first, without stories."""
        posts = queries.within(self._listed(page_id, "post"))
        return queries.paged(posts, self._post, _number_of)

    def stories(self, page_id: str) -> Any:
        """`GET /{page}/stories`: newest first."""
        return queries.listing(self._listed(page_id, "story"), _story_as_json, _number_of)

    def _listed(self, page_id: str, kind: str) -> list[Post]:
        account = self._state.authorized(page_id, "pages_read_engagement")
        listed = self._platform.listed(account.account_id)
        return [post for post in listed if post.details["kind"] == kind]

    def _post(self, post: Post) -> dict[str, Any]:
        insights = Insights(self._state)
        shown = _post_as_json(post) | {"shares": insights.shares_of(post)}
        return queries.expanded(shown, insights.post_edges(post))


def _number_of(post: Post) -> int:
    return int(post.details["number"])


def profile_of(account: Account) -> dict[str, Any]:
    """The fields of a Page or a user."""
    picture = f"https://scontent.xx.fbcdn.net/p/{account.external_id}.jpg"
    return {
        "id": account.external_id,
        "name": account.username,
        "username": account.username,
        "picture": {"data": {"url": picture, "height": 50, "width": 50, "is_silhouette": False}},
    }


def _video_as_json(video: Video) -> dict[str, Any]:
    post = video.post if video.is_live else None
    return {
        "id": video.id,
        "status": status_of(video),
        "published": post is not None,
        # Without the Page's id in front.
        "post_id": post.details["number"] if post else None,
        "permalink_url": post.details["path"] if post else None,
        "created_time": queries.timestamp(post.visible_at) if post else None,
        "description": post.text or None if post else None,
        "title": post.details["title"] if post else None,
        "length": None,
    }


def _post_as_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "message": post.text or None,
        "created_time": queries.timestamp(post.visible_at),
        "permalink_url": f"https://www.facebook.com{post.details['path']}",
        "is_published": True,
        "attachments": _attachments(post),
    }


def _attachments(post: Post) -> dict[str, Any] | None:
    """One entry; an album has its photos as subattachments."""
    link = post.details.get("link")
    if not post.media:
        preview = {"media_type": "link", "target": {"url": link}, "subattachments": None}
        return {"data": [preview]} if link else None
    # Only the objects of videos are kept with their posts.
    video_id = post.details.get("media_id")
    target = {"id": video_id} if video_id else {}
    parts = [
        {"media_type": item.kind.replace("image", "photo"), "target": target}
        | {"subattachments": None}
        for item in post.media
    ]
    if len(parts) == 1:
        return {"data": parts}
    album = {"media_type": "album", "target": {}, "subattachments": {"data": parts}}
    return {"data": [album]}


def _story_as_json(post: Post) -> dict[str, Any]:
    return {
        "post_id": post.id,
        "status": "PUBLISHED",
        "creation_time": str(int(post.visible_at.timestamp())),
        "media_type": post.media[0].kind.replace("image", "photo"),
        "media_id": post.details["media_id"],
        "url": f"https://www.facebook.com{post.details['path']}",
    }
