"""What was asked for, and what was ever visible: the two sides that must agree in the end."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import flask
import pytest

from local.platforms.posts import Content, Post
from local.platforms.simulation import SimulatedPlatform
from shared import clock

Place = tuple[str, str]
"""Platform and account id: with these a target is named before it has a run."""
# Where a run may hold the id of an upload, because the post's own is not told.
NAMELESS = ("snapchat", "tiktok")


@dataclass(frozen=True)
class Shown:
    """A post that became visible, by a platform's own book."""

    platform: str
    post: Post
    at: datetime
    """By our clock."""

    @property
    def wanted(self) -> tuple[str, Content]:
        return self.platform, self.post.content


@dataclass
class Asked:
    """One accepted post: what each target may make visible, edits included."""

    name: str
    post_id: str
    body: dict[str, Any]
    wanted: dict[Place, set[Content]]
    settles: set[Place] = field(default_factory=set)
    """The targets of which a look-up finds out what became of a lost request."""
    not_before: datetime | None = None
    """The scheduled time, unless the user published the post earlier."""
    said_absent: dict[Place, datetime] = field(default_factory=dict)
    """When the user reported that the target's post is not on the platform."""
    taken_down: bool = False
    """Deletion from the platforms was requested."""
    last: Mapping[Place, str] | None = None
    """The status of each target when the post was deleted from the history."""


class Ledger:
    """Both sides, filled while a world lives."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.shown: list[Shown] = []

    @contextmanager
    def watching(self, platforms: Mapping[str, SimulatedPlatform]) -> Iterator[None]:
        """Note every post that becomes visible on `platforms`."""
        with pytest.MonkeyPatch.context() as patch:
            for platform in platforms.values():
                patch.setattr(platform.posts, "add", self._noting(platform, platform.posts.add))
                patch.setattr(platform.posts, "remove", self._removing(platform.posts.remove))
            yield

    def _noting(
        self, platform: SimulatedPlatform, add: Callable[[Post], None]
    ) -> Callable[[Post], None]:
        def noting(post: Post) -> None:
            by_our_clock = post.visible_at - platform.clock_skew
            self.shown.append(Shown(platform.name, post, by_our_clock))
            add(post)

        return noting

    def _removing(self, remove: Callable[[str], None]) -> Callable[[str], None]:
        def removing(post_id: str) -> None:
            # A post was never visible if the platform still held it back, or rejected it itself.
            is_asked = flask.has_request_context() and flask.request.method == "DELETE"
            until = clock.now() if is_asked else datetime.min.replace(tzinfo=UTC)
            self.shown = [s for s in self.shown if s.post.id != post_id or s.at <= until]
            remove(post_id)

        return removing
