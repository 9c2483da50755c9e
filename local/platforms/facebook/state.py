"""The state of the twin of Facebook: photos, videos, and the posts that go live later."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.media import Medium
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.state import State as MetaState
from local.platforms.posts import Post, PostBook
from local.platforms.simulation import Refusal


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
        return account

    def uploader(self) -> Account:
        """As `authorized`, on the host for bytes, which accepts only the scheme OAuth."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        grant = self.platform.accounts.grant(value, "access") if scheme == "OAuth" else None
        if grant is None:
            raise upload_error("Authentication failed", "NotAuthorizedError", status=401)
        return grant.account


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
