"""Instagram as graph.instagram.com answers: containers, posts, stories, and tokens.

Written from developers.facebook.com/docs/instagram-platform, for the API with Instagram Login.
Limits and error bodies are real. Quotas do not apply unless a fault asks for them.
"""

from flask import request

from local.platforms.instagram.containers import Containers
from local.platforms.instagram.reads import Reads
from local.platforms.instagram.state import State
from local.platforms.instagram.tokens import Tokens
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import ContainerPlatform
from local.platforms.posts import Content
from local.platforms.simulation import Refusal
from shared.platforms.instagram import ABOUT

API = f"/{ABOUT.api_version}"


class Instagram(ContainerPlatform):
    """The twin of graph.instagram.com."""

    name = "instagram"
    usage_kind = "instagram"
    api = API
    state_type = State
    state: State

    def routes(self) -> None:
        containers, reads = Containers(self.state), Reads(self.state)
        self.route("GET", "/refresh_access_token", Tokens(self.state).refresh)
        self.route("POST", f"{API}/<user_id>/media", containers.create)
        self.route("POST", f"{API}/<user_id>/media_publish", containers.publish)
        self.route("GET", f"{API}/me", reads.profile)
        self.route("GET", f"{API}/<node_id>", reads.node)
        self.route("GET", f"{API}/<user_id>/media", reads.media)
        self.route("GET", f"{API}/<user_id>/stories", reads.stories)
        self.route("GET", f"{API}/<user_id>/content_publishing_limit", reads.publishing_limit)

    def publishing_content(self) -> Content | None:
        is_publication = request.method == "POST" and request.path.endswith("/media_publish")
        return self.container_content() if is_publication else None

    def rate_limited(self, retry_after: float) -> Refusal:
        message = "(#80002) There have been too many calls to this Instagram account."
        return self.throttled(meta_errors.meta_error(message, 80002), retry_after)
