"""Reading a Public Profile: its posts, newest first, and the moderation of a spotlight.

developers.snap.com/api/marketing-api/Public-Profile-API.
"""

from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.numbers import followers
from local.platforms.posts import Post, iso
from local.platforms.reading import own, whole_number
from local.platforms.simulation import Endpoints
from local.platforms.snapchat import answers
from local.platforms.snapchat.state import State

PAGE_DEFAULT, PAGE_MOST = 50, 100


class Reads(Endpoints[State]):
    def own_profile(self) -> Any:
        """`GET …/my_profile`: the Public Profile of the person who logged in."""
        account = self._state.granted().account
        if not self._accounts.is_registered(account):
            raise answers.refusal(404, "Public profile not found.")
        return answers.success(public_profile=_profile(account))

    def profile(self, profile_id: str) -> Any:
        """`GET …/{profile}`."""
        return answers.success(public_profiles=[_entry(self._state.authorized(profile_id))])

    def of_organization(self, organization_id: str) -> Any:
        """`GET /v1/organizations/{id}/public_profiles`: the profiles of the organization."""
        grant = self._state.granted()
        if organization_id != _organization(grant.account):
            raise answers.refusal(
                403, "No role in the organization.", "AUTHORIZATION_PERMISSION_DENIED"
            )
        size, start = _number("limit", PAGE_DEFAULT, 1, PAGE_MOST), _number("cursor", 0)
        accounts = self._accounts.of_person(grant.person)
        more = {"next_page_id": str(start + size)} if len(accounts) > start + size else {}
        shown = [_entry(account) for account in accounts[start : start + size]]
        return answers.success(public_profiles=shown, page=more)

    def posts(self, profile_id: str) -> Any:
        """`GET …/stories`, `…/saved_stories`, `…/spotlights`: one page."""
        account = self._state.authorized(profile_id)
        path = request.path.rpartition("/")[2]
        size, start = _number("limit", PAGE_DEFAULT, 1, PAGE_MOST), _number("cursor", 0)
        listed = self._platform.listed(account.account_id)
        posts = [post for post in listed if post.details["product"] == path]
        more = {"next_page_id": str(start + size)} if len(posts) > start + size else {}
        shown = [_wrapped(path, _as_json(post)) for post in posts[start : start + size]]
        return answers.success(**{path: shown}, page=more)

    def spotlight(self, profile_id: str, spotlight_id: str) -> Any:
        """`GET …/spotlights/{id}`: the state of its moderation."""
        account = self._state.authorized(profile_id)
        spotlight = self._state.spotlights.get(spotlight_id)
        if spotlight is None or not own(spotlight.post, account):
            raise answers.refusal(404, "Spotlight not found.")
        item = _as_json(spotlight.post) | {"status": spotlight.status}
        return answers.success(spotlights=[_wrapped("spotlights", item)])


def _profile(account: Account) -> dict[str, Any]:
    logo = f"https://cf-st.sc-cdn.example/{account.external_id}"
    return {
        "id": account.external_id,
        "organization_id": _organization(account),
        "display_name": account.username,
        "snap_user_name": account.username,
        "profile_type": "PUBLIC_PROFILE",
        "profile_tier": "TIER_PUBLIC",
        "subscriber_count": followers(account.account_id),
        "share_authorized_data_with_api_partners": True,
        "logo_urls": {
            "original_logo_url": f"{logo}/original.png",
            "discover_feed_logo_url": f"{logo}/discover.png",
        },
    }


def _entry(account: Account) -> dict[str, Any]:
    return {"sub_request_status": "SUCCESS", "public_profile": _profile(account)}


def _organization(account: Account) -> str:
    """The organization of a person's profiles."""
    return str(uuid5(NAMESPACE_URL, f"snapchat-organization:{account.person}"))


def _wrapped(path: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"sub_request_status": "SUCCESS", answers.ITEMS[path]: item}


def _as_json(post: Post) -> dict[str, Any]:
    """A story has no text; a spotlight has no link here."""
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


def _number(name: str, default: int, least: int = 0, most: int | None = None) -> int:
    number = whole_number(request.args.get(name, str(default)), least, most)
    if number is None:
        raise answers.refusal(400, f"{name} is not valid.")
    return number
