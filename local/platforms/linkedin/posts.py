"""Posts on the twin of LinkedIn (…/community-management/shares/posts-api)."""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, request

from local.platforms import clock
from local.platforms.accounts import Account, Grant
from local.platforms.comments import Comment
from local.platforms.linkedin import errors
from local.platforms.linkedin.post_body import attached, check_post_body
from local.platforms.linkedin.restli import (
    check_method,
    check_urn_in_path,
    json_body,
    whole_number,
)
from local.platforms.linkedin.state import State, is_member
from local.platforms.linkedin.text import read_little_text
from local.platforms.posts import Post
from local.platforms.simulation import Endpoints
from shared.platforms.linkedin.text import escaped

DUPLICATE_WINDOW = timedelta(minutes=10)
PAGE_MOST = 100
_POST_URN = re.compile(r"urn:li:(share|ugcPost):\d+")


class Posts(Endpoints[State]):
    _latest_id = 0

    def create(self) -> Any:
        """`POST /rest/posts`: 201 without a body; the URN is in the headers."""
        grant, body = self._state.versioned(), json_body()
        account = self._state.writer(grant, body.get("author"))
        check_post_body(body, self._state.uploads)
        key = (account.account_id, hashlib.sha256(request.get_data()).hexdigest())
        self._check_duplicate(key)
        post = self._publish(account, body)
        self._state.created[key] = (post.id, clock.now())
        headers = {"x-restli-id": post.id, "x-linkedin-id": post.id}
        location = f"/posts/{quote(post.id, safe='')}"
        return Response(status=201, headers={**headers, "location": location})

    def find(self) -> Any:
        """`GET /rest/posts?q=author`: last modified first."""
        grant = self._state.reader("partnerApiPostsExternal.FINDER-author")
        check_method("FINDER")
        query = request.args
        if query.get("q") != "author" or query.get("sortBy", "LAST_MODIFIED") != "LAST_MODIFIED":
            raise errors.invalid("No such finder", 400)
        urn, authors = query.get("author"), self._state.accounts_of(grant)
        account = next((author for author in authors if author.external_id == urn), None)
        if account is None or is_member(account):
            raise errors.access_denied("partnerApiPostsExternal.FINDER-author")
        start, count = whole_number("start", 0), whole_number("count", 10)
        if count > PAGE_MOST:
            raise errors.invalid(f"count is at most {PAGE_MOST}", 400)
        posts = self._platform.listed(account.account_id)
        if set(self._state.roles_on(account)) == {"RECRUITING_POSTER"}:
            posts = []  # not an error
        page = posts[start : start + count]
        paging = {"start": start, "count": count, "links": []}
        return {"paging": paging, "elements": [_as_json(post) for post in page]}

    def get(self, urn: str) -> Any:
        """`GET /rest/posts/{urn}`; also somebody else's post that mentions the organization."""
        grant = self._state.reader("partnerApiPostsExternal.GET")
        mention = self._platform.comments.get(urn)
        if mention is not None and self._state.reaches(grant, mention.account_id):
            return _foreign_as_json(mention)
        post = self._post(urn, grant)
        if post is None:
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No post {urn}")
        return _as_json(post)

    def delete(self, urn: str) -> Any:
        """`DELETE /rest/posts/{urn}`: 204, also for a post that is already deleted."""
        grant = self._state.versioned()
        check_method("DELETE")
        post = self._post(urn, grant)
        account = self._accounts.get(post.account_id) if post else None
        self._state.check_writable(account or grant.account, grant)
        if post is None and urn not in self._state.deleted:
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No post {urn}")
        self._platform.posts.remove(urn)
        self._state.deleted.add(urn)
        return Response(status=204)

    def _post(self, urn: str, grant: Grant) -> Post | None:
        check_urn_in_path()
        if not _POST_URN.fullmatch(urn):
            raise errors.bad_input("INVALID_URN_TYPE", urn, 400)
        post = self._platform.posts.get(urn)
        if post is not None and not self._state.reaches(grant, post.account_id):
            raise errors.access_denied("partnerApiPostsExternal")
        return post

    def _check_duplicate(self, key: tuple[str, str]) -> None:
        urn, made_at = self._state.created.get(key, ("", clock.now()))
        if not urn:
            return
        is_ghost = urn in self._state.deleted
        if self._state.keeps_ghosts if is_ghost else clock.now() < made_at + DUPLICATE_WINDOW:
            raise errors.duplicate(urn)

    def _publish(self, account: Account, body: dict[str, Any]) -> Post:
        now = clock.now()
        uploads = [self._state.uploads[urn] for urn in attached(body)]
        shown, kept = read_little_text(body["commentary"])
        is_video = any(upload.size is not None for upload in uploads)
        post = Post(
            id=f"urn:li:{'ugcPost' if is_video else 'share'}:{self._next_id(now)}",
            account_id=account.account_id,
            text=shown,
            shown=shown,
            visible_at=now,
            media=[upload.item for upload in uploads if upload.item is not None],
            details={**body, "commentary": kept, "created_at": now},
        )
        self._platform.posts.add(post)
        return post

    def _next_id(self, now: datetime) -> int:
        self._latest_id = max(int(now.timestamp() * 1000) << 22, self._latest_id + 1)
        return self._latest_id


def _as_json(post: Post) -> dict[str, Any]:
    made = int(post.details["created_at"].timestamp() * 1000)
    body = {name: value for name, value in post.details.items() if name != "created_at"}
    times = {"createdAt": made, "publishedAt": made, "lastModifiedAt": made}
    return {**body, "id": post.id, "lifecycleState": "PUBLISHED", **times}


def _foreign_as_json(mention: Comment) -> dict[str, Any]:
    made = int(mention.created_at.timestamp() * 1000)
    times = {"createdAt": made, "publishedAt": made, "lastModifiedAt": made}
    return {
        "id": mention.id,
        "author": f"urn:li:person:{mention.author.id}",
        "commentary": escaped(mention.text),
        "visibility": "PUBLIC",
        "lifecycleState": "PUBLISHED",
        **times,
    }
