"""X as its API v2 answers: posts, media, lookups, timelines and tokens.

Written from the notes on X; section numbers below are theirs. Limits and error
bodies are real, quotas are not kept: they act only while a fault asks for them.
"""

import json
from datetime import timedelta
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.posts import Content, Post
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from local.platforms.x import errors as x_errors
from local.platforms.x.media import MediaEndpoints, Upload
from local.platforms.x.oauth import OAuthEndpoints
from local.platforms.x.post_body import check_post_body
from local.platforms.x.reads import ReadEndpoints
from local.platforms.x.text import (
    cashtags,
    is_postable,
    rewritten,
    weighted_length,
    with_media_link,
)
from shared import clock

MAX_WEIGHTED_LENGTH = 280  # section 6
# Section 11: the filter looks at recent posts; how far back is not documented.
DUPLICATE_WINDOW = timedelta(minutes=10)
RATE_WINDOW = timedelta(minutes=15)  # section 7
# Section 7, calls of one user in a window.
RATE_LIMITS = {
    "POST /2/tweets": 100,
    "DELETE /2/tweets/<post_id>": 50,
    "GET /2/users/me": 75,
    "GET /2/tweets": 5000,
    "GET /2/tweets/<post_id>": 900,
    "GET /2/users/<user_id>/tweets": 900,
    "POST /2/media/upload/initialize": 1875,
    "POST /2/media/upload/<media_id>/append": 1875,
    "POST /2/media/upload/<media_id>/finalize": 1875,
    "GET /2/media/upload": 1000,
    "POST /2/media/metadata": 500,
}
DEFAULT_RATE_LIMIT = 300  # for what section 7 does not list
WRITE_SCOPES = ("tweet.read", "tweet.write", "users.read")  # section 1
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657  # X ids count milliseconds from here, times 2^22


class X(SimulatedPlatform):
    """The twin of api.x.com."""

    name = "x"

    def __init__(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.refuse_duplicates = True
        self.unknown_media = 0
        self._latest_id = 0
        super().__init__()

    def routes(self) -> None:
        OAuthEndpoints(self).routes()
        self.route("POST", "/2/tweets", self.create)
        self.route("DELETE", "/2/tweets/<post_id>", self.delete)
        ReadEndpoints(self).routes()
        MediaEndpoints(self).routes()
        controls.add_switch(self, "/duplicates", self._switch_duplicates)
        controls.add_switch(self, "/unknown_media", self._switch_unknown_media)

    def forget(self) -> None:
        self.uploads.clear()
        self.refuse_duplicates = True
        self.unknown_media = 0

    def presented_token(self) -> str | None:
        if request.path.startswith("/2/oauth2/"):
            return request.form.get("refresh_token") or request.form.get("token")
        return bearer_token()

    def publishing_content(self) -> Content | None:
        if (request.method, request.path) != ("POST", "/2/tweets"):
            return None
        token = self.accounts.token(bearer_token())
        body = request.get_json(silent=True)
        if token is None or not isinstance(body, dict):
            return None
        media = body.get("media")
        ids = media.get("media_ids") if isinstance(media, dict) else None
        uploads = [self.uploads.get(str(value)) for value in ids or ()]
        hashes = tuple(upload.item.sha256 for upload in uploads if upload and upload.item)
        return Content(token.account_id, str(body.get("text", "")), hashes)

    def authorized(self, *scopes: str) -> Account:
        """The account whose token the request carries (section 2.4). Raises Refusal."""
        token = self.accounts.token(bearer_token())
        if token is None or token.kind != "access" or self.accounts.standing(token) != "active":
            raise x_errors.unauthorized()
        account = self.accounts.get(token.account_id)
        if account is None:
            raise x_errors.unauthorized()
        if not account.may(*scopes):
            raise x_errors.forbidden("Forbidden")
        return account

    # Posts: sections 3, 9.

    def create(self) -> Any:
        """`POST /2/tweets`: 201 `{data: {id, text, edit_history_tweet_ids}}`."""
        account = self.authorized(*WRITE_SCOPES)
        x_errors.allow_query()
        body = x_errors.json_body()
        check_post_body(body)
        text = body.get("text", "")
        attached = self._attached_media(account, body)
        _check_text(text, has_media="media" in body)
        self._check_relations(account, body)
        hashes = tuple(upload.item.sha256 for upload in attached if upload.item)
        self._check_duplicate(Content(account.account_id, text, hashes))
        post = self._publish(account, body, text, attached)
        shown = {"id": post.id, "text": post.shown, "edit_history_tweet_ids": [post.id]}
        return jsonify(data=shown), 201

    def delete(self, post_id: str) -> Any:
        """`DELETE /2/tweets/:id`: `{data: {deleted: true}}`."""
        account = self.authorized(*WRITE_SCOPES)
        x_errors.allow_query()
        x_errors.check_id("id", post_id)
        post = self.posts.get(post_id)
        if post is None:
            raise x_errors.not_found_status("tweet", "id", post_id)
        if post.account_id != account.account_id:
            raise x_errors.forbidden("You are not authorized to delete this Tweet.")
        self.posts.remove(post_id)
        return {"data": {"deleted": True}}

    def _publish(
        self, account: Account, body: dict[str, Any], text: str, attached: list[Upload]
    ) -> Post:
        now = clock.now()
        post_id = self.next_id()
        shown, links = rewritten(text, post_id)
        if attached:
            address = f"https://x.com/{account.username}/status/{post_id}"
            shown, links = with_media_link(shown, links, address, attached)
        parent = body.get("reply", {}).get("in_reply_to_tweet_id")
        details: dict[str, Any] = {
            "links": links,
            "reply_settings": body.get("reply_settings", "everyone"),
            "replied_to": parent,
            "quoted": body.get("quote_tweet_id"),
            "poll": body.get("poll"),
            "attached": [(upload.key, upload.shown_as, upload.alt_text) for upload in attached],
        }
        media = [upload.item for upload in attached if upload.item]
        post = Post(post_id, account.account_id, text, shown, now, media, details)
        self.posts.add(post)
        return post

    def next_id(self) -> str:
        """A snowflake, larger than every one before."""
        snowflake = (int(clock.now().timestamp() * 1000) - _SNOWFLAKE_EPOCH_MS) << 22
        self._latest_id = max(snowflake, self._latest_id + 1)
        return str(self._latest_id)

    def _attached_media(self, account: Account, body: dict[str, Any]) -> list[Upload]:
        """Up to 4 photos, or 1 GIF, or 1 video, all of this user and ready (sections 3, 5)."""
        ids = body.get("media", {}).get("media_ids", [])
        uploads = [self.uploads.get(media_id) for media_id in ids]
        owned = [u for u in uploads if u and u.account_id == account.account_id and u.is_usable]
        is_unknown = ids and self.unknown_media > 0
        self.unknown_media -= bool(is_unknown)
        if len(owned) != len(ids) or len(set(ids)) != len(ids) or is_unknown:
            raise x_errors.invalid("media.media_ids", ids, "Your media IDs are invalid.")
        if len(owned) > 1 and any(upload.shown_as != "photo" for upload in owned):
            message = "A post can have up to 4 photos, 1 animated GIF or 1 video."
            raise x_errors.invalid("media.media_ids", ids, message)
        return owned

    def _check_relations(self, account: Account, body: dict[str, Any]) -> None:
        """Replies and quotes need a target that lets us (section 3); edits need Premium."""
        if "edit_options" in body:
            raise x_errors.forbidden("You are not permitted to perform this action.")
        targets = {
            "reply.in_reply_to_tweet_id": (
                body.get("reply", {}).get("in_reply_to_tweet_id"),
                "Reply to this conversation",
            ),
            "quote_tweet_id": (body.get("quote_tweet_id"), "Quoting this post"),
        }
        for parameter, (post_id, what) in targets.items():
            if post_id is None:
                continue
            target = self.posts.get(post_id)
            if target is None:
                raise x_errors.not_found_status("tweet", parameter, post_id)
            own = target.account_id == account.account_id
            if not own and f"@{account.username.lower()}" not in target.text.lower():
                raise x_errors.forbidden(
                    f"{what} is not allowed because you have not been mentioned or otherwise "
                    "engaged by the author of the post."
                )

    def _check_duplicate(self, content: Content) -> None:
        since = clock.now() - DUPLICATE_WINDOW
        recent = [p for p in self.posts.all(content.account_id) if p.visible_at > since]
        if self.refuse_duplicates and any(post.content == content for post in recent):
            raise x_errors.forbidden(
                "You are not allowed to create a Tweet with duplicate content."
            )

    def _switch_duplicates(self) -> None:
        self.refuse_duplicates = controls.boolean("refuse")

    def _switch_unknown_media(self) -> None:
        self.unknown_media = controls.whole_number("times")

    # How X refuses: sections 7, 8.

    def decorate(self, response: Response) -> None:
        limit = RATE_LIMITS.get(request.endpoint or "", DEFAULT_RATE_LIMIT)
        response.headers.setdefault("x-rate-limit-limit", str(limit))
        # Every call opens a window of its own here: limits act only through faults.
        response.headers.setdefault("x-rate-limit-remaining", str(limit - 1))
        response.headers.setdefault("x-rate-limit-reset", _epoch_in(RATE_WINDOW))

    def http_error(self, error: HTTPException) -> Refusal:
        return x_errors.problem(error.code or 500, error.name)

    def server_error(self) -> Response:
        return _answer(x_errors.problem(500, "Internal Server Error"))

    def rate_limited(self, retry_after: float) -> Response:
        response = _answer(x_errors.problem(429, "Too Many Requests"))
        response.headers["x-rate-limit-remaining"] = "0"
        response.headers["x-rate-limit-reset"] = _epoch_in(timedelta(seconds=retry_after))
        return response

    def quota_exhausted(self, fault: Fault) -> Response | None:
        """Variants: `usage-capped` (default), `day` (24 h bucket), `credits-depleted`."""
        match fault.parameters.get("variant", "usage-capped"):
            case "day":
                response = _answer(x_errors.problem(429, "Too Many Requests"))
                reset = _epoch_in(timedelta(seconds=fault.retry_after))
                response.headers["x-user-limit-24hour-limit"] = "100"
                response.headers["x-user-limit-24hour-remaining"] = "0"
                response.headers["x-user-limit-24hour-reset"] = reset
                return response
            case "credits-depleted":
                return _answer(x_errors.credits_depleted())
            case _:
                return _answer(x_errors.usage_capped())


def _check_text(text: str, has_media: bool) -> None:
    if not text.strip() and not has_media:
        raise x_errors.invalid("text", text, "Your Tweet text is empty.")
    if not is_postable(text):
        raise x_errors.invalid("text", text, "Your Tweet text contains an invalid character.")
    if weighted_length(text) > MAX_WEIGHTED_LENGTH:
        raise x_errors.invalid("text", text, "Your Tweet text is too long.")
    if cashtags(text) > 1:
        raise x_errors.forbidden("Posts are limited to a maximum of one cashtag.")


def _answer(refusal: Refusal) -> Response:
    body = json.dumps(refusal.body)
    return Response(body, refusal.status, mimetype="application/json")


def _epoch_in(wait: timedelta) -> str:
    """Epoch seconds, as the x-rate-limit headers count (section 7)."""
    return str(int((clock.now() + wait).timestamp()))
