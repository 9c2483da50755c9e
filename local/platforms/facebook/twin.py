"""Facebook Pages as graph.facebook.com answers: posts, photos, videos, reels and stories.

Written from developers.facebook.com/docs/pages-api and …/docs/video-api. Limits and error
bodies are real. Quotas do not apply unless a fault asks for them.
"""

import re
from functools import partial
from typing import Any

from flask import request

from local.platforms.controls import boolean
from local.platforms.facebook.comments import Comments
from local.platforms.facebook.insights import Insights
from local.platforms.facebook.login import Login, Tokens
from local.platforms.facebook.people import People
from local.platforms.facebook.posts import Posts
from local.platforms.facebook.reads import Reads
from local.platforms.facebook.state import State, TimedPosts
from local.platforms.facebook.videos import EDGES, Videos
from local.platforms.faults import Fault
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.platform import MetaPlatform
from local.platforms.posts import Content
from local.platforms.simulation import Refusal
from shared.platforms.facebook import ABOUT

API = f"/{ABOUT.api_version}"
_PAGE_PATH = re.compile(rf"{re.escape(API)}/(\d+|me)/(\w+)$")


class Facebook(MetaPlatform):
    """The twin of graph.facebook.com and, for the bytes of videos, rupload.facebook.com."""

    name = "facebook"
    usage_kind = "pages"
    api = API
    without_version = ()
    post_book = TimedPosts
    state_type = State
    state: State

    def routes(self) -> None:
        login, tokens, people = Login(self.state), Tokens(self.state), People(self.state)
        posts, videos, reads = Posts(self.state), Videos(self.state), Reads(self.state)
        comments = Comments(self.state)
        self._posts, self._videos, self._comments = posts, videos, comments
        # On www.facebook.com in reality.
        self.route("GET", f"{API}/dialog/oauth", login.show)
        self.route("POST", f"{API}/dialog/oauth", login.decide)
        for method in ("GET", "POST"):
            self.route(method, f"{API}/oauth/access_token", tokens.token)
        self.route("GET", f"{API}/debug_token", tokens.debug)
        self.route("GET", f"{API}/<user_id>/accounts", people.pages)
        self.route("GET", f"{API}/<user_id>/permissions", people.permissions)
        self.route("DELETE", f"{API}/<user_id>/permissions", people.remove_app)
        self.control("POST", "/tasks", self.state.set_tasks)
        self.setting("/proof", self.state, "requires_proof", lambda: boolean("require"))
        self.route("POST", f"{API}/<page_id>/feed", posts.create_post)
        self.route("POST", f"{API}/<page_id>/photos", posts.add_photo)
        self.route("POST", f"{API}/<page_id>/photo_stories", posts.create_photo_story)
        self.route("DELETE", f"{API}/<node_id>", self._delete)
        for edge in EDGES:
            self.route("POST", f"{API}/<page_id>/{edge}", partial(videos.phase, edge=edge))
        # On rupload.facebook.com in reality.
        self.route("POST", f"/video-upload{API}/<video_id>", videos.receive)
        self.route("GET", f"{API}/<node_id>/comments", comments.listing)
        self.route("POST", f"{API}/<comment_id>/comments", comments.reply)
        self.route("POST", f"{API}/<comment_id>", comments.update)
        self.route("GET", f"{API}/<page_id>/tagged", comments.tagged)
        for edge in ("feed", "published_posts"):
            self.route("GET", f"{API}/<page_id>/{edge}", reads.posts)
        self.route("GET", f"{API}/<page_id>/stories", reads.stories)
        self.route("GET", API, reads.nodes)
        self.route("GET", f"{API}/<node_id>", reads.node)
        self.route("GET", f"{API}/<post_id>/insights", Insights(self.state).insights)

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        number = self.comments.new_number()
        # A mention is a post of somebody else.
        return f"{post_id.rpartition('_')[2] if post_id else 61_000 + number}_{number}"

    def _delete(self, node_id: str) -> Any:
        account = self.state.authorized()
        is_comment = self._comments.find(node_id, account) is not None
        return self._comments.delete(node_id) if is_comment else self._posts.delete(node_id)

    def scoped_id(self, person: str) -> str | None:
        is_known = person in self.accounts.people()
        return self.state.user(person).external_id if is_known else None

    def presented_token(self) -> str | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        by_oauth = value if scheme == "OAuth" and value else None
        return super().presented_token() or by_oauth

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        path = _PAGE_PATH.match(request.path)
        if token is None or path is None or request.method != "POST":
            return None
        edge = path[2]
        if edge in EDGES:
            return self._videos.finished_content(edge)
        return self._posts.content_of(token.account_id, edge)

    # Refusals.

    def rate_limited(self, retry_after: float) -> Refusal:
        refusal = meta_errors.meta_error("(#32) Page request limit reached", 32)
        return self.throttled(refusal, retry_after)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        message = (
            "(#80001) There have been too many calls to this Page account. Wait a bit and try "
            "again."
        )
        return self.throttled(meta_errors.meta_error(message, 80001), fault.retry_after)
