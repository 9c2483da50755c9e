"""YouTube as its Data API v3 answers: uploads, their processing, comments, lists and tokens.

Written from developers.google.com/youtube/v3 as of November 2026. Limits and error
bodies are real. Quotas do not apply unless a fault asks for them.
"""

from flask import request
from werkzeug.exceptions import HTTPException

from local.platforms.controls import boolean, times
from local.platforms.faults import Fault
from local.platforms.posts import Content
from local.platforms.simulation import Refusal, SimulatedPlatform
from local.platforms.youtube import errors as youtube_errors
from local.platforms.youtube.comments import CommentEndpoints
from local.platforms.youtube.reads import API, ReadEndpoints
from local.platforms.youtube.state import State
from local.platforms.youtube.threads import ThreadEndpoints
from local.platforms.youtube.tokens import Login, Tokens
from local.platforms.youtube.uploads import PATH, UploadEndpoints


class YouTube(SimulatedPlatform):
    """The twin of www.googleapis.com, as far as YouTube is concerned."""

    name = "youtube"
    state_type = State
    state: State

    def routes(self) -> None:
        login, tokens = Login(self.state), Tokens(self.state)
        reads = ReadEndpoints(self.state)
        self._uploads = UploadEndpoints(self.state)
        # On accounts.google.com and oauth2.googleapis.com in reality.
        self.route("GET", "/o/oauth2/v2/auth", login.show)
        self.route("POST", "/o/oauth2/v2/auth", login.decide)
        self.route("POST", "/token", tokens.token)
        self.route("POST", "/revoke", tokens.revoke)
        self.route("POST", PATH, self._uploads.start)
        self.route("PUT", PATH, self._uploads.put)
        self.route("GET", f"{API}/videos", reads.videos)
        self.route("GET", f"{API}/videos:batchGetStats", reads.statistics)
        self.route("DELETE", f"{API}/videos", reads.delete)
        self.route("GET", f"{API}/channels", reads.channels)
        self.route("GET", f"{API}/playlistItems", reads.playlist_items)
        threads, comments = ThreadEndpoints(self.state), CommentEndpoints(self.state)
        self.route("GET", f"{API}/commentThreads", threads.find)
        self.route("GET", f"{API}/comments", comments.find)
        self.route("POST", f"{API}/comments", comments.reply)
        self.route("DELETE", f"{API}/comments", comments.delete)
        self.route("POST", f"{API}/comments/setModerationStatus", comments.moderate)
        self.control("POST", "/comments_allowed", self.state.switch_comments)
        self.setting("/partial_store", self.state, "partial_stores", times)
        self.setting("/testing", self.state, "is_in_testing", lambda: boolean("on"))
        self.control("POST", "/ending", self.state.switch_ending)

    def publishing_content(self) -> Content | None:
        return self._uploads.content_of_request() if request.path == PATH else None

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        """A thread has a long id; that of a reply begins with it."""
        number = self.comments.new_number()
        if parent_id is None:
            return f"Ugx{number:019}AaABAg"
        return f"{parent_id.partition('.')[0]}.9{number:021}"

    # How YouTube refuses.

    def http_error(self, error: HTTPException) -> Refusal:
        return youtube_errors.refusal(error.code or 500, "notFound", error.name, "global")

    def server_error(self) -> Refusal:
        return youtube_errors.refusal(500, "backendError", "Backend Error", "global")

    def rate_limited(self, retry_after: float) -> Refusal:
        """Without a time: YouTube promises none."""
        return youtube_errors.rate_limit_exceeded()

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """Variants: `project` (default), `channel`."""
        if fault.parameters.get("variant") == "channel":
            return youtube_errors.upload_limit_exceeded()
        return youtube_errors.quota_exceeded()
