"""LinkedIn as its versioned API answers: posts, images, videos, comments and tokens.

Written from learn.microsoft.com/linkedin; "…" in this folder stands for its /marketing. An account
is an author: a member, whose token cannot read posts, or an organization; the organizations of a
member have the member's `person`. Limits and error bodies
are real. Quotas do not apply unless a fault asks for them.
"""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms.accounts import Account, AccountBook
from local.platforms.controls import boolean
from local.platforms.faults import Fault
from local.platforms.linkedin import errors
from local.platforms.linkedin.comments import Comments, LoggedBook, activity_of, object_of
from local.platforms.linkedin.notifications import Notifications
from local.platforms.linkedin.oauth import MEMBER_SCOPES, Login, OAuth
from local.platforms.linkedin.people import People
from local.platforms.linkedin.post_body import attached
from local.platforms.linkedin.posts import Posts
from local.platforms.linkedin.state import State, is_member
from local.platforms.linkedin.statistics import Statistics
from local.platforms.linkedin.text import read_little_text
from local.platforms.linkedin.uploads import Uploads
from local.platforms.posts import Content
from local.platforms.reading import bearer_token, json_object
from local.platforms.simulation import Refusal, SimulatedPlatform


class AuthorBook(AccountBook):
    """Accounts whose external id is the URN of an author."""

    def external_id_for(self, account_id: str) -> str:
        return f"urn:li:person:{super().external_id_for(account_id)}"

    def register(self, account: Account) -> None:
        if account.scopes is None and is_member(account):
            account.scopes = frozenset(MEMBER_SCOPES)
        super().register(account)


class Linkedin(SimulatedPlatform):
    """The twin of api.linkedin.com."""

    name = "linkedin"
    account_book = AuthorBook
    comment_book = LoggedBook
    state_type = State
    state: State
    comments: LoggedBook

    def routes(self) -> None:
        posts, uploads = Posts(self.state), Uploads(self.state)
        login, oauth, people = Login(self.state), OAuth(self.state), People(self.state)
        self.route("GET", "/oauth/v2/authorization", login.show)
        self.route("POST", "/oauth/v2/authorization", login.decide)
        self.route("POST", "/oauth/v2/accessToken", oauth.token)
        self.route("POST", "/oauth/v2/revoke", oauth.revoke)
        self.route("POST", "/rest/posts", posts.create)
        self.route("GET", "/rest/posts", posts.find)
        self.route("GET", "/rest/posts/<urn>", posts.get)
        self.route("DELETE", "/rest/posts/<urn>", posts.delete)
        self.route("POST", "/rest/images", uploads.images)
        self.route("GET", "/rest/images/<urn>", uploads.status)
        self.route("POST", "/rest/videos", uploads.videos)
        self.route("GET", "/rest/videos/<urn>", uploads.status)
        # On www.linkedin.com in reality.
        self.route("PUT", "/dms-uploads/<urn>/image", uploads.put_image)
        self.route("PUT", "/dms-uploads/<urn>/part/<int:number>", uploads.put_part)
        self.route("GET", "/v2/userinfo", people.user_info)
        self.route("GET", "/v2/me", people.me)
        self.route("GET", "/rest/me", people.me)
        self.route("GET", "/rest/organizationAcls", people.acls)
        self.route("GET", "/rest/organizations/<number>", people.organization)
        statistics = Statistics(self.state)
        self.route("GET", "/rest/organizationalEntityShareStatistics", statistics.of_posts)
        self.route("GET", "/rest/videoAnalytics", statistics.of_video)
        self.route("GET", "/rest/networkSizes/<urn>", statistics.of_followers)
        comments, notifications = Comments(self.state), Notifications(self.state)
        of_urn = "/rest/socialActions/<urn>/comments"
        self.route("GET", of_urn, comments.find)
        self.route("POST", of_urn, comments.create)
        self.route("GET", f"{of_urn}/<number>", comments.get)
        self.route("DELETE", f"{of_urn}/<number>", comments.delete)
        self.route("GET", "/rest/organizationalEntityNotifications", notifications.find)
        self.setting(
            "/bare_notifications", self.state, "notifies_without_text", lambda: boolean("on")
        )
        self.control("POST", "/roles", self.state.switch_roles)
        self.setting("/ghosts", self.state, "keeps_ghosts", lambda: boolean("keep"))
        self.setting("/member_reads", self.state, "members_read_media", lambda: boolean("allow"))

    def publishing_content(self) -> Content | None:
        if (request.method, request.path) != ("POST", "/rest/posts"):
            return None
        token = self.accounts.token(bearer_token())
        body = json_object()
        if token is None or body is None:
            return None
        shown, _ = read_little_text(str(body.get("commentary", "")))
        uploads = [self.state.uploads.get(urn) for urn in attached(body)]
        items = [upload.item for upload in uploads if upload]
        authors = {a.external_id: a.account_id for a in self.accounts.of_person(token.grant.person)}
        return Content.of(authors.get(str(body.get("author")), token.account_id), shown, items)

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        """The URN of a comment names the activity of its post. A mention is a post itself."""
        number = self.comments.new_number()
        if post_id is None and parent_id is None:
            return f"urn:li:share:{number}"
        return f"urn:li:comment:({activity_of(post_id or object_of(parent_id or ''))},{number})"

    def decorate(self, response: Response) -> None:
        if not response.is_streamed and not response.get_data():
            response.headers.pop("Content-Type", None)

    # Refusals.

    def http_error(self, error: HTTPException) -> Refusal:
        code = error.name.upper().replace(" ", "_")
        return errors.gateway(error.code or 500, code, f"No {request.method} {request.path}")

    def server_error(self) -> Refusal:
        return errors.gateway(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")

    def rate_limited(self, retry_after: float) -> Refusal:
        """No Retry-After is documented, and the reason can be missing."""
        return _throttled("Too many requests")

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """Variants: `member-day` (default), `application-day`."""
        variant = fault.parameters.get("variant", "member-day")
        whose = "APPLICATION DAY" if variant == "application-day" else "MEMBER DAY"
        return _throttled(
            f"Resource level throttle {whose} limit for calls to this resource is reached."
        )


def _throttled(message: str) -> Refusal:
    return errors.gateway(429, "TOO_MANY_REQUESTS", message, 101)
