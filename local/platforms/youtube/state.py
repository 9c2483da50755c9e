"""What the twin of YouTube keeps."""

from datetime import timedelta

from local.platforms import controls
from local.platforms.accounts import Account, AccountBook
from local.platforms.controls import BadControl
from local.platforms.faults import Fault
from local.platforms.posts import Post, PostBook
from local.platforms.simulation import SimulatedPlatform, bearer_token
from local.platforms.youtube import errors as youtube_errors
from local.platforms.youtube.session import Session
from local.platforms.youtube.video import REASONS, Ending, Video

SCOPE_PREFIX = "https://www.googleapis.com/auth/"


class State:
    def __init__(self, platform: SimulatedPlatform) -> None:
        self._platform = platform
        self.videos: dict[str, Video] = {}
        self.sessions: dict[str, Session] = {}
        self.partial_stores = 0
        """How many of the next chunks are only half stored."""
        self.next_ending: Ending | None = None

    def clear(self) -> None:
        self.videos.clear()
        self.sessions.clear()
        self.partial_stores = 0
        self.next_ending = None

    @property
    def accounts(self) -> AccountBook:
        return self._platform.accounts

    @property
    def posts(self) -> PostBook:
        return self._platform.posts

    @property
    def processing_time(self) -> timedelta:
        return self._platform.processing_time

    def struck_by(self) -> Fault | None:
        return self._platform.struck_by()

    def listed(self, account_id: str) -> list[Post]:
        return self._platform.listed(account_id)

    def authorized(self, *scopes: str) -> Account:
        """The channel whose token the request carries, with one of `scopes`. Raises Refusal."""
        token = self.accounts.token(bearer_token())
        account = self.accounts.get(token.account_id) if token else None
        if (
            token is None
            or account is None
            or token.kind != "access"
            or self.accounts.standing(token) != "active"
        ):
            raise youtube_errors.invalid_credentials()
        if not any(account.may(SCOPE_PREFIX + scope) for scope in scopes):
            raise youtube_errors.insufficient_permissions()
        return account

    def switch_partial_store(self) -> None:
        self.partial_stores = controls.whole_number("times")

    def switch_ending(self) -> None:
        """`{uploadStatus, reason}`: how the processing of the next video ends."""
        body = controls.json_object()
        status, reason = body.get("uploadStatus"), body.get("reason")
        if status not in REASONS or reason not in REASONS[status][1]:
            raise BadControl("uploadStatus must be failed or rejected, with one of its reasons.")
        self.next_ending = Ending(status, reason)
