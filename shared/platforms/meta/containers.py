"""Publishing with containers, as Instagram and Threads do it.

A post is a container: created from public URLs, processed by the platform, polled, then
published. The items of a carousel are containers of their own. A container is published once;
while its status is FINISHED it is not live, and the same one can be published again.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from shared.domain.content import Content
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
)
from shared.domain.media import MediaKind
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.http import Answer, Http
from shared.platforms.meta.checkpoint import Checkpoint
from shared.platforms.meta.graph import GraphPublishing, path_of
from shared.platforms.wire import Listed, link_of, time_of, words

CREATE_ITEM = Step("create_item")
CHECK_ITEM = Step("check_item", polls=True)
CREATE = Step("create_container")
CHECK = Step("check_container", polls=True)
PUBLISH = Step("publish_container", visible=True)

# Seconds. A container that was just created may not be found at first.
MISSING_AFTER = (2, 5, 10)
MISSING = "MISSING"


class Status(NamedTuple):
    """What the platform reports about a container."""

    code: str
    """FINISHED, IN_PROGRESS, PUBLISHED, EXPIRED or ERROR; MISSING when it is not found."""
    reason: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a container cannot be used."""

    error: PlatformError
    more_tries: int = 2
    """How many other containers to try."""


class ContainerPublishing(GraphPublishing[Checkpoint]):
    """The steps from content to a published container."""

    checkpoint = Checkpoint
    create_edge: ClassVar[str]
    publish_edge: ClassVar[str]
    status_fields: ClassVar[tuple[str, str]]
    """Names of the status of a container and of the reason for it."""
    image_polls: ClassVar[Sequence[int]]
    """Seconds before each next poll of a container; `video_polls` if it has a video."""
    video_polls: ClassVar[Sequence[int]]
    race_after: ClassVar[Sequence[int]]
    """Seconds before each next try to publish a container that was not ready."""

    @abstractmethod
    def user(self, post: Post) -> str:
        """The account, as it is named in the path of an edge."""

    @abstractmethod
    def container_fields(self, turn: Turn[Checkpoint]) -> Mapping[str, str]:
        """The fields of the container that is published."""

    @abstractmethod
    def item_fields(self, post: Post, position: int) -> Mapping[str, str]:
        """The fields of the container of one item of a carousel."""

    @abstractmethod
    def failure_of(self, reason: str) -> Failure:
        """What the reason of the status ERROR means."""

    @abstractmethod
    def refusal_of(self, error: MediaRejected) -> Failure:
        """What it means that a container was refused."""

    @abstractmethod
    def is_not_ready(self, answer: Answer) -> bool:
        """Whether publishing was refused because the container is not ready yet."""

    @abstractmethod
    def listed_posts(self, turn: Turn[Checkpoint], since: datetime) -> Listed:
        """The account's posts since `since`. Raises a PlatformError."""

    @abstractmethod
    def same_posts(
        self, listed: Sequence[Mapping[str, Any]], content: Content, *, is_live: bool
    ) -> Sequence[Mapping[str, Any]]:
        """The listed posts that could be this one.

        `is_live`: the platform reports that the container is published.
        """

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        if checkpoint.container is not None:
            return PUBLISH if checkpoint.finished else CHECK
        if len(content.media) > 1:
            if _missing_item(content, checkpoint) is not None:
                return CREATE_ITEM
            if checkpoint.ready < len(content.media):
                return CHECK_ITEM
        return CREATE

    def create_item(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint = turn.checkpoint
        position = _missing_item(turn.content, checkpoint) or 0
        try:
            container = self._create(turn, self.item_fields(turn.post, position))
        except MediaRejected as error:
            return try_again(checkpoint, self.refusal_of(error))
        items = (*checkpoint.items[:position], container, *checkpoint.items[position + 1 :])
        return Pending(replace(checkpoint, items=items, polls=0, misses=0))

    def create_container(self, turn: Turn[Checkpoint]) -> Pending:
        try:
            container = self._create(turn, self.container_fields(turn))
        except MediaRejected as error:
            return try_again(_start_of(turn.checkpoint), self.refusal_of(error))
        return Pending(replace(turn.checkpoint, container=container, polls=0, misses=0))

    def _create(self, turn: Turn[Checkpoint], fields: Mapping[str, str]) -> str:
        path = path_of(self.about, self.user(turn.post), self.create_edge)
        answer = turn.http.prepare("POST", path, data=fields, **self.authorized(turn.post))
        container = words(self.created(answer).get("id"))
        if not container:
            name = self.about.display_name
            raise PlatformUnavailable(f"{name} created a container without returning its id.")
        return container

    def created(self, answer: Answer) -> dict[str, Any]:
        """As `accepted`, for the creation of a container."""
        return self.accepted(answer)

    def check_item(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint, ready = turn.checkpoint, turn.checkpoint.ready
        status = self._status(turn, checkpoint.items[ready])
        match status.code:
            case "FINISHED":
                return Pending(replace(checkpoint, ready=ready + 1, polls=0, misses=0))
            case "ERROR":
                items = (*checkpoint.items[:ready], None, *checkpoint.items[ready + 1 :])
                return try_again(replace(checkpoint, items=items), self.failure_of(status.reason))
        is_video = turn.content.media[ready].kind is MediaKind.VIDEO
        return self._poll_again(status, checkpoint, is_video=is_video)

    def check_container(self, turn: Turn[Checkpoint]) -> Pending:
        checkpoint, name = turn.checkpoint, self.about.display_name
        status = self._status(turn, checkpoint.container)
        match status.code:
            case "FINISHED" if checkpoint.races > len(self.race_after):
                return start_over(checkpoint, f"{name} does not find the post that it prepared.")
            case "FINISHED":
                return Pending(replace(checkpoint, finished=True))
            case "PUBLISHED":
                raise OutcomeUnknown(
                    f"{name} reports that the post is live without returning its id. Soku is "
                    "looking it up."
                )
            case "ERROR":
                # The status does not name the item that failed, so a carousel starts again.
                return try_again(_start_of(checkpoint), self.failure_of(status.reason))
        return self._poll_again(status, checkpoint, is_video=bool(turn.content.videos))

    def _poll_again(self, status: Status, checkpoint: Checkpoint, *, is_video: bool) -> Pending:
        name = self.about.display_name
        if status.code == "EXPIRED":
            return start_over(checkpoint, f"The post's container on {name} has expired.")
        waits = self.video_polls if is_video else self.image_polls
        if status.code == MISSING and checkpoint.misses < len(MISSING_AFTER):
            wait = MISSING_AFTER[checkpoint.misses]
            return Pending(replace(checkpoint, misses=checkpoint.misses + 1), _seconds(wait))
        if status.code != MISSING and checkpoint.polls < len(waits):
            wait = waits[checkpoint.polls]
            return Pending(replace(checkpoint, polls=checkpoint.polls + 1), _seconds(wait))
        if checkpoint.races:
            # It was sent once and refused as not ready; without a status nothing proves that.
            raise OutcomeUnknown(
                f"{name} does not report whether it published the post. It may or may not be live; "
                "Soku is looking it up."
            )
        return start_over(checkpoint, f"{name} did not finish preparing the post.")

    def publish_container(self, turn: Turn[Checkpoint]) -> Published | Pending:
        answer = turn.http.publish(
            "POST",
            path_of(self.about, self.user(turn.post), self.publish_edge),
            data={"creation_id": turn.checkpoint.container},
            **self.authorized(turn.post),
        )
        if self.is_not_ready(answer):
            return self._after_race(turn.checkpoint)
        return Published(words(self.published(answer).get("id")))

    def _after_race(self, checkpoint: Checkpoint) -> Pending:
        """Read the status again, and publish the same container if it is still not live."""
        wait = self.race_after[min(checkpoint.races, len(self.race_after) - 1)]
        again = replace(_unpublished(checkpoint), races=checkpoint.races + 1)
        return Pending(again, _seconds(wait))

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        status = self._status(turn, turn.checkpoint.container).code
        listed = self.listed_posts(turn, since)
        same = tuple(
            SeenPost(words(post.get("id")), at, post.get("permalink"))
            for post in self.same_posts(listed.entries, turn.content, is_live=status == "PUBLISHED")
            if (at := made_at(post))
        )
        match status:
            case "PUBLISHED":
                return Sighting(same=same, handle=Handle.PUBLISHED)
            case "FINISHED":
                again = replace(_unpublished(turn.checkpoint), races=0)
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint=again)
            case "EXPIRED" | "ERROR":
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint=Checkpoint())
        return Sighting(same=same)

    def _status(self, turn: Turn[Checkpoint], container: str | None) -> Status:
        if container is None:
            raise ValueError("this step follows the creation of a container")
        answer = self.read(turn.post, container, ",".join(self.status_fields), turn.http)
        if self.is_missing(answer):
            return Status(MISSING)
        fields = self.shown(answer)
        code, reason = (words(fields.get(name)) for name in self.status_fields)
        return Status(code, reason)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        answer = self.read(post, platform_post_id, "id,permalink", http)
        return link_of(self.shown(answer).get("permalink"))


def made_at(post: Mapping[str, Any]) -> datetime | None:
    """When a listed post was published."""
    return time_of(post.get("timestamp"))


def try_again(checkpoint: Checkpoint, failure: Failure) -> Pending:
    """Create the container that `checkpoint` lacks, unless too many have failed."""
    failures = checkpoint.failures + 1
    if failures > failure.more_tries:
        raise failure.error
    return Pending(replace(checkpoint, failures=failures), _seconds(10 * failures))


def start_over(checkpoint: Checkpoint, message: str) -> Pending:
    """Nothing was published from these containers: create all of them again."""
    return try_again(_start_of(checkpoint), Failure(PlatformUnavailable(message)))


def _start_of(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint(failures=checkpoint.failures)


def _unpublished(checkpoint: Checkpoint) -> Checkpoint:
    """The same container, to be polled before it is published."""
    return replace(checkpoint, finished=False, polls=0, misses=0)


def _missing_item(content: Content, checkpoint: Checkpoint) -> int | None:
    """The first position of a carousel without a container; None when all have one."""
    if None in checkpoint.items:
        return checkpoint.items.index(None)
    count = len(checkpoint.items)
    return count if count < len(content.media) else None


def _seconds(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)
