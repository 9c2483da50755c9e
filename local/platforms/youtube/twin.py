"""YouTube as its Data API v3 answers: uploads, their processing, lists and tokens.

Written from the notes on YouTube; section numbers in this folder are theirs. Limits and error
bodies are real. Quotas do not apply unless a fault asks for them.
"""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.faults import Fault
from local.platforms.posts import Content
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from local.platforms.youtube import errors as youtube_errors
from local.platforms.youtube.reads import API, ReadEndpoints
from local.platforms.youtube.state import State
from local.platforms.youtube.tokens import TokenEndpoints
from local.platforms.youtube.uploads import PATH, UploadEndpoints


class YouTube(SimulatedPlatform):
    """The twin of www.googleapis.com, as far as YouTube is concerned."""

    name = "youtube"

    def __init__(self) -> None:
        self.state = State(self)
        self._uploads = UploadEndpoints(self.state)
        super().__init__()

    def routes(self) -> None:
        tokens, reads = TokenEndpoints(self.state), ReadEndpoints(self.state)
        # On oauth2.googleapis.com in reality.
        self.route("POST", "/token", tokens.token)
        self.route("POST", "/revoke", tokens.revoke)
        self.route("POST", PATH, self._uploads.start)
        self.route("PUT", PATH, self._uploads.put)
        self.route("GET", f"{API}/videos", reads.videos)
        self.route("DELETE", f"{API}/videos", reads.delete)
        self.route("GET", f"{API}/channels", reads.channels)
        self.route("GET", f"{API}/playlistItems", reads.playlist_items)
        controls.add_switch(self, "/partial_store", self.state.switch_partial_store)
        controls.add_switch(self, "/ending", self.state.switch_ending)

    def forget(self) -> None:
        self.state.clear()

    def presented_token(self) -> str | None:
        if request.path in ("/token", "/revoke"):
            return request.form.get("refresh_token") or request.form.get("token")
        return bearer_token()

    def publishing_content(self) -> Content | None:
        return self._uploads.content_of_request() if request.path == PATH else None

    # How YouTube refuses: sections 5, 6.

    def http_error(self, error: HTTPException) -> Refusal:
        return youtube_errors.refusal(error.code or 500, "notFound", error.name, "global")

    def server_error(self) -> Response:
        return youtube_errors.answer(youtube_errors.backend_error())

    def rate_limited(self, retry_after: float) -> Response:
        """Without a time: YouTube promises none."""
        return youtube_errors.answer(youtube_errors.rate_limit_exceeded())

    def quota_exhausted(self, fault: Fault) -> Response | None:
        """Variants: `project` (default), `channel`."""
        if fault.parameters.get("variant") == "channel":
            return youtube_errors.answer(youtube_errors.upload_limit_exceeded())
        return youtube_errors.answer(youtube_errors.quota_exceeded())
