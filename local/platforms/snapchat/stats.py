"""The statistics of a Public Profile and of its posts: …/Public-Profile-API/Metrics.

The shape of the answer is that of clients which were written against the live API. The numbers of a
period are not simulated: only its times are checked.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.numbers import followers
from local.platforms.posts import Post, iso
from local.platforms.simulation import Endpoints, Refusal
from local.platforms.snapchat import answers
from local.platforms.snapchat.state import State

OLDEST = timedelta(days=90)
_PARAMETERS = ("assetType", "fields", "granularity", "startTime", "endTime", "breakdownDimensions")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.000Z)?")
# Path of a list -> asset type.
_TYPES = {"stories": "STORY", "saved_stories": "SAVED_STORY", "spotlights": "SPOTLIGHT"}
_OF_POSTS = {"VIEWS": "views", "UNIQUE_VIEWERS": "reach", "SHARES": "shares"}
_FIELDS = {
    "PROFILE": {"SUBSCRIBERS": ""},
    "STORY": {**_OF_POSTS, "REPLIES": "comments", "SCREENSHOTS": "saves"},
    "SAVED_STORY": {**_OF_POSTS, "FAVORITES": "likes"},
    "SPOTLIGHT": {**_OF_POSTS, "FAVORITES": "likes"},
    "LENS": {"VIEWS": "views"},
}


class Stats(Endpoints[State]):
    def of_profile(self, profile_id: str) -> Any:
        """`GET …/{profile}/stats`: of the profile, or of all its posts of one kind."""
        account = self._state.authorized(profile_id)
        kind, fields = _asked()
        if kind == "PROFILE":
            subscribers = {"SUBSCRIBERS": followers(account.account_id)}
            return _answer({account.external_id: subscribers}, fields)
        posts = [p for p in self._platform.posts.all(account.account_id) if _kind(p) == kind]
        return _answer({post.id: self._numbers(post) for post in posts}, fields)

    def of_post(self, profile_id: str, asset_id: str) -> Any:
        """`GET …/{profile}/{list}/{id}/stats`: of one post."""
        account = self._state.authorized(profile_id)
        kind, fields = _asked()
        post = self._shown(account, asset_id)
        path = request.path.split("/")[-3]
        if post is None or not _kind(post) == kind == _TYPES[path]:
            raise answers.refusal(404, "Asset not found.")
        return _answer({post.id: self._numbers(post)}, fields)

    def _shown(self, account: Account, asset_id: str) -> Post | None:
        post = self._platform.posts.get(asset_id)
        if post is None or post.account_id != account.account_id:
            return None
        is_over = clock.now() >= _end(post)
        return None if is_over and not self._state.keeps_story_stats else post

    def _numbers(self, post: Post) -> dict[str, int | None]:
        """What is counted of a post by Snap's names; a story counts until it ends."""
        numbers = self._platform.numbers.of(post, min(clock.now(), _end(post)), 0)
        return {field: numbers[name] for field, name in _FIELDS[_kind(post)].items()}


def _kind(post: Post) -> str:
    return _TYPES[post.details["product"]]


def _end(post: Post) -> datetime:
    lifetime: timedelta | None = post.details.get("lifetime")
    return post.visible_at + lifetime if lifetime else datetime.max.replace(tzinfo=UTC)


def _asked() -> tuple[str, frozenset[str]]:
    """The kind of asset and the fields that the query asks for. Raises Refusal."""
    query = request.args
    for name in query:
        if name not in _PARAMETERS:
            raise _invalid(name, "unknown parameter")
    kind = query.get("assetType", "PROFILE")
    if kind not in _FIELDS:
        raise _invalid("assetType", "unknown value")
    fields = query["fields"].split(",") if "fields" in query else list(_FIELDS[kind])
    if not _FIELDS[kind].keys() >= set(fields):
        raise _invalid("fields", f"not supported for {kind}")
    _check_period()
    return kind, frozenset(fields)


def _check_period() -> None:
    granularity = request.args.get("granularity", "LIFETIME")
    if granularity not in ("LIFETIME", "TOTAL", "DAY"):
        raise _invalid("granularity", "unknown value")
    if granularity == "LIFETIME":
        return
    start, end = _midnight("startTime"), _midnight("endTime")
    if start < clock.now() - OLDEST:
        raise _invalid("startTime", "older than 90 days")
    if end <= start:
        raise _invalid("endTime", "not after startTime")


def _midnight(name: str) -> datetime:
    text = _MIDNIGHT.fullmatch(request.args.get(name, ""))
    if text is None:
        raise _invalid(name, "not a UTC midnight")
    return datetime.fromisoformat(text[1]).replace(tzinfo=UTC)


def _invalid(name: str, reason: str) -> Refusal:
    refusal = answers.refusal(400, "Invalid request", "VALIDATION_ERROR")
    refusal.body["debug_message"] = f"{name}: {reason}"
    return refusal


def _answer(
    assets: Mapping[str, Mapping[str, int | None]], fields: frozenset[str]
) -> dict[str, Any]:
    """Numbers are texts; one that is not counted yet is left out."""
    is_lifetime = request.args.get("granularity", "LIFETIME") == "LIFETIME"
    return answers.success(
        assets=[
            {
                "sub_request_status": "SUCCESS",
                "asset_id": asset_id,
                "timeseries": [_point(counted, fields)] if is_lifetime else [],
            }
            for asset_id, counted in assets.items()
        ]
    )


def _point(counted: Mapping[str, int | None], fields: frozenset[str]) -> dict[str, Any]:
    return {
        "start_time": iso(clock.now()),
        "end_time": iso(clock.now()),
        "fields": [
            {
                "field": {"field_name": name},
                "stats": [{"dimension_breakdown": "DEFAULT", "value": str(count)}],
            }
            for name, count in counted.items()
            if name in fields and count is not None
        ],
    }
