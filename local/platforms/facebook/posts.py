"""Texts, photos and photo stories of Pages (developers.facebook.com/docs/pages-api/posts)."""

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.facebook.media import fetched_photo, sent_file, sent_photo
from local.platforms.facebook.state import Photo, State
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.posts import Content, Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints

MAX_TEXT = 63_206
MAX_PHOTOS = 10  # from another client; nothing is documented
PHOTO_LIFETIME = timedelta(hours=24)  # of a photo that no post shows


class Posts(Endpoints[State]):
    def content_of(self, account_id: str, edge: str) -> Content | None:
        """What the request would make visible on an edge of the Page."""
        match edge:
            case "feed" if _is_published():
                return self._content(account_id, _message(), _attached() or ())
            case "photos" if _is_published():
                return Content(account_id, _message())
            case "photo_stories":
                return self._content(account_id, "", [parameters().get("photo_id", "")])
        return None

    def _content(self, account_id: str, text: str, photo_ids: Iterable[str]) -> Content:
        photos = [self._state.photos.get(photo_id) for photo_id in photo_ids]
        return Content.of(account_id, text, [photo.medium.item for photo in photos if photo])

    def create_post(self, page_id: str) -> Any:
        """`POST /{page}/feed`: `{id}` of a text, a link, or of uploaded photos."""
        account = self._state.authorized(page_id, "pages_manage_posts")
        message, link, attached = _message(), parameters().get("link"), _attached()
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
        if not photos and self._is_duplicate(account, message, link):
            raise meta_errors.meta_error("(#506) Duplicate status message", 506)
        if not _is_published():
            return {"id": f"{account.external_id}_{self._state.next_id()}"}
        details = {"link": link, "alt_texts": [photo.alt_text for photo in photos]}
        return {"id": self._show(account, message, photos, "post", **details).id}

    def add_photo(self, page_id: str) -> Any:
        """`POST /{page}/photos`: `{id}`, and `{post_id}` when it is published at once."""
        account = self._state.authorized(page_id, "pages_manage_posts")
        url, file = parameters().get("url"), sent_file()
        if not url and file is None:
            raise meta_errors.meta_error("(#324) Requires upload file", 324)
        photo = Photo(
            id=self._state.next_id(),
            account_id=account.account_id,
            created_at=clock.now(),
            medium=sent_photo(file) if file is not None else fetched_photo(url or ""),
            alt_text=parameters().get("alt_text_custom"),
        )
        self._state.photos[photo.id] = photo
        if not _is_published():
            return {"id": photo.id}
        post = self._show(account, _message(), [photo], "post", alt_texts=[photo.alt_text])
        return {"id": photo.id, "post_id": post.id}

    def create_photo_story(self, page_id: str) -> Any:
        """`POST /{page}/photo_stories`: `{success, post_id}`."""
        account = self._state.authorized(page_id, "pages_manage_posts")
        photo = self._unused_photo(account, parameters().get("photo_id", ""))
        post = self._show(account, "", [photo], "story", media_id=photo.id)
        return {"success": True, "post_id": post.id}

    def delete(self, post_id: str) -> Any:
        """`DELETE /{post}`: `{success}`."""
        account = self._state.authorized(None, "pages_manage_posts")
        if own(self._platform.posts.get(post_id), account) is None:
            raise meta_errors.no_such_object("DELETE", post_id)
        self._platform.posts.remove(post_id)
        return {"success": True}

    def _unused_photo(self, account: Account, photo_id: str) -> Photo:
        photo = own(self._state.photos.get(photo_id), account)
        if photo is None or (not photo.used and clock.now() >= photo.created_at + PHOTO_LIFETIME):
            raise meta_errors.no_such_object("POST", photo_id)
        if photo.used:
            raise meta_errors.meta_error(
                "Photos were already posted.",
                100,
                subcode=1366051,
                explanation="These photos were already posted.",
            )
        return photo

    def _is_duplicate(self, account: Account, message: str, link: str | None) -> bool:
        """Only identical consecutive messages are refused."""
        posts = [
            p for p in self._platform.posts.all(account.account_id) if p.details["kind"] == "post"
        ]
        return bool(posts) and (
            (posts[-1].text, posts[-1].details.get("link"), posts[-1].media) == (message, link, [])
        )

    def _show(
        self, account: Account, text: str, photos: list[Photo], kind: str, **details: Any
    ) -> Post:
        number = self._state.next_id()
        page = account.external_id
        path = f"/stories/{page}/{number}/" if kind == "story" else f"/{page}/posts/{number}"
        details |= {"kind": kind, "number": number, "path": path}
        post_id = number if kind == "story" else f"{page}_{number}"
        media = [photo.medium.item for photo in photos]
        post = Post(post_id, account.account_id, text, text, clock.now(), media, details)
        self._platform.posts.add(post)
        for photo in photos:
            photo.used = True
        return post


def _message() -> str:
    """The text of a post or a photo; a photo also has another name for it."""
    return parameters().get("message") or parameters().get("caption") or ""


def _is_published() -> bool:
    return parameters().get("published", "true").lower() not in ("false", "0")


def _attached() -> list[str] | None:
    """Ids of `attached_media`, as a JSON list or as `attached_media[0]`, …; None if malformed."""
    array = parameters().get("attached_media")
    single = sorted(
        (int(match[1]), value)
        for name, value in parameters().items()
        if (match := re.fullmatch(r"attached_media\[(\d+)\]", name))
    )
    try:
        entries = json.loads(array) if array else [json.loads(value) for _, value in single]
        objects = [json.loads(entry) if isinstance(entry, str) else entry for entry in entries]
        return [str(entry["media_fbid"]) for entry in objects]
    except (ValueError, TypeError, KeyError):
        return None
