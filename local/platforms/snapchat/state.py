"""The state of the twin of Snapchat, and the account that a request acts for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Response, abort

from local.platforms import clock, simulation
from local.platforms.accounts import Account, Grant
from local.platforms.media import Medium
from local.platforms.posts import Post
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal
from local.platforms.snapchat import answers

SCOPE = "snapchat-profile-api"
ACCESS_LIFETIME = timedelta(seconds=3600)  # former documents: 1800
MEDIA_LIFETIME = timedelta(hours=24)


@dataclass
class Media:
    """A container. A fault can make it `stuck` or `broken`."""

    id: str
    account_id: str
    type: str
    key: bytes
    iv: bytes
    created_at: datetime
    parts: dict[int, bytes] = field(default_factory=dict)
    medium: Medium | None = None
    """Its file; None until it is finalized."""
    ready_at: datetime | None = None
    stuck: bool = False
    broken: bool = False
    posted_at: datetime | None = None

    @property
    def expired(self) -> bool:
        return clock.now() >= self.created_at + MEDIA_LIFETIME


@dataclass
class Spotlight:
    """A spotlight and its moderation."""

    post: Post
    live_at: datetime | None
    """None: moderation never ends."""
    rejected: bool = False

    @property
    def status(self) -> str:
        if self.live_at is None or clock.now() < self.live_at:
            return "SUBMITTED"
        return "REJECTED" if self.rejected else "LIVE"


class State(simulation.State):
    def clear(self) -> None:
        self.media: dict[str, Media] = {}
        self.spotlights: dict[str, Spotlight] = {}
        self.posting_time = timedelta(0)
        self.moderation_time = timedelta(0)
        self.access_lifetime = ACCESS_LIFETIME
        self.is_allowlisted = True
        """Snap has allowed the app to call the API."""
        self.rotates = False
        self.errors_with_200 = False
        self.keeps_story_stats = False
        """A story still has statistics after its end; that is not documented."""

    def granted(self) -> Grant:
        """What was granted with the token of the request. Raises Refusal."""
        grant = self.platform.accounts.grant(bearer_token(), "access")
        if grant is None:
            # In OAuth's shape.
            description = "The access token is invalid or expired."
            raise Refusal(401, {"error": "invalid_token", "error_description": description})
        if not grant.may(SCOPE):
            raise _denied()
        if not self.is_allowlisted:
            # Without a body, unlike all other refusals.
            abort(Response("", 403))
        return grant

    def authorized(self, profile_id: str) -> Account:
        """The profile in the path, if the token's person has a role on it. Raises Refusal."""
        grant = self.granted()
        account = self.platform.accounts.with_external_id(profile_id)
        if account is None:
            raise answers.refusal(404, "Public profile not found.")
        if account.person != grant.person:
            raise _denied()
        return account


def _denied() -> Refusal:
    message = "The caller is not permitted to act for this profile."
    return answers.refusal(403, message, "AUTHORIZATION_PERMISSION_DENIED")
