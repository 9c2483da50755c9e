"""The state of the twin of LinkedIn, and the account that a request acts for."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from local.platforms import clock, controls, simulation
from local.platforms.accounts import Account, Grant
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import check_version
from local.platforms.posts import MediaItem
from local.platforms.reading import bearer_token

PART_BYTES = 4 * 1024 * 1024
POSTING_ROLES = {
    "ADMINISTRATOR",
    "CONTENT_ADMIN",
    "CONTENT_ADMINISTRATOR",
    "DIRECT_SPONSORED_CONTENT_POSTER",
}

COMMENTING_ROLES = {"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "RECRUITING_POSTER"}


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
        self.notifies_without_text = False
        """Notifications name a comment and a post without showing them; clients report both."""
        self._roles: dict[str, tuple[str, ...]] = {}

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

    def versioned(self) -> Grant:
        """As `granted`, for a request to the versioned API. Raises Refusal."""
        check_version()
        return self.granted()

    def writer(self, grant: Grant, author: object) -> Account:
        """The author with a URN, for whom the token can write; None: the one that it is of.

        Raises Refusal.
        """
        accounts = [grant.account] if author is None else self.accounts_of(grant)
        account = next((a for a in accounts if author in (None, a.external_id)), None)
        if account is None:
            raise errors.access_denied("partnerApiPostsExternal.CREATE")
        self.check_writable(account, grant)
        return account

    def check_writable(self, account: Account, grant: Grant) -> None:
        """Refuse an author for whom the token cannot write. Raises Refusal."""
        scope = "w_member_social" if is_member(account) else "w_organization_social"
        may_post = is_member(account) or POSTING_ROLES & set(self.roles_on(account))
        if not grant.may(scope) or not may_post:
            raise errors.access_denied("partnerApiPostsExternal.CREATE")

    def media_reader(self, resource: str) -> Grant:
        """What can read the status of media. Raises Refusal."""
        return self.versioned() if self.members_read_media else self.reader(resource)

    def reader(self, resource: str) -> Grant:
        """What can read for organizations. For members, that scope is closed. Raises Refusal."""
        grant = self.versioned()
        if not grant.may("r_organization_social"):
            raise errors.access_denied(resource)
        return grant

    def accounts_of(self, grant: Grant) -> list[Account]:
        """The authors that the token's person is or has a role on."""
        return self.platform.accounts.of_person(grant.person)

    def organization(self, urn: str, grant: Grant, resource: str) -> Account:
        """The organization with a URN, which the token must reach. Raises Refusal."""
        named = [each for each in self.platform.accounts.all() if each.external_id == urn]
        if not named or is_member(named[0]):
            raise errors.bad_input("INVALID_URN_TYPE", urn, 400)
        for account in named:
            if self.reaches(grant, account.account_id):
                return account
        raise errors.access_denied(resource)

    def reaches(self, grant: Grant, account_id: str) -> bool:
        """Whether the token acts for an account."""
        return any(account.account_id == account_id for account in self.accounts_of(grant))

    def roles_on(self, organization: Account) -> tuple[str, ...]:
        """The roles of its person on an organization."""
        return self._roles.get(organization.account_id, ("ADMINISTRATOR",))

    def switch_roles(self) -> None:
        """`POST /_sim/roles` `{accountId, roles}`: the roles of its person on an organization."""
        body = controls.fields()
        roles = body.get("roles")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise controls.BadControl("roles must be a list of strings.")
        self._roles[str(body.get("accountId"))] = tuple(roles)


def is_member(account: Account) -> bool:
    """Whether it is a member, and not an organization."""
    return account.external_id.startswith("urn:li:person:")
