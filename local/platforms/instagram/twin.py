"""Instagram as graph.instagram.com answers: containers, posts, stories, and tokens.

Written from developers.facebook.com/docs/instagram-platform, for the API with Instagram Login.
Limits and error bodies are real. Quotas do not apply unless a fault asks for them.
"""

from typing import Any

from flask import request

from local.platforms.controls import boolean
from local.platforms.instagram.comments import Comments
from local.platforms.instagram.containers import Containers
from local.platforms.instagram.insights import Insights
from local.platforms.instagram.login import Login, Tokens
from local.platforms.instagram.reads import Reads
from local.platforms.instagram.state import State, scoped_id
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.containers import ContainerPlatform
from local.platforms.posts import Content
from local.platforms.simulation import Refusal
from shared.platforms.instagram import ABOUT

API = f"/{ABOUT.api_version}"
_FIRST_COMMENT = 17_858_893_269_000_000  # of the size that the documentation shows


class Instagram(ContainerPlatform):
    """The twin of graph.instagram.com."""

    name = "instagram"
    usage_kind = "instagram"
    api = API
    state_type = State
    state: State

    def routes(self) -> None:
        login, tokens = Login(self.state), Tokens(self.state)
        containers, comments = Containers(self.state), Comments(self.state)
        reads = Reads(self.state)
        self._comments, self._reads = comments, reads
        # On www.instagram.com and api.instagram.com in reality.
        self.route("GET", "/oauth/authorize", login.show)
        self.route("POST", "/oauth/authorize", login.decide)
        self.route("POST", "/oauth/access_token", tokens.redeem)
        self.route("GET", "/access_token", tokens.exchange)
        self.route("GET", "/refresh_access_token", tokens.refresh)
        self.route("POST", f"{API}/<user_id>/media", containers.create)
        self.route("POST", f"{API}/<user_id>/media_publish", containers.publish)
        self.route("GET", f"{API}/me", reads.profile)
        self.route("GET", f"{API}/<node_id>", self._node)
        self.route("GET", f"{API}/<post_id>/comments", comments.of_post)
        self.route("GET", f"{API}/<comment_id>/replies", comments.replies)
        self.route("POST", f"{API}/<comment_id>/replies", comments.reply)
        self.route("POST", f"{API}/<comment_id>", comments.update)
        self.route("DELETE", f"{API}/<comment_id>", comments.delete)
        self.route("GET", f"{API}/<user_id>/tags", comments.tags)
        self.route("GET", f"{API}/<post_id>/insights", Insights(self.state).insights)
        self.route("GET", f"{API}/<user_id>/media", reads.media)
        self.route("GET", f"{API}/<user_id>/stories", reads.stories)
        self.route("GET", f"{API}/<user_id>/content_publishing_limit", reads.publishing_limit)
        self.route("GET", f"{API}/<user_id>/permissions", reads.permissions)
        self.setting("/nested", self.state, "nests", lambda: boolean("nest"))

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        return str(_FIRST_COMMENT + self.comments.new_number())

    def _node(self, node_id: str) -> Any:
        comment = self._comments.find(node_id, self.state.authorized())
        if comment is None:
            return self._reads.node(node_id)
        return self._comments.node(comment, queries.queried_fields())

    def scoped_id(self, person: str) -> str | None:
        account = self.accounts.get(person)
        return scoped_id(account) if account else None

    def publishing_content(self) -> Content | None:
        is_publication = request.method == "POST" and request.path.endswith("/media_publish")
        return self.container_content() if is_publication else None

    def rate_limited(self, retry_after: float) -> Refusal:
        message = "(#80002) There have been too many calls to this Instagram account."
        return self.throttled(meta_errors.meta_error(message, 80002), retry_after)
