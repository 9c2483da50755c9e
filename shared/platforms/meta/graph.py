"""Requests to Meta's Graph APIs: the version in every path, the token in the query."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from shared.domain.errors import PlatformUnavailable
from shared.platforms import base
from shared.platforms.about import About
from shared.platforms.base import Post
from shared.platforms.http import Answer, Http

C = TypeVar("C", bound=base.Checkpoint)


def path_of(about: About, *segments: str) -> str:
    """A path below the version of the platform's API."""
    return "/".join(("", about.api_version, *segments))


def token_of(post: Post) -> dict[str, str]:
    """The query that authorizes a request for the account."""
    return {"access_token": post.access_token}


class GraphPublishing(base.Publishing[C]):
    """Publishing with a Graph API."""

    @abstractmethod
    def is_missing(self, answer: Answer) -> bool:
        """Whether the API refused because the object is gone, or is hidden from the token."""

    def read(self, post: Post, object_id: str, fields: str, http: Http) -> Answer:
        """The `fields` of one object."""
        query = {"fields": fields, **token_of(post)}
        return http.read(path_of(self.about, object_id), params=query)

    def pages(
        self, post: Post, path: str, fields: str, since: datetime, http: Http
    ) -> Iterator[list[dict[str, Any]]]:
        """The entries of a list since `since`, page by page. Raises a PlatformError."""
        query = {
            "fields": fields,
            "limit": "25",
            "since": str(int(since.timestamp())),
            **token_of(post),
        }
        while True:
            page = self.accepted(http.read(path, params=query))
            entries = page.get("data") or []
            yield entries
            paging = page.get("paging") or {}
            if not entries or not paging.get("next"):
                return
            query["after"] = paging["cursors"]["after"]

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        path = path_of(self.about, platform_post_id)
        answer = http.prepare("DELETE", path, params=token_of(post))
        # A missing permission gets the same answer as a post that is gone. If the post cannot be
        # read either, it is gone.
        if self.is_missing(answer) and self.is_missing(
            self.read(post, platform_post_id, "id", http)
        ):
            return
        if not self.accepted(answer).get("success"):
            name = self.about.display_name
            raise PlatformUnavailable(f"{name} did not confirm that it deleted the post.")
