"""The container protocol of Instagram and Threads: create, process, publish once.

developers.facebook.com/docs/threads/posts and …/docs/instagram-platform/content-publishing. The
twins differ in what a container
may hold and in how they refuse.
"""

import base64
from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.controls import times
from local.platforms.faults import Fault
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.meta.platform import MetaPlatform
from local.platforms.meta.state import State
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints, Refusal

LIFETIME = timedelta(hours=24)

D = TypeVar("D")


@dataclass
class Container(Generic[D]):
    """A container, which can be published once. `draft` is what it was created from."""

    id: str
    account_id: str
    created_at: datetime
    ready_at: datetime
    draft: D
    items: tuple[MediaItem, ...] = ()
    failure: str | None = None
    """Processing ends in ERROR, for this reason."""
    stuck: bool = False
    """Processing never ends."""
    published: bool = False

    @property
    def status(self) -> str:
        """FINISHED, IN_PROGRESS, ERROR, EXPIRED or PUBLISHED."""
        if self.published:
            return "PUBLISHED"
        if self.stuck:
            return "IN_PROGRESS"
        now = clock.now()
        if now >= self.created_at + LIFETIME:
            return "EXPIRED"
        if now < self.ready_at:
            return "IN_PROGRESS"
        return "FINISHED" if self.failure is None else "ERROR"


class ContainerState(State, Generic[D]):
    """The containers of a twin."""

    def clear(self) -> None:
        self.containers: dict[str, Container[D]] = {}
        self.publish_races = 0
        """How many more publications are refused although the container is ready."""


class ContainerPlatform(MetaPlatform):
    """What the twins of Instagram and Threads share."""

    state: ContainerState[Any]

    def __init__(self) -> None:
        super().__init__()
        self.setting("/publish_race", self.state, "publish_races", times)
        # Otherwise, it would be the name of a container.
        self.route("GET", f"{self.api}/access_token", self._versioned)

    def _versioned(self) -> Any:
        raise self.state.unsupported("get")

    def container_content(self) -> Content | None:
        """What the current request makes visible, if it publishes a container."""
        token = self.accounts.token(self.presented_token())
        container = self.state.containers.get(parameters().get("creation_id", ""))
        if token is None or container is None:
            return None
        return Content.of(token.account_id, container.draft.text, container.items)

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """As documented for Instagram: Threads' documentation has no example."""
        if request.path.endswith("publishing_limit"):
            return None  # this path reports the quota instead of failing
        return meta_errors.meta_error(
            "Application request limit reached",
            9,
            subcode=2207042,
            transient=False,
            title="Maximum number of posts reached",
            explanation="You reached maximum number of posts that is allowed.",
        )


class ContainerEndpoints(Endpoints[ContainerState[D]], Generic[D]):
    """Creating and publishing containers."""

    failure_by_fault: str
    """Why a container fails when a fault asks for that."""

    @abstractmethod
    def media_of(self, account: Account, draft: D) -> tuple[tuple[MediaItem, ...], str | None]:
        """What the container shows, and why processing it will fail. Raises Refusal."""

    @abstractmethod
    def check_publishable(self, container: Container[D]) -> None:
        """Refuse what cannot be published for other reasons than its status. Raises Refusal."""

    @abstractmethod
    def missing(self, container_id: str) -> Refusal:
        """The refusal of a container that is not found."""

    @abstractmethod
    def not_ready(self, container_id: str) -> Refusal:
        """The refusal of a container that is not ready to be published."""

    @abstractmethod
    def post_of(self, account: Account, container: Container[D], post_id: str, code: str) -> Post:
        """The post that a container becomes; `code` is the short form of its id."""

    def processing_time(self, draft: D) -> timedelta:
        """How long the container is in progress."""
        return self._platform.processing_time

    def _create(self, account: Account, draft: D) -> Container[D]:
        items, failure = self.media_of(account, draft)
        if self._platform.struck("processing_failed"):
            failure = self.failure_by_fault
        now = clock.now()
        container = Container(
            id=self._state.next_id(),
            account_id=account.account_id,
            created_at=now,
            ready_at=now + self.processing_time(draft),
            draft=draft,
            items=items,
            failure=failure,
            stuck=self._platform.struck("processing_stuck"),
        )
        self._state.containers[container.id] = container
        return container

    def _publish(self, account: Account) -> dict[str, Any]:
        sent = parameters()
        meta_errors.need(sent, "creation_id")
        creation_id = sent["creation_id"]
        container = own(self._state.containers.get(creation_id), account)
        if container is None:
            raise self.missing(creation_id)
        self.check_publishable(container)
        if container.status != "FINISHED" or self._state.publish_races > 0:
            self._state.publish_races = max(self._state.publish_races - 1, 0)
            raise self.not_ready(creation_id)
        return {"id": self._make_visible(account, container).id}

    def _make_visible(self, account: Account, container: Container[D]) -> Post:
        post_id = self._state.next_id()
        post = self.post_of(account, container, post_id, short_code(post_id))
        self.show(post)
        container.published = True
        return post

    def show(self, post: Post) -> None:
        """Make the post of a container visible."""
        self._platform.posts.add(post)


def short_code(post_id: str) -> str:
    """The form of an id in links."""
    return base64.urlsafe_b64encode(int(post_id).to_bytes(8)).rstrip(b"=").decode()
