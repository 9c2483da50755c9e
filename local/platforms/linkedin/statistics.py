"""The numbers of an organization's posts, of its videos, and of its followers.

…/organizations/share-statistics and …/shares/video-analytics-api. How LinkedIn answers a wrong list
and a member without the role is known from other clients.
"""

import re
from datetime import timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account, Grant
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import check_urn_in_path, whole_number
from local.platforms.linkedin.state import State
from local.platforms.numbers import followers
from local.platforms.posts import Post
from local.platforms.simulation import Endpoints

MOST_POSTS = 20  # not documented
PAGE_DEFAULT = 10
STATISTICS_LAST = timedelta(days=365)
VIEWS_LAST = timedelta(days=180)
_SCOPE = "rw_organization_admin"
_FIELDS = {
    "impressionCount": "views",
    "uniqueImpressionsCount": "reach",
    "likeCount": "likes",
    "commentCount": "comments",
    "shareCount": "shares",
    "clickCount": "clicks",
}
_LISTS = {"shares": "share", "ugcPosts": "ugcPost"}
_VIDEO_TYPES = ("VIDEO_VIEW", "VIEWER", "TIME_WATCHED", "TIME_WATCHED_FOR_VIDEO_VIEWS")
_SHARE_STATISTICS = "organizationalEntityShareStatistics.FINDER-organizationalEntity"


class Statistics(Endpoints[State]):
    def of_posts(self) -> Any:
        """`GET /rest/organizationalEntityShareStatistics`: a post without activity is left out."""
        grant = self._state.versioned()
        if not grant.may(_SCOPE):
            raise errors.access_denied(_SHARE_STATISTICS)
        _check_names("q", "organizationalEntity", *_LISTS, "start", "count")
        if _required("q") != "organizationalEntity":
            raise errors.invalid("No such finder", 400)
        organization = self._organization(_required("organizationalEntity"), grant)
        kind, urns = _listed()
        start, count = whole_number("start", 0), whole_number("count", PAGE_DEFAULT)
        sees_all = "ADMINISTRATOR" in self._state.roles_on(organization)
        posts = [post for urn in urns if (post := self._of(organization, urn)) is not None]
        each = {post.id: self._statistics(post, is_zero=not sees_all) for post in posts}
        elements = [
            {
                kind: urn,
                "organizationalEntity": organization.external_id,
                "totalShareStatistics": {**counted, "engagement": 0.0},
            }
            for urn, counted in each.items()
            if any(counted.values()) or (counted and not sees_all)
        ]
        paging = {"start": start, "count": count, "links": []}
        return {"paging": paging, "elements": elements[start : start + count]}

    def of_video(self) -> Any:
        """`GET /rest/videoAnalytics?q=entity`: LinkedIn has views for six months."""
        grant = self._state.reader("videoAnalytics.FINDER-entity")
        _check_names("q", "entity", "type", "aggregation", "timeRange")
        if _required("q") != "entity":
            raise errors.invalid("No such finder", 400)
        urn, kind = _required("entity"), _required("type")
        if kind not in _VIDEO_TYPES or request.args.get("aggregation") not in ("ALL", "DAY"):
            raise errors.invalid("type or aggregation is not valid", 400)
        if not re.fullmatch(r"urn:li:ugcPost:\d+", urn):
            raise errors.bad_input("INVALID_URN_TYPE", urn, 400)
        post = self._platform.posts.get(urn)
        if post is None or not any(item.kind == "video" for item in post.media):
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No video {urn}")
        if not self._state.reaches(grant, post.account_id):
            raise errors.access_denied("videoAnalytics.FINDER-entity")
        views = self._platform.numbers_of(post)["views" if kind == "VIDEO_VIEW" else "reach"]
        is_kept = clock.now() < post.visible_at + VIEWS_LAST
        elements = [{"entity": urn, "value": views}] if is_kept and views is not None else []
        return {"paging": {"start": 0, "count": 10, "links": []}, "elements": elements}

    def of_followers(self, urn: str) -> Any:
        """`GET /rest/networkSizes/{urn}`: the followers of an organization."""
        grant = self._state.versioned()
        if not grant.may(_SCOPE):
            raise errors.access_denied("networkSizes.GET")
        check_urn_in_path()
        if dict(request.args) != {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}:
            raise errors.invalid("edgeType is not valid", 400)
        return {"firstDegreeSize": followers(self._organization(urn, grant).account_id)}

    def _organization(self, urn: str, grant: Grant) -> Account:
        return self._state.organization(urn, grant, _SHARE_STATISTICS)

    def _of(self, organization: Account, urn: str) -> Post | None:
        """The organization's post, if it is young enough to have statistics."""
        post = self._platform.posts.get(urn)
        if post is None or post.account_id != organization.account_id:
            return None
        return post if clock.now() < post.visible_at + STATISTICS_LAST else None

    def _statistics(self, post: Post, *, is_zero: bool) -> dict[str, int]:
        """What LinkedIn has counted; zeros for those who are not administrators."""
        numbers = self._platform.numbers_of(post)
        counted = {field: numbers[name] for field, name in _FIELDS.items()}
        return {
            field: 0 if is_zero else count for field, count in counted.items() if count is not None
        }


def _check_names(*known: str) -> None:
    unknown = [name for name in request.args if name not in known]
    if unknown:
        # `shares[0]=…` above all.
        message = (
            "Unpermitted fields present in PARAMETER: Data Processing Exception while processing "
            f"fields [/{unknown[0]}]"
        )
        raise errors.gateway(403, "ACCESS_DENIED", message, 100)


def _required(name: str) -> str:
    value = request.args.get(name)
    if not value:
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", f"Parameter '{name}' is required")
    return value


def _listed() -> tuple[str, list[str]]:
    """The kind and the URNs of the one list in the query, with only the URNs encoded."""
    names = [name for name in _LISTS if name in request.args]
    if len(names) != 1:
        raise errors.invalid("Exactly one of shares and ugcPosts is required", 400)
    kind = _LISTS[names[0]]
    query = request.environ["RAW_URI"].partition("?")[2]
    urn = rf"urn%3Ali%3A{kind}%3A\d+"
    if not re.search(rf"(?:^|&){names[0]}=List\({urn}(?:,{urn})*\)(?:&|$)", query, re.I):
        raise errors.bad_input("INVALID_URN_TYPE", request.args[names[0]], 400)
    urns = re.findall(r"urn:li:\w+:\d+", request.args[names[0]])
    if len(urns) > MOST_POSTS:
        raise errors.invalid(f"A list has at most {MOST_POSTS} posts", 400)
    return kind, urns
