"""The state of the twin of Facebook: photos, videos, posts that go live later, and people.

`POST /_sim/proof {"require": true}` refuses requests without `appsecret_proof`. A proof that is
sent must always be right, if the app of the token is registered.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account, Grant, Token
from local.platforms.controls import BadControl, fields
from local.platforms.media import Medium
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.meta.state import State as MetaState
from local.platforms.posts import Post, PostBook
from local.platforms.simulation import Refusal

SCOPES = (
    "public_profile",
    "email",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "read_insights",
    "business_management",
)
TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")
# Scope -> what the user must be allowed to do on the Page as well.
_NEEDED_TASKS = {"pages_manage_posts": "CREATE_CONTENT", "pages_manage_engagement": "MODERATE"}


@dataclass
class Photo:
    """An uploaded photo. `used`: a post shows it."""

    id: str
    account_id: str
    created_at: datetime
    medium: Medium
    alt_text: str | None = None
    used: bool = False


@dataclass
class Video:
    """One upload and its processing. On the videos edge `session` and `size` are known from the
    start; on the others `size` comes with the first bytes."""

    id: str
    account_id: str
    edge: str
    session: str | None = None
    size: int | None = None
    data: bytearray = field(default_factory=bytearray)
    outcome: str = "ready"
    """ready, stuck or failed."""
    finished_at: datetime | None = None
    post: Post | None = None

    @property
    def is_whole(self) -> bool:
        """All bytes have arrived."""
        return self.size is not None and len(self.data) == self.size

    @property
    def is_live(self) -> bool:
        """A post shows it."""
        return self.post is not None and self.post.visible_at <= clock.now()


class TimedPosts(PostBook):
    """Posts, some of which go live later without a request."""

    def get(self, post_id: str) -> Post | None:
        post = super().get(post_id)
        return post if post is not None and post.visible_at <= clock.now() else None

    def all(self, account_id: str | None = None) -> list[Post]:
        return [post for post in super().all(account_id) if post.visible_at <= clock.now()]


class State(MetaState):
    first_id = 122_093_454_026_000_001

    def clear(self) -> None:
        self.photos: dict[str, Photo] = {}
        self.videos: dict[str, Video] = {}
        self.tasks: dict[str, tuple[str, ...]] = {}
        """What the person may do on a Page, by Soku's id of the Page; all by default."""
        self.declined: dict[tuple[str, str | None], frozenset[str]] = {}
        """What a person declined in the latest login, by person and app."""
        self.page_tokens: dict[tuple[str, str], str] = {}
        """The token of a Page, by the user's token and Soku's id of the Page."""
        self.requires_proof = False

    def is_reel(self, post: Post) -> bool:
        """Whether a post shows a reel."""
        reels = (video for video in self.videos.values() if video.edge == "video_reels")
        return any(video.post is post for video in reels)

    def user(self, person: str) -> Account:
        """Who logs in: the user, who is none of the Pages."""
        external_id = self.platform.accounts.external_id_for(f"user:{person}")
        return Account(f"user:{person}", external_id, person, "", person=person)

    def tasks_on(self, page: Account) -> tuple[str, ...]:
        """What the person of a Page may do on it."""
        return self.tasks.get(page.account_id, TASKS)

    def set_tasks(self) -> None:
        """`POST /_sim/tasks`. Raises BadControl."""
        body = fields()
        tasks, account_id = body.get("tasks"), body.get("accountId")
        is_known = isinstance(account_id, str) and self.platform.accounts.get(account_id)
        if not is_known or not isinstance(tasks, list) or not set(tasks) <= set(TASKS):
            raise BadControl(f"Give the accountId of a Page, and tasks from {', '.join(TASKS)}.")
        self.tasks[str(account_id)] = tuple(tasks)

    def token(self) -> Token:
        token = super().token()
        self._check_proof(token)
        return token

    def user_token(self, user_id: str) -> Token:
        """The token of the user in the path, by its id or as `me`. Raises Refusal."""
        token = self.token()
        ids = ("me", self.user(token.grant.person).external_id)
        if token.kind == "access" or user_id not in ids:
            raise meta_errors.no_such_object(request.method, user_id)
        return token

    def authorized(self, page_id: str | None = None, *scopes: str) -> Account:
        """The Page whose token the request has. Raises Refusal."""
        token = self.token()
        account = token.account
        if token.kind != "access":
            message = "A Page access token is required to request this resource."
            raise meta_errors.meta_error(message, 190, subcode=2069032)
        if page_id not in (None, "me", account.external_id):
            raise meta_errors.no_such_object(request.method, page_id)
        for scope in scopes:
            if not token.grant.may(scope):
                message = f"(#200) The permission(s) {scope} are not available."
                raise meta_errors.meta_error(message, 200, status=403)
            task = _NEEDED_TASKS.get(scope)
            if task is not None and task not in self.tasks_on(account):
                message = "(#200) The user must be an admin with sufficient permission."
                raise meta_errors.meta_error(message, 200, status=403)
        return account

    def _check_proof(self, token: Token) -> None:
        proof = parameters().get("appsecret_proof")
        if proof is None and self.requires_proof:
            message = "API calls from the server require an appsecret_proof argument"
            raise meta_errors.meta_error(message, 100, kind="GraphMethodException")
        secret = self.platform.clients.secret_of(token.grant.client_id or "")
        if proof is None or secret is None:
            return
        expected = hmac.new(secret.encode(), token.value.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(proof.encode(), expected.encode()):
            message = "Invalid appsecret_proof provided in the API argument"
            raise meta_errors.meta_error(message, 100, kind="GraphMethodException")

    def uploader(self) -> Account:
        """As `authorized`, on the host for bytes, which accepts only the scheme OAuth."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        grant = self.platform.accounts.grant(value, "access") if scheme == "OAuth" else None
        if grant is None:
            raise upload_error("Authentication failed", "NotAuthorizedError", status=401)
        return grant.account


def scopes_of(grant: Grant) -> frozenset[str]:
    """What was granted, without the None that stands for all."""
    return frozenset(SCOPES) if grant.scopes is None else grant.scopes


def upload_error(
    message: str,
    kind: str = "ParameterValidationError",
    *,
    status: int = 400,
    retriable: bool = False,
) -> Refusal:
    """A refusal of rupload.facebook.com."""
    info = {"retriable": retriable, "type": kind, "message": message}
    return Refusal(status, {"debug_info": info})
