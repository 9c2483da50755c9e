"""LinkedIn as its versioned API answers: posts, images, videos and tokens.

Written from the notes on LinkedIn; section numbers below are theirs. An account
is an author: a member, whose token may read nothing, or an organization. Limits
and error bodies are real, quotas are not kept: they act only while a fault asks.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.accounts import Account, AccountBook
from local.platforms.faults import Fault
from local.platforms.linkedin import errors
from local.platforms.linkedin.oauth import OAuthEndpoints
from local.platforms.linkedin.post_body import attached, check_post_body
from local.platforms.linkedin.text import read_little_text
from local.platforms.linkedin.uploads import Upload, UploadEndpoints
from local.platforms.posts import Content, Post
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from shared import clock

# Section 1, as of 22 November 2026.
ACTIVE_VERSIONS = frozenset(f"2026{month:02}" for month in range(1, 10))
DUPLICATE_WINDOW = timedelta(minutes=10)  # section 8
PAGE_MOST = 100
_POST_URN = re.compile(r"urn:li:(share|ugcPost):\d+")


class AuthorBook(AccountBook):
    """Accounts whose own id is the URN of an author."""

    def external_id_for(self, account_id: str) -> str:
        return f"urn:li:person:{super().external_id_for(account_id)}"


class Linkedin(SimulatedPlatform):
    """The twin of api.linkedin.com."""

    name = "linkedin"

    def __init__(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.unpublished: dict[str, Post] = {}
        """Posts that were accepted and never become visible: their video is stuck."""
        self.created: dict[tuple[str, str], tuple[str, datetime]] = {}
        """URN and time of the last post, by author and hash of the body."""
        self.deleted: set[str] = set()
        self.keeps_ghosts = False
        """A deleted post still makes the same text a duplicate (section 8)."""
        self._latest_id = 0
        super().__init__()
        self.accounts = AuthorBook(self.name)

    def routes(self) -> None:
        OAuthEndpoints(self).routes()
        UploadEndpoints(self).routes()
        self.route("POST", "/rest/posts", self.create)
        self.route("GET", "/rest/posts", self.find)
        self.route("GET", "/rest/posts/<urn>", self.get)
        self.route("DELETE", "/rest/posts/<urn>", self.delete)
        controls.add_switch(self, "/ghosts", self._switch_ghosts)

    def forget(self) -> None:
        for kept in (self.uploads, self.unpublished, self.created, self.deleted):
            kept.clear()
        self.keeps_ghosts = False

    def presented_token(self) -> str | None:
        if request.path.startswith("/oauth/"):
            return request.form.get("refresh_token")
        return bearer_token()

    def publishing_content(self) -> Content | None:
        if (request.method, request.path) != ("POST", "/rest/posts"):
            return None
        token = self.accounts.token(bearer_token())
        body = request.get_json(silent=True)
        if token is None or not isinstance(body, dict):
            return None
        shown, _ = read_little_text(str(body.get("commentary", "")))
        uploads = [self.uploads.get(urn) for urn in attached(body)]
        hashes = tuple(u.item.sha256 for u in uploads if u is not None and u.item is not None)
        return Content(token.account_id, shown, hashes)

    # Who asks: sections 1, 3.3 and 4.

    def token_holder(self) -> Account:
        """The account whose token the request carries. Raises Refusal."""
        value = bearer_token()
        if value is None:
            raise errors.gateway(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        token = self.accounts.token(value)
        account = self.accounts.get(token.account_id) if token else None
        if token is None or account is None or token.kind != "access":
            raise errors.gateway(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        standing = self.accounts.standing(token)
        if standing == "expired":
            message = "The token used in the request has expired"
            raise errors.gateway(401, "EXPIRED_ACCESS_TOKEN", message, 65602)
        if standing == "revoked":
            message = "The token used in the request has been revoked by the user"
            raise errors.gateway(401, "REVOKED_ACCESS_TOKEN", message, 65601)
        return account

    def authorized(self) -> Account:
        """As `token_holder`, for the versioned API, with the right to write. Raises Refusal."""
        _check_version()
        account = self.token_holder()
        is_member = account.external_id.startswith("urn:li:person:")
        if not account.may("w_member_social" if is_member else "w_organization_social"):
            raise errors.access_denied("partnerApiPostsExternal.CREATE")
        return account

    def reader(self, resource: str) -> Account:
        """The organization that may read. A member never may: that scope is closed."""
        _check_version()
        account = self.token_holder()
        is_member = account.external_id.startswith("urn:li:person:")
        if is_member or not account.may("r_organization_social"):
            raise errors.access_denied(resource)
        return account

    def action(self, name: str) -> dict[str, Any]:
        """What `?action={name}` is asked to do: its one field `{name}Request`. Raises Refusal."""
        if dict(request.args) != {"action": name}:
            raise errors.invalid(f"The query must be action={name}", 400)
        body = _json_body()
        asked = body.get(f"{name}Request")
        if set(body) != {f"{name}Request"} or not isinstance(asked, dict):
            raise errors.bad_input("MISSING_FIELD", f"{name}Request is required", 400)
        return asked

    def check_urn_in_path(self) -> None:
        """A URN in a path is percent-encoded, and once. Raises Refusal."""
        raw = request.environ["RAW_URI"].partition("?")[0]
        if "urn:" in raw or "%25" in raw:
            raise errors.gateway(400, "ILLEGAL_ARGUMENT", "The URN in the path is not valid")

    # Posts: sections 5, 8 and 9.

    def create(self) -> Any:
        """`POST /rest/posts`: 201 without a body; the URN is in the headers."""
        account = self.authorized()
        body = _json_body()
        if body.get("author") not in (None, account.external_id):
            raise errors.access_denied("partnerApiPostsExternal.CREATE")
        check_post_body(body, self.uploads)
        key = (account.account_id, hashlib.sha256(request.get_data()).hexdigest())
        self._check_duplicate(key)
        post = self._publish(account, body)
        self.created[key] = (post.id, clock.now())
        headers = {"x-restli-id": post.id, "x-linkedin-id": post.id}
        location = f"/posts/{quote(post.id, safe='')}"
        return Response(status=201, headers={**headers, "location": location})

    def find(self) -> Any:
        """`GET /rest/posts?q=author`: the last modified first."""
        account = self.reader("partnerApiPostsExternal.FINDER-author")
        _check_method("FINDER")
        query = request.args
        if query.get("q") != "author" or query.get("sortBy", "LAST_MODIFIED") != "LAST_MODIFIED":
            raise errors.invalid("There is no such finder", 400)
        if query.get("author") != account.external_id:
            raise errors.access_denied("partnerApiPostsExternal.FINDER-author")
        start, count = _whole("start", 0), _whole("count", 10)
        if count > PAGE_MOST:
            raise errors.invalid(f"count is at most {PAGE_MOST}", 400)
        page = self.listed(account.account_id)[start : start + count]
        paging = {"start": start, "count": count, "links": []}
        return {"paging": paging, "elements": [_as_json(post, "PUBLISHED") for post in page]}

    def get(self, urn: str) -> Any:
        """`GET /rest/posts/{urn}`."""
        account = self.reader("partnerApiPostsExternal.GET")
        post = self._post(urn, account)
        if post is None:
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No post {urn}")
        is_visible = urn not in self.unpublished and post.visible_at <= clock.now()
        return _as_json(post, "PUBLISHED" if is_visible else "PUBLISH_REQUESTED")

    def delete(self, urn: str) -> Any:
        """`DELETE /rest/posts/{urn}`: 204, for one that is gone already as well."""
        account = self.authorized()
        _check_method("DELETE")
        post = self._post(urn, account)
        if post is None and urn not in self.deleted:
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No post {urn}")
        self.posts.remove(urn)
        self.unpublished.pop(urn, None)
        self.deleted.add(urn)
        return Response(status=204)

    def _post(self, urn: str, account: Account) -> Post | None:
        self.check_urn_in_path()
        if not _POST_URN.fullmatch(urn):
            raise errors.bad_input("INVALID_URN_TYPE", urn, 400)
        post = self.posts.get(urn) or self.unpublished.get(urn)
        if post is not None and post.account_id != account.account_id:
            raise errors.access_denied("partnerApiPostsExternal")
        return post

    def _check_duplicate(self, key: tuple[str, str]) -> None:
        urn, made_at = self.created.get(key, ("", clock.now()))
        if not urn:
            return
        is_ghost = urn in self.deleted
        if self.keeps_ghosts if is_ghost else clock.now() < made_at + DUPLICATE_WINDOW:
            raise errors.duplicate(urn)

    def _publish(self, account: Account, body: dict[str, Any]) -> Post:
        now = clock.now()
        uploads = [self.uploads[urn] for urn in attached(body)]
        shown, kept = read_little_text(body["commentary"])
        is_video = any(upload.size is not None for upload in uploads)
        post = Post(
            id=f"urn:li:{'ugcPost' if is_video else 'share'}:{self._next_id(now)}",
            account_id=account.account_id,
            text=shown,
            shown=shown,
            visible_at=max([now, *(u.available_at for u in uploads if u.available_at)]),
            media=[upload.item for upload in uploads if upload.item is not None],
            details={**body, "commentary": kept, "created_at": now},
        )
        if all(upload.available_at for upload in uploads):
            self.posts.add(post)
        else:
            self.unpublished[post.id] = post
        return post

    def _next_id(self, now: datetime) -> int:
        self._latest_id = max(int(now.timestamp() * 1000) << 22, self._latest_id + 1)
        return self._latest_id

    def _switch_ghosts(self) -> None:
        self.keeps_ghosts = controls.boolean("keep")

    # How LinkedIn refuses: sections 6 and 7.

    def http_error(self, error: HTTPException) -> Refusal:
        code = error.name.upper().replace(" ", "_")
        return errors.gateway(error.code or 500, code, f"No {request.method} {request.path}")

    def server_error(self) -> Response:
        return errors.as_response(
            errors.gateway(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")
        )

    def rate_limited(self, retry_after: float) -> Response:
        """No Retry-After is documented, and a limit may come without its reason."""
        return _throttled("Too many requests")

    def quota_exhausted(self, fault: Fault) -> Response | None:
        """Variants: `member-day` (default), `application-day`."""
        variant = fault.parameters.get("variant", "member-day")
        whose = "APPLICATION DAY" if variant == "application-day" else "MEMBER DAY"
        return _throttled(
            f"Resource level throttle {whose} limit for calls to this resource is reached."
        )


def _throttled(message: str) -> Response:
    return errors.as_response(errors.gateway(429, "TOO_MANY_REQUESTS", message, 101))


def _check_version() -> None:
    version = request.headers.get("Linkedin-Version")
    if version is None:
        raise errors.gateway(400, "VERSION_MISSING", "A version must be present")
    if version not in ACTIVE_VERSIONS:
        message = f"Requested version {version} is not active"
        raise errors.gateway(426, "NONEXISTENT_VERSION", message)
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")


def _check_method(method: str) -> None:
    if request.headers.get("X-RestLi-Method") != method:
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", f"X-RestLi-Method must be {method}")


def _json_body() -> dict[str, Any]:
    body = request.get_json(silent=True) if request.mimetype == "application/json" else None
    if not isinstance(body, dict):
        raise errors.gateway(400, "ILLEGAL_ARGUMENT", "The body must be a JSON object")
    return body


def _whole(name: str, default: int) -> int:
    value = request.args.get(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise errors.invalid(f"{name} is not a whole number", 400)
    return int(value)


def _as_json(post: Post, state: str) -> dict[str, Any]:
    made = int(post.details["created_at"].timestamp() * 1000)
    body = {name: value for name, value in post.details.items() if name != "created_at"}
    times = {"createdAt": made, "publishedAt": made, "lastModifiedAt": made}
    return {**body, "id": post.id, "lifecycleState": state, **times}
