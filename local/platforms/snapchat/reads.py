"""What a Public Profile lets one read: its posts, newest first, and a spotlight's moderation.

Section 5.6 of the notes on Snapchat.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import request

from local.platforms.posts import Post, iso
from local.platforms.snapchat import answers
from shared import clock

if TYPE_CHECKING:
    from local.platforms.snapchat.twin import Snapchat

PAGE_DEFAULT, PAGE_MOST = 50, 100
# Paths of the lists -> how their items are called.
ITEMS = {"stories": "story", "saved_stories": "saved_story", "spotlights": "spotlight"}


class ReadEndpoints:
    """The reading half of the twin of Snapchat."""

    def __init__(self, platform: "Snapchat") -> None:
        self._snapchat = platform

    def routes(self) -> None:
        """Declare the paths."""
        for path in ITEMS:
            self._snapchat.route("GET", f"/v1/public_profiles/<profile_id>/{path}", self.posts)
        self._snapchat.route(
            "GET", "/v1/public_profiles/<profile_id>/spotlights/<spotlight_id>", self.spotlight
        )

    def posts(self, profile_id: str) -> Any:
        """`GET …/stories`, `…/saved_stories`, `…/spotlights`: a page of them."""
        account = self._snapchat.authorized(profile_id)
        path = request.path.rpartition("/")[2]
        size, start = _number("limit", PAGE_DEFAULT, PAGE_MOST), _number("cursor", 0, 10**9)
        listed = self._snapchat.listed(account.account_id)
        posts = [post for post in listed if post.details["product"] == path]
        more = {"next_page_id": str(start + size)} if len(posts) > start + size else {}
        shown = [_wrapped(path, _as_json(post)) for post in posts[start : start + size]]
        return answers.success(**{path: shown}, page=more)

    def spotlight(self, profile_id: str, spotlight_id: str) -> Any:
        """`GET …/spotlights/{id}`: where its moderation stands."""
        account = self._snapchat.authorized(profile_id)
        found = self._snapchat.spotlights.get(spotlight_id)
        if found is None or found.post.account_id != account.account_id:
            raise answers.refusal(404, "There is no such spotlight.")
        item = _as_json(found.post) | {"status": found.status}
        return answers.success(spotlights=[_wrapped("spotlights", item)])


def _wrapped(path: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"sub_request_status": "SUCCESS", ITEMS[path]: item}


def _as_json(post: Post) -> dict[str, Any]:
    """A story has no text; only stories of both kinds have an address here (section 9)."""
    item: dict[str, Any] = {"id": post.id, "created_at": iso(post.visible_at), "expired": False}
    match post.details["product"]:
        case "stories":
            lifetime: timedelta = post.details["lifetime"]
            item["expired"] = clock.now() >= post.visible_at + lifetime
            item["media_type"] = post.media[0].kind.upper()
        case "saved_stories":
            item["title"] = post.shown
        case "spotlights":
            item["description"] = post.shown
            return item
    return item | {"share_url": f"https://www.snapchat.com/t/{post.id[:8]}"}


def _number(name: str, default: int, most: int) -> int:
    value = request.args.get(name, str(default))
    least = 0 if name == "cursor" else 1
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise answers.refusal(400, f"{name} is not valid.")
    return int(value)
