"""The state of the twin of LinkedIn, and the account that a request acts for."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from local.platforms import clock, simulation
from local.platforms.accounts import Account, Grant
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import check_version
from local.platforms.posts import MediaItem
from local.platforms.reading import bearer_token

PART_BYTES = 4 * 1024 * 1024


@dataclass
class Upload:
    """An image or video that is being uploaded. Its upload URLs contain `secret`."""

    urn: str
    account_id: str
    owner: str
    created_at: datetime
    size: int | None = None
    """The announced size of a video."""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    parts: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Number and bytes of each part of a video, by its ETag."""
    item: MediaItem | None = None
    """None until all bytes are uploaded."""
    failure: str | None = None
    available_at: datetime | None = None
    """None: never."""

    @property
    def status(self) -> str:
        if self.item is None:
            return "WAITING_UPLOAD"
        if self.failure is not None:
            return "PROCESSING_FAILED"
        is_ready = self.available_at is not None and clock.now() >= self.available_at
        return "AVAILABLE" if is_ready else "PROCESSING"

    @property
    def part_count(self) -> int:
        return -(-(self.size or 0) // PART_BYTES)

    def length_of(self, number: int) -> int:
        return min(PART_BYTES, (self.size or 0) - number * PART_BYTES)


class State(simulation.State):
    def clear(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.created: dict[tuple[str, str], tuple[str, datetime]] = {}
        """URN and time of the last post, by account and hash of the body."""
        self.deleted: set[str] = set()
        self.keeps_ghosts = False
        """A deleted post still makes the same text a duplicate."""
        self.members_read_media = False
        """A member may read the status of its media; clients report both."""

    def granted(self) -> Grant:
        """What was granted with the token of the request. Raises Refusal."""
        accounts, value = self.platform.accounts, bearer_token()
        if value is None:
            raise errors.gateway(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        token = accounts.token(value)
        if token is None or token.kind != "access":
            raise errors.gateway(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        standing = accounts.standing(token)
        if standing == "expired":
            message = "The token used in the request has expired"
            raise errors.gateway(401, "EXPIRED_ACCESS_TOKEN", message, 65602)
        if standing == "revoked":
            message = "The token used in the request has been revoked by the user"
            raise errors.gateway(401, "REVOKED_ACCESS_TOKEN", message, 65601)
        return token.grant

    def token_holder(self) -> Account:
        """The account whose token the request has. Raises Refusal."""
        return self.granted().account

    def authorized(self) -> Account:
        """The account, which can use the versioned API to write. Raises Refusal."""
        check_version()
        grant = self.granted()
        scope = "w_member_social" if _is_member(grant.account) else "w_organization_social"
        if not grant.may(scope):
            raise errors.access_denied("partnerApiPostsExternal.CREATE")
        return grant.account

    def media_reader(self, resource: str) -> Account:
        """The account, which can read the status of its media. Raises Refusal."""
        if not self.members_read_media:
            return self.reader(resource)
        check_version()
        return self.token_holder()

    def reader(self, resource: str) -> Account:
        """The organization that can read. A member cannot: that scope is closed. Raises Refusal."""
        check_version()
        grant = self.granted()
        if _is_member(grant.account) or not grant.may("r_organization_social"):
            raise errors.access_denied(resource)
        return grant.account


def _is_member(account: Account) -> bool:
    return account.external_id.startswith("urn:li:person:")
