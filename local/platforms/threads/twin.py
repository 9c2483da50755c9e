"""Threads as graph.threads.net answers: posts, their containers, replies, and tokens.

Written from developers.facebook.com/docs/threads. Limits and error
bodies are real. Quotas do not apply unless a fault asks for them.
"""

from flask import request

from local.platforms.meta import errors as meta_errors
from local.platforms.meta.containers import ContainerPlatform
from local.platforms.meta.parameters import parameters
from local.platforms.posts import Content
from local.platforms.simulation import Refusal
from local.platforms.threads.comments import CommentEndpoints
from local.platforms.threads.containers import Containers, publishes_at_once
from local.platforms.threads.insights import Insights
from local.platforms.threads.login import Login, Tokens
from local.platforms.threads.reads import Reads
from local.platforms.threads.state import State
from shared.platforms.threads import ABOUT

API = f"/{ABOUT.api_version}"


class Threads(ContainerPlatform):
    """The twin of graph.threads.net."""

    name = "threads"
    usage_kind = "threads"
    api = API
    state_type = State
    state: State

    def routes(self) -> None:
        login, tokens = Login(self.state), Tokens(self.state)
        containers, reads = Containers(self.state), Reads(self.state)
        # On threads.com or threads.net in reality.
        self.route("GET", "/oauth/authorize", login.show)
        self.route("POST", "/oauth/authorize", login.decide)
        self.route("POST", "/oauth/access_token", tokens.redeem)
        self.route("GET", "/access_token", tokens.exchange)
        self.route("GET", "/refresh_access_token", tokens.refresh)
        self.route("GET", f"{API}/debug_token", tokens.debug)
        self.route("POST", f"{API}/<user_id>/threads", containers.create)
        self.route("POST", f"{API}/<user_id>/threads_publish", containers.publish)
        self.route("DELETE", f"{API}/<post_id>", containers.delete)
        self.route("GET", f"{API}/me", reads.profile)
        self.route("GET", f"{API}/<user_id>/threads", reads.own_posts)
        self.route("GET", f"{API}/<user_id>/threads_publishing_limit", reads.publishing_limit)
        self.route("GET", f"{API}/<node_id>", reads.node)
        comments = CommentEndpoints(self.state)
        self.route("GET", f"{API}/<post_id>/conversation", comments.conversation)
        self.route("GET", f"{API}/<node_id>/replies", comments.replies)
        self.route("GET", f"{API}/<user_id>/mentions", comments.mentions)
        self.route("POST", f"{API}/<reply_id>/manage_reply", comments.manage)
        insights = Insights(self.state)
        self.route("GET", f"{API}/<post_id>/insights", insights.of_post)
        self.route("GET", f"{API}/<user_id>/threads_insights", insights.of_profile)

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        return self.state.next_id()

    def scoped_id(self, person: str) -> str | None:
        account = self.accounts.get(person)
        return account.external_id if account else None

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        match request.method, request.path.rpartition("/")[2]:
            case "POST", "threads_publish":
                return self.container_content()
            case "POST", "threads" if token is not None and publishes_at_once():
                return Content(token.account_id, parameters().get("text", ""))
        return None

    def rate_limited(self, retry_after: float) -> Refusal:
        message = "(#4) Application request limit reached"
        return self.throttled(meta_errors.meta_error(message, 4, transient=True), retry_after)
