"""TikTok as open.tiktokapis.com and its upload host answer: posts and drafts.

Written from the Content Posting API on developers.tiktok.com. A draft ends in the user's inbox and
is never visible here. No URL prefix is verified at first. Limits and error bodies are real.
Quotas do not apply unless a fault asks for them.
"""

from flask import request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.faults import Fault
from local.platforms.posts import Content
from local.platforms.simulation import Refusal, SimulatedPlatform
from local.platforms.tiktok.errors import MESSAGES, refusal
from local.platforms.tiktok.oauth import Login, OAuth
from local.platforms.tiktok.publishing import PublishingEndpoints
from local.platforms.tiktok.reads import ReadEndpoints
from local.platforms.tiktok.state import State
from local.platforms.tiktok.upload import PATH as UPLOAD_PATH
from local.platforms.tiktok.upload import UploadEndpoint
from shared.platforms.tiktok import ABOUT

API = f"/{ABOUT.api_version}"
PUBLISH = f"{API}/post/publish"
VIDEO_INIT = f"{PUBLISH}/video/init/"
PHOTO_INIT = f"{PUBLISH}/content/init/"
CREATOR_INFO = f"{PUBLISH}/creator_info/query/"


class TikTok(SimulatedPlatform):
    """The twin of open.tiktokapis.com."""

    name = "tiktok"
    state_type = State
    state: State

    def routes(self) -> None:
        login, oauth = Login(self.state), OAuth(self.state)
        reads = ReadEndpoints(self.state)
        self._publishing = PublishingEndpoints(self.state)
        self._upload = UploadEndpoint(self.state)
        # On www.tiktok.com in reality.
        self.route("GET", f"{API}/auth/authorize/", login.show)
        self.route("POST", f"{API}/auth/authorize/", login.decide)
        self.route("POST", f"{API}/oauth/token/", oauth.token)
        self.route("POST", f"{API}/oauth/revoke/", oauth.revoke)
        self.route("POST", VIDEO_INIT, self._publishing.start_video)
        self.route("POST", f"{PUBLISH}/inbox/video/init/", self._publishing.start_draft)
        self.route("POST", PHOTO_INIT, self._publishing.post_photos)
        self.route("PUT", UPLOAD_PATH, self._upload.put)
        self.route("POST", CREATOR_INFO, reads.creator_info)
        self.route("POST", f"{PUBLISH}/status/fetch/", reads.status)
        self.route("POST", f"{API}/video/list/", reads.own_posts)
        self.route("POST", f"{API}/video/query/", reads.posts_by_id)
        self.route("GET", f"{API}/user/info/", reads.user)
        self.control("POST", "/oauth", self.state.switch_oauth)
        self.control("POST", "/url_prefixes", self.state.verify)
        self.control("POST", "/creator", self.state.switch_creator)
        self.setting("/moderation", self.state, "moderation_time", controls.seconds)
        self.control("POST", "/fail_reason", self.state.switch_fail_reason)

    def publishing_content(self) -> Content | None:
        if request.method == "PUT" and request.path == UPLOAD_PATH:
            return self._upload.publishing_content()
        is_start = request.path in (PHOTO_INIT, VIDEO_INIT)
        return self._publishing.content_of_request() if is_start else None

    # How TikTok refuses.

    def http_error(self, error: HTTPException) -> Refusal:
        return refusal(error.code or 500, "unsupported_path", f"{error.name}: {request.path}")

    def server_error(self) -> Refusal:
        return refusal(500, "internal_error")

    def rate_limited(self, retry_after: float) -> Refusal:
        return refusal(429, "rate_limit_exceeded")

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        code = fault.parameters.get("variant", "spam_risk_too_many_posts")
        if code not in MESSAGES:
            return None
        if request.path == CREATOR_INFO:
            return refusal(200, code)  # with 200, on purpose
        return refusal(403, code) if request.path.endswith("/init/") else None
