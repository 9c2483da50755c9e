"""Instagram as graph.instagram.com answers: containers, posts, stories, and tokens.

Written from the notes on Instagram, login path B; section numbers in this folder are theirs.
Limits and error bodies are real. Quotas do not apply unless a fault asks for them.
"""

from flask import request

from local.platforms.controls import times
from local.platforms.faults import Fault
from local.platforms.instagram.containers import Containers, parameters
from local.platforms.instagram.reads import Reads
from local.platforms.instagram.state import State
from local.platforms.instagram.tokens import Tokens
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.platform import MetaPlatform
from local.platforms.posts import Content
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal
from shared.platforms.instagram import ABOUT

API = f"/{ABOUT.api_version}"


class Instagram(MetaPlatform):
    """The twin of graph.instagram.com."""

    name = "instagram"
    usage_kind = "instagram"

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
        self.setting("/publish_race", self.state, "publish_races", times)

    def presented_token(self) -> str | None:
        return parameters().get("access_token") or bearer_token()

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        is_publication = request.method == "POST" and request.path.endswith("/media_publish")
        container = self.state.containers.get(parameters().get("creation_id", ""))
        if token is None or not is_publication or container is None:
            return None
        return Content.of(token.account_id, container.draft.caption, container.items)

    # Refusals: sections 5 and 6.

    def rate_limited(self, retry_after: float) -> Refusal:
        message = "(#80002) There have been too many calls to this Instagram account."
        return self.throttled(meta_errors.meta_error(message, 80002), retry_after)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        if request.path.endswith("/content_publishing_limit"):
            return None  # this path reports the quota instead of failing
        return meta_errors.meta_error(
            "Application request limit reached",
            9,
            subcode=2207042,
            transient=False,
            title="Maximum number of posts reached",
            explanation="You reached maximum number of posts that is allowed.",
        )
