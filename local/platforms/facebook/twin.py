"""Facebook Pages as graph.facebook.com answers: posts, photos, videos, reels and stories.

Written from the notes on Facebook; section numbers below are theirs. Limits and
error bodies are real, quotas are not kept: they act only while a fault asks.
"""

import itertools
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from local.platforms.accounts import Account
from local.platforms.facebook.media import fetched_photo
from local.platforms.facebook.reads import ReadEndpoints
from local.platforms.facebook.videos import Video, VideoEndpoints, upload_error
from local.platforms.faults import Fault
from local.platforms.media import Medium
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.platform import MetaPlatform
from local.platforms.posts import Content, Post, PostBook
from local.platforms.simulation import bearer_token
from shared import clock

MAX_TEXT = 63_206  # section 4
MAX_PHOTOS = 10  # section 3.3: one codebase's; nothing is documented
PHOTO_LIFETIME = timedelta(hours=24)  # section 3.3: of one that no post shows
_FIRST_ID = 122_093_454_026_000_001
_PAGE_PATH = re.compile(r"/v26\.0/(\d+)/(\w+)$")


@dataclass
class Photo:
    """A photo that no post shows, until one does."""

    id: str
    account_id: str
    created_at: datetime
    medium: Medium
    alt_text: str | None = None
    used: bool = False


class TimedPosts(PostBook):
    """Posts of which some go live later, by themselves."""

    def get(self, post_id: str) -> Post | None:
        post = super().get(post_id)
        return post if post is not None and post.visible_at <= clock.now() else None

    def all(self, account_id: str | None = None) -> list[Post]:
        return [post for post in super().all(account_id) if post.visible_at <= clock.now()]


class Facebook(MetaPlatform):
    """The twin of graph.facebook.com and, for the bytes of videos, rupload.facebook.com."""

    name = "facebook"
    usage_kind = "pages"

    def __init__(self) -> None:
        self.photos: dict[str, Photo] = {}
        self.videos: dict[str, Video] = {}
        self._ids = itertools.count(_FIRST_ID, 7)
        self._video_endpoints = VideoEndpoints(self)
        super().__init__()
        self.posts = TimedPosts()

    def routes(self) -> None:
        self.route("POST", "/v26.0/<page_id>/feed", self.create_post)
        self.route("POST", "/v26.0/<page_id>/photos", self.add_photo)
        self.route("POST", "/v26.0/<page_id>/photo_stories", self.create_photo_story)
        self.route("DELETE", "/v26.0/<post_id>", self.delete)
        self._video_endpoints.routes()
        ReadEndpoints(self).routes()

    def forget(self) -> None:
        self.photos.clear()
        self.videos.clear()

    def presented_token(self) -> str | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        by_oauth = value if scheme == "OAuth" and value else None
        return request.values.get("access_token") or bearer_token() or by_oauth

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        path = _PAGE_PATH.match(request.path)
        if token is None or path is None or request.method != "POST":
            return None
        match path[2]:
            case "feed" if _is_published():
                photos = [self.photos.get(photo_id) for photo_id in _attached() or ()]
                return Content(token.account_id, _message(), _sha256s(photos))
            case "photos" if _is_published():
                return Content(token.account_id, _message())
            case "photo_stories":
                photo = self.photos.get(request.values.get("photo_id", ""))
                return Content(token.account_id, "", _sha256s([photo]))
        return self._video_endpoints.finished_content(path[2])

    def authorized(self, page_id: str | None = None, *scopes: str) -> Account:
        """The Page whose token the request carries (section 2). Raises Refusal."""
        value = self.presented_token()
        if value is None:
            raise meta_errors.missing_token()
        token = self.accounts.token(value)
        account = self.accounts.get(token.account_id) if token else None
        if token is None or account is None:
            raise meta_errors.unparsable_token()
        standing = self.accounts.standing(token)
        if standing == "expired":
            raise meta_errors.expired_token(clock.now() - timedelta(minutes=1))
        if standing == "revoked":
            raise meta_errors.revoked_token()
        if token.kind != "access":
            message = "A Page access token is required to request this resource."
            raise meta_errors.meta_error(message, 190, subcode=2069032)
        if page_id is not None and page_id != account.external_id:
            raise meta_errors.no_such_object(request.method, page_id)
        for scope in scopes:
            if not account.may(scope):
                message = f"(#200) The permission(s) {scope} are not available."
                raise meta_errors.meta_error(message, 200, status=403)
        return account

    def uploader(self) -> Account:
        """As `authorized`, on the host for bytes: it takes the scheme OAuth alone."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        token = self.accounts.token(value) if scheme == "OAuth" else None
        account = self.accounts.get(token.account_id) if token else None
        if token is None or account is None or self.accounts.standing(token) != "active":
            raise upload_error(401, "NotAuthorizedError", "Authentication failed", False)
        return account

    def next_id(self) -> str:
        """An id that nothing has yet."""
        return str(next(self._ids))

    # Publishing: sections 3.1 to 3.3 and 3.6.

    def create_post(self, page_id: str) -> Any:
        """`POST /{page}/feed`: `{id}` of a text, a link, or of photos uploaded before."""
        account = self.authorized(page_id, "pages_manage_posts")
        message, link, attached = _message(), request.values.get("link"), _attached()
        if attached is None:
            raise meta_errors.bad_parameter("Param attached_media must be an array.")
        if not message and not link and not attached:
            raise meta_errors.bad_parameter("The parameter message is required.")
        if len(message.encode("utf-16-le")) // 2 > MAX_TEXT:
            raise meta_errors.bad_parameter("Name parameter too long")
        if link is not None and not re.match(r"https?://\S+$", link):
            raise meta_errors.meta_error("(#1500) The url you supplied is invalid", 1500)
        if len(attached) > MAX_PHOTOS or len(set(attached)) < len(attached):
            raise meta_errors.bad_parameter("Param attached_media is not valid.")
        photos = [self._unused_photo(account, photo_id) for photo_id in attached]
        if not photos and self._is_repetition(account, message, link):
            raise meta_errors.meta_error("(#506) Duplicate status message", 506)
        if not _is_published():
            return {"id": f"{page_id}_{self.next_id()}"}
        details = {"link": link, "alt_texts": [photo.alt_text for photo in photos]}
        return {"id": self._show(account, message, photos, "post", **details).id}

    def add_photo(self, page_id: str) -> Any:
        """`POST /{page}/photos`: `{id}`, and `{post_id}` when it is published at once."""
        account = self.authorized(page_id, "pages_manage_posts")
        url = request.values.get("url")
        if not url:
            raise meta_errors.meta_error("(#324) Requires upload file", 324)
        photo = Photo(
            id=self.next_id(),
            account_id=account.account_id,
            created_at=clock.now(),
            medium=fetched_photo(url),
            alt_text=request.values.get("alt_text_custom"),
        )
        self.photos[photo.id] = photo
        if not _is_published():
            return {"id": photo.id}
        post = self._show(account, _message(), [photo], "post", alt_texts=[photo.alt_text])
        return {"id": photo.id, "post_id": post.id}

    def create_photo_story(self, page_id: str) -> Any:
        """`POST /{page}/photo_stories`: `{success, post_id}`."""
        account = self.authorized(page_id, "pages_manage_posts")
        photo = self._unused_photo(account, request.values.get("photo_id", ""))
        post = self._show(account, "", [photo], "story", media_id=photo.id)
        return {"success": True, "post_id": post.id}

    def delete(self, post_id: str) -> Any:
        """`DELETE /{post}`: `{success}`."""
        account = self.authorized(None, "pages_manage_posts")
        post = self.posts.get(post_id)
        if post is None or post.account_id != account.account_id:
            raise meta_errors.no_such_object("DELETE", post_id)
        self.posts.remove(post_id)
        return {"success": True}

    def _unused_photo(self, account: Account, photo_id: str) -> Photo:
        photo = self.photos.get(photo_id)
        is_gone = photo is None or clock.now() >= photo.created_at + PHOTO_LIFETIME
        if photo is None or photo.account_id != account.account_id or (is_gone and not photo.used):
            raise meta_errors.no_such_object("POST", photo_id)
        if photo.used:
            raise meta_errors.meta_error(
                "Photos were already posted.",
                100,
                subcode=1366051,
                explanation="These photos were already posted.",
            )
        return photo

    def _is_repetition(self, account: Account, message: str, link: str | None) -> bool:
        """Identical consecutive messages alone are caught (section 7)."""
        posts = [p for p in self.posts.all(account.account_id) if p.details["kind"] == "post"]
        return bool(posts) and (
            (posts[-1].text, posts[-1].details.get("link"), posts[-1].media) == (message, link, [])
        )

    def _show(
        self, account: Account, text: str, photos: list[Photo], kind: str, **details: Any
    ) -> Post:
        number = self.next_id()
        page = account.external_id
        path = f"/stories/{page}/{number}/" if kind == "story" else f"/{page}/posts/{number}"
        details |= {"kind": kind, "number": number, "path": path}
        post_id = number if kind == "story" else f"{page}_{number}"
        media = [photo.medium.item for photo in photos]
        post = Post(post_id, account.account_id, text, text, clock.now(), media, details)
        self.posts.add(post)
        for photo in photos:
            photo.used = True
        return post

    # How Facebook refuses: sections 5 and 6.

    def rate_limited(self, retry_after: float) -> Response:
        return self.throttled(
            meta_errors.meta_error("(#32) Page request limit reached", 32), retry_after
        )

    def quota_exhausted(self, fault: Fault) -> Response | None:
        message = (
            "(#80001) There have been too many calls to this Page account. Wait a bit and try "
            "again."
        )
        return self.throttled(meta_errors.meta_error(message, 80001), fault.retry_after)


def _message() -> str:
    """The text of a post, or of a photo, for which it has another name, too."""
    return request.values.get("message") or request.values.get("caption") or ""


def _is_published() -> bool:
    return request.values.get("published", "true").lower() not in ("false", "0")


def _attached() -> list[str] | None:
    """Ids of `attached_media`, as a JSON list or as `attached_media[0]`, …; None if malformed."""
    given = request.values.get("attached_media")
    single = sorted(
        (int(found[1]), value)
        for name, value in request.values.items()
        if (found := re.fullmatch(r"attached_media\[(\d+)\]", name))
    )
    try:
        entries = json.loads(given) if given else [json.loads(value) for _, value in single]
        return [str(entry["media_fbid"]) for entry in entries]
    except (ValueError, TypeError, KeyError):
        return None


def _sha256s(photos: list[Photo | None]) -> tuple[str, ...]:
    return tuple(photo.medium.item.sha256 for photo in photos if photo is not None)
