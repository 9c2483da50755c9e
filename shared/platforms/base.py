"""The job of publishing on a platform, and the types that it works with.

A platform's folder contains only what is particular to the platform. `Publishing.next_step`
decides, without I/O, which step comes next for a post; `take` runs that step. Exactly one step
makes the post visible, and it sends exactly one request, with `http.publish`. A step never sleeps
and never polls in a loop: it returns `Pending` and is called again.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from shared.domain.accounts import Account
from shared.domain.content import Content
from shared.domain.errors import OutcomeUnknown, Rejected
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.about import About
from shared.platforms.http import Http
from shared.platforms.job import Job
from shared.platforms.post_ids import PostIds
from shared.platforms.wire import link_of

STEP_LEASE = timedelta(seconds=90)
# Longer than the publisher's time-out (540 s, deploy.sh): no one can overtake an upload.
UPLOAD_LEASE = timedelta(minutes=10)
# An upload step sends about this much, then the next one continues: a crash costs no more.
UPLOAD_STEP_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Checkpoint:
    """The progress of a post on its platform; every field has the default of a new post.

    Each platform derives its own. It is stored in camelCase, without the fields that still have
    their defaults.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """The checkpoint that `stored` wrote. Raises pydantic's ValidationError."""
        checkpoint: Self = cls._adapter().validate_python(fields)
        return checkpoint

    def stored(self) -> dict[str, Any]:
        """The fields as JSON values."""
        fields: dict[str, Any] = self._adapter().dump_python(
            self, mode="json", by_alias=True, exclude_defaults=True
        )
        return fields

    @classmethod
    @cache
    def _adapter(cls) -> Any:
        from pydantic import TypeAdapter

        return TypeAdapter(cls)


C = TypeVar("C", bound=Checkpoint)


@dataclass(frozen=True)
class Step:
    """One mutation on a platform, or one poll, named for the method of `Publishing` that does it.

    The method takes a `Turn`, returns `Published` or `Pending`, and raises a PlatformError.
    """

    name: str
    visible: bool = False
    """It makes the post visible."""
    polls: bool = False
    """It only reads, so no attempt is recorded."""
    lease: timedelta = STEP_LEASE


@dataclass(frozen=True)
class Post:
    """The content of a post and the account that it goes to."""

    content: Content
    account: Account
    access_token: str = field(repr=False)

    @property
    def bearer(self) -> dict[str, str]:
        """The header that authorizes a request for the account."""
        return {"Authorization": f"Bearer {self.access_token}"}

    def alt_text(self, position: int) -> str | None:
        """The caller's description of the medium at `position`."""
        texts = self.content.options.get("altTexts") or ()
        return texts[position] if position < len(texts) else None


@dataclass(frozen=True)
class Turn(Generic[C]):
    """What a step or a look-up works with."""

    post: Post
    checkpoint: C
    http: Http
    first_try: datetime | None = None
    """In a look-up: when the post was first sent, which is later than the time to read from."""

    @property
    def content(self) -> Content:
        return self.post.content


@dataclass(frozen=True)
class Published:
    platform_post_id: str
    permalink: str | None = None


@dataclass(frozen=True)
class Pending:
    """Not done yet: call again after `poll_after`, with `checkpoint`."""

    checkpoint: Checkpoint
    poll_after: timedelta = timedelta(0)
    sent: bool = False
    """The platform has accepted the visible step and publishes the post by itself: it may go live
    at any moment, and only reads may follow. Without it, nothing that was sent so far is live or
    will be."""


def cannot_delete(about: About) -> str:
    """The message for a post on a platform whose API cannot delete posts."""
    name = about.display_name
    return f"{name} does not let apps delete posts. Delete the post in the {name} app."


class Publishing(Job, Generic[C]):
    """How a platform publishes posts. `publishing.py` of a platform's folder has its subclass."""

    checkpoint: type[C]
    """The type of this platform's checkpoints."""
    ids: ClassVar[PostIds]
    """What the ids of its posts look like."""
    lets_us_read: ClassVar[bool] = True
    """The platform lists the account's own posts, so that a look-up can find them."""

    @abstractmethod
    def next_step(self, content: Content, checkpoint: C) -> Step:
        """The step that comes after `checkpoint`. Makes no request."""

    def take(self, step: Step, turn: Turn[C]) -> Published | Pending:
        """Run the method that `step` names. Raises a PlatformError."""
        result: Published | Pending = getattr(self, step.name)(turn)
        if isinstance(result, Pending):
            return result
        post_id = self.ids.of(result.platform_post_id)
        if post_id is None:
            raise OutcomeUnknown(
                f"{self.about.display_name} accepted the post without returning a usable id. Soku "
                "is looking it up."
            )
        return Published(post_id, link_of(result.permalink))

    def look_up(self, turn: Turn[C], since: datetime) -> Sighting:
        """What the platform shows about this post since `since`. Raises a PlatformError.

        Posts without a usable id are left out, and then absence does not count.
        """
        seen = self.sight(turn, since)
        same = tuple(post for post in map(self._usable, seen.same) if post)
        return replace(
            seen,
            same=same,
            made=seen.made and self._usable(seen.made),
            list_was_read=seen.list_was_read and len(same) == len(seen.same),
            platform_now=turn.http.platform_now,
        )

    def _usable(self, post: SeenPost) -> SeenPost | None:
        post_id = self.ids.of(post.platform_post_id)
        link = link_of(post.permalink)
        return replace(post, platform_post_id=post_id, permalink=link) if post_id else None

    @abstractmethod
    def sight(self, turn: Turn[C], since: datetime) -> Sighting:
        """The platform's part of `look_up`."""

    def is_post_id(self, text: str) -> bool:
        """Whether `text` can be the id of a post, without asking the platform."""
        return self.ids.of(text) is not None

    def post_id_of(self, link: str) -> str | None:
        """The id of the post at `link`, without asking; None if the link has no usable one."""
        return self.ids.in_link(link)

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        """Delete a published post; one that is already gone is no error.

        Raises a PlatformError: Rejected where the API cannot delete.
        """
        raise Rejected(cannot_delete(self.about))

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        """The public address of a published post. Raises a PlatformError."""
        return None
