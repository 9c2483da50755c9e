"""X as its API v2 answers: posts, media, lookups, timelines, mentions and tokens.

Written from docs.x.com/x-api as of November 2026. Limits and error bodies are real.
Quotas do not apply unless a fault asks for them.
"""

from datetime import timedelta

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms import clock
from local.platforms.controls import boolean, times
from local.platforms.faults import Fault
from local.platforms.posts import Content
from local.platforms.reading import bearer_token, json_object
from local.platforms.simulation import Refusal, SimulatedPlatform
from local.platforms.x import errors as x_errors
from local.platforms.x.comments import CommentEndpoints
from local.platforms.x.media import MediaEndpoints
from local.platforms.x.oauth import Login, OAuth
from local.platforms.x.posts import PostEndpoints
from local.platforms.x.reads import ReadEndpoints
from local.platforms.x.state import State
from shared.platforms.x import ABOUT

API = f"/{ABOUT.api_version}"
RATE_WINDOW = timedelta(minutes=15)
# Calls of one user in a window: docs.x.com/x-api/fundamentals/rate-limits.
RATE_LIMITS = {
    f"POST {API}/tweets": 100,
    f"DELETE {API}/tweets/<post_id>": 50,
    f"GET {API}/users/me": 75,
    f"GET {API}/tweets": 5000,
    f"GET {API}/tweets/<post_id>": 900,
    f"GET {API}/users/<user_id>/tweets": 900,
    f"PUT {API}/tweets/<post_id>/hidden": 50,
    f"POST {API}/media/upload/initialize": 1875,
    f"POST {API}/media/upload/<media_id>/append": 1875,
    f"POST {API}/media/upload/<media_id>/finalize": 1875,
    f"POST {API}/media/upload": 500,
    f"GET {API}/media/upload": 1000,
    f"POST {API}/media/metadata": 500,
}
DEFAULT_RATE_LIMIT = 300  # for what is not listed there


class X(SimulatedPlatform):
    """The twin of api.x.com."""

    name = "x"
    state_type = State
    state: State

    def routes(self) -> None:
        login, oauth = Login(self.state), OAuth(self.state)
        posts = PostEndpoints(self.state)
        reads, media = ReadEndpoints(self.state), MediaEndpoints(self.state)
        comments = CommentEndpoints(self.state)
        # On x.com in reality.
        self.route("GET", "/i/oauth2/authorize", login.show)
        self.route("POST", "/i/oauth2/authorize", login.decide)
        self.route("POST", f"{API}/oauth2/token", oauth.token)
        self.route("POST", f"{API}/oauth2/revoke", oauth.revoke)
        self.route("POST", f"{API}/tweets", posts.create)
        self.route("DELETE", f"{API}/tweets/<post_id>", posts.delete)
        self.route("GET", f"{API}/users/me", reads.me)
        self.route("GET", f"{API}/tweets", reads.lookup)
        self.route("GET", f"{API}/tweets/<post_id>", reads.one)
        self.route("GET", f"{API}/users/<user_id>/tweets", reads.timeline)
        self.route("GET", f"{API}/users/<user_id>/mentions", comments.mentions)
        self.route("GET", f"{API}/tweets/search/recent", comments.search)
        self.route("PUT", f"{API}/tweets/<post_id>/hidden", comments.hide)
        self.route("POST", f"{API}/media/upload/initialize", media.initialize)
        self.route("POST", f"{API}/media/upload/<media_id>/append", media.append)
        self.route("POST", f"{API}/media/upload/<media_id>/finalize", media.finalize)
        self.route("POST", f"{API}/media/upload", media.upload)
        self.route("GET", f"{API}/media/upload", media.status)
        self.route("POST", f"{API}/media/metadata", media.describe)
        self.setting("/duplicates", self.state, "refuses_duplicates", lambda: boolean("refuse"))
        self.setting("/unknown_media", self.state, "unknown_media", times)
        self.control("POST", "/fields", self.state.refuse_parameter)

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        return self.state.next_id()

    def publishing_content(self) -> Content | None:
        if (request.method, request.path) != ("POST", f"{API}/tweets"):
            return None
        token = self.accounts.token(bearer_token())
        body = json_object()
        if token is None or body is None:
            return None
        media = body.get("media")
        ids = media.get("media_ids") if isinstance(media, dict) else None
        uploads = [self.state.uploads.get(str(value)) for value in ids or ()]
        items = [upload.item for upload in uploads if upload]
        return Content.of(token.account_id, str(body.get("text", "")), items)

    # How X refuses.

    def decorate(self, response: Response) -> None:
        limit = RATE_LIMITS.get(request.endpoint or "", DEFAULT_RATE_LIMIT)
        response.headers.setdefault("x-rate-limit-limit", str(limit))
        # Every call opens a window of its own here: limits act only through faults.
        response.headers.setdefault("x-rate-limit-remaining", str(limit - 1))
        response.headers.setdefault("x-rate-limit-reset", _epoch_in(RATE_WINDOW))

    def http_error(self, error: HTTPException) -> Refusal:
        return x_errors.problem(error.code or 500, error.name)

    def server_error(self) -> Refusal:
        return x_errors.problem(500, "Internal Server Error")

    def rate_limited(self, retry_after: float) -> Refusal:
        reset = _epoch_in(timedelta(seconds=retry_after))
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return x_errors.problem(429, "Too Many Requests", headers=headers)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """Variants: `usage-capped` (default), `day` (24 h bucket), `credits-depleted`."""
        match fault.parameters.get("variant", "usage-capped"):
            case "day":
                left = {"limit": "100", "remaining": "0"}
                left["reset"] = _epoch_in(timedelta(seconds=fault.retry_after))
                headers = {f"x-user-limit-24hour-{name}": value for name, value in left.items()}
                return x_errors.problem(429, "Too Many Requests", headers=headers)
            case "credits-depleted":
                return x_errors.credits_depleted()
            case _:
                return x_errors.usage_capped()


def _epoch_in(wait: timedelta) -> str:
    """Epoch seconds, as the x-rate-limit headers count."""
    return str(int((clock.now() + wait).timestamp()))
