"""The state of the twin of YouTube."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.platforms import clock, controls, simulation
from local.platforms.accounts import Account
from local.platforms.reading import bearer_token
from local.platforms.youtube import errors as youtube_errors
from local.platforms.youtube.video import REASONS, Ending, Video

SESSION_LIFETIME = timedelta(days=7)
SCOPE_PREFIX = "https://www.googleapis.com/auth/"


@dataclass
class Session:
    """An upload that was started. `fate` is the fault that the video will suffer."""

    id: str
    account_id: str
    resource: dict[str, Any]
    total: int | None
    """None: the client has not named it yet."""
    content_type: str | None
    notifies: bool
    created_at: datetime
    fate: str | None = None
    stored: bytearray = field(default_factory=bytearray)
    video_id: str | None = None

    @property
    def is_gone(self) -> bool:
        return clock.now() >= self.created_at + SESSION_LIFETIME


class State(simulation.State):
    def clear(self) -> None:
        self.videos: dict[str, Video] = {}
        self.sessions: dict[str, Session] = {}
        self.partial_stores = 0
        """How many of the next chunks are only half stored."""
        self.next_ending: Ending | None = None
        self.without_comments: set[str] = set()
        """Ids of videos whose owner has turned off comments."""
        self.rejected: set[str] = set()
        """Ids of hidden comments that no list shows."""
        self.is_in_testing = False
        """Google has not published the app: its refresh tokens end after a week."""

    def authorized(self, *scopes: str) -> Account:
        """The channel whose token the request has, with one of `scopes`. Raises Refusal."""
        account = self.signed_in(*scopes)
        if not self.platform.accounts.is_registered(account):
            raise youtube_errors.no_channel()
        return account

    def signed_in(self, *scopes: str) -> Account:
        """As `authorized`, also for a person who has no channel. Raises Refusal."""
        grant = self.platform.accounts.grant(bearer_token(), "access")
        if grant is None:
            raise youtube_errors.invalid_credentials()
        if not any(grant.may(SCOPE_PREFIX + scope) for scope in scopes):
            raise youtube_errors.insufficient_permissions()
        return grant.account

    def switch_comments(self) -> None:
        """`{videoId, on}`: whether the owner of a video allows comments."""
        video_id = controls.fields().get("videoId")
        if video_id not in self.videos:
            raise controls.BadControl(f"There is no video {video_id}.")
        switch = (
            self.without_comments.discard if controls.boolean("on") else (self.without_comments.add)
        )
        switch(video_id)

    def switch_ending(self) -> None:
        """`{uploadStatus, reason}`: how the processing of the next video ends."""
        body = controls.fields()
        status, reason = body.get("uploadStatus"), body.get("reason")
        if status not in REASONS or reason not in REASONS[status][1]:
            raise controls.BadControl(
                "uploadStatus must be failed or rejected, with one of its reasons."
            )
        self.next_ending = Ending(status, reason)
