"""What makes events of accounts, scheduled posts and comments, each with what it stores."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from shared import clock
from shared.accounts.renewal import RETRY_AFTER
from shared.domain.accounts import AccountStatus
from shared.domain.webhooks import EventType
from shared.gcp.accounts import account_path
from shared.gcp.grants import path_of
from tests import extent
from tests.crash.scenario import forget_posts
from tests.functions.publishing import fault
from tests.functions.talking import FIRST
from tests.world import USER, World

MINUTE = timedelta(minutes=1)
ALWAYS = 1000
"""A fault that the platform repeats."""
WANTED = (
    EventType.ACCOUNT_RECONNECT_REQUIRED,
    EventType.ACCOUNT_EXPIRING,
    EventType.POST_AT_RISK,
    EventType.COMMENT_RECEIVED,
)


@dataclass
class Source(ABC):
    """Work that begins with a sweep. `name` is in each of its events and in no others."""

    name: str
    recovery: ClassVar[tuple[timedelta, ...]]
    """How long it takes until each of the sweeps that repair what a death has left."""
    all_events: ClassVar[tuple[EventType, ...]]
    """In the end."""

    @abstractmethod
    def begin(self, world: World) -> None:
        """Let the next sweep find work."""

    @abstractmethod
    def happened(self, world: World) -> list[EventType]:
        """The events that belong to what is stored."""

    def end(self, world: World) -> None:
        """Leave no work for later sweeps."""
        forget_posts(world)


class CheckedAccount(Source):
    """The check an hour before a post finds that the authorization of its account has ended."""

    # Until the check of the other post.
    recovery = (MINUTE, 20 * MINUTE)
    all_events = (
        EventType.ACCOUNT_RECONNECT_REQUIRED,
        EventType.POST_AT_RISK,
        EventType.POST_AT_RISK,
    )

    def begin(self, world: World) -> None:
        world.connect("x", self.name)
        fault(world, "x", "GET /2/users/me", "revoked_token", times=ALWAYS)
        self._posts = [self._post(world, 120 * MINUTE), self._post(world, 140 * MINUTE)]
        world.advance(62 * MINUTE)

    def _post(self, world: World, due_in: timedelta) -> str:
        target = {"platform": "x", "accountId": self.name}
        return world.submit("Hello", target, scheduledTime=(clock.now() + due_in).isoformat())

    def happened(self, world: World) -> list[EventType]:
        targets = [target for post in self._posts for target in world.submission(post)["targets"]]
        at_risk = [EventType.POST_AT_RISK for target in targets if target.get("risk")]
        return [*ended(world, "x", self.name), *at_risk]


class UsedAccount(Source):
    """A post finds that the authorization of its account has ended."""

    recovery = (10 * MINUTE,)
    all_events = (EventType.ACCOUNT_RECONNECT_REQUIRED,)

    def begin(self, world: World) -> None:
        world.connect("threads", self.name)
        # Before the step that makes the post visible.
        fault(world, "threads", "POST /v1.0/me/threads", "revoked_token", times=ALWAYS)
        world.submit("Hello", {"platform": "threads", "accountId": self.name})

    def happened(self, world: World) -> list[EventType]:
        return ended(world, "threads", self.name)


class RenewedAccount(Source):
    """The platform refuses to renew tokens that nobody has used for long."""

    recovery = (RETRY_AFTER + MINUTE,)
    all_events = (EventType.ACCOUNT_RECONNECT_REQUIRED,)

    def begin(self, world: World) -> None:
        world.connect("x", self.name)
        fault(world, "x", "POST /2/oauth2/token", "revoked_token", times=ALWAYS)
        wake_grant(world, "x", self.name)

    def happened(self, world: World) -> list[EventType]:
        return ended(world, "x", self.name)

    def end(self, world: World) -> None:
        grant_of(world, "x", self.name).update({"wakeAt": None})


class ExpiringAccount(Source):
    """An authorization ends in 7 days, and only its user can renew it."""

    recovery = (RETRY_AFTER + MINUTE,)
    all_events = (EventType.ACCOUNT_EXPIRING,)

    def begin(self, world: World) -> None:
        world.connect("linkedin", self.name)
        path = account_path(USER, "linkedin", self.name)
        world.parts.db.document(path).update({"endsAt": clock.now() + timedelta(days=7)})
        wake_grant(world, "linkedin", self.name)

    def happened(self, world: World) -> list[EventType]:
        is_told = grant_of(world, "linkedin", self.name).get().get("wakeAt") is None
        return [EventType.ACCOUNT_EXPIRING] if is_told else []


class CommentedPost(Source):
    """Somebody comments on a post."""

    recovery = (MINUTE, FIRST)
    all_events = (EventType.COMMENT_RECEIVED,)

    def begin(self, world: World) -> None:
        twin = world.platforms["threads"]
        if not twin.posts.all():
            world.submit("Hello", "threads")
            world.deliver_due()
        [post] = twin.posts.all()
        body = {"postId": post.id, "text": f"How much is {self.name}?"}
        written = twin.app.test_client().post("/_sim/comments", json=body)
        assert written.status_code == 201
        self._comment = next(each for each in twin.comments.all() if self.name in each.text)
        self.name = self._comment.id
        world.advance(FIRST)

    def happened(self, world: World) -> list[EventType]:
        items = world.parts.db.collection(f"users/{USER}/inbox").get()
        found = [each for each in items if each.get("commentId") == self._comment.id]
        return [EventType.COMMENT_RECEIVED for _ in found]

    def end(self, world: World) -> None:
        """The next comment is on the same post."""


SOURCES = extent.some(
    (CheckedAccount, UsedAccount, RenewedAccount, ExpiringAccount, CommentedPost),
    # Together, they make each of the events.
    quick=(CheckedAccount, ExpiringAccount, CommentedPost),
)


def ended(world: World, platform: str, account_id: str) -> list[EventType]:
    is_ended = world.account(platform, account_id).status is AccountStatus.RECONNECT_REQUIRED
    return [EventType.ACCOUNT_RECONNECT_REQUIRED] if is_ended else []


def grant_of(world: World, platform: str, account_id: str) -> Any:
    return world.parts.db.document(path_of(world.account(platform, account_id)))


def wake_grant(world: World, platform: str, account_id: str) -> None:
    grant_of(world, platform, account_id).update({"wakeAt": clock.now()})
