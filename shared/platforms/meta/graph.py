"""Requests to Meta's Graph APIs: the version in every path."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar
from urllib.parse import quote

from shared.domain.errors import PlatformUnavailable
from shared.platforms import base
from shared.platforms.about import About
from shared.platforms.base import Post, Turn
from shared.platforms.http import Answer, Http, Reading, Reply
from shared.platforms.wire import Listed, Page, entries_of, mapping, read_pages, words

C = TypeVar("C", bound=base.Checkpoint)

# Of 25 entries each.
MAX_PAGES = 20


def path_of(about: About, *segments: str) -> str:
    """A path below the version of the platform's API."""
    quoted = (quote(segment, safe="") for segment in segments)
    return "/".join(("", about.api_version, *quoted))


def page_of(listed: Mapping[str, Any]) -> Page:
    """A page of a list: `{data, paging: {cursors: {after}, next}}`."""
    entries, paging = entries_of(listed.get("data")), mapping(listed.get("paging"))
    after = words(mapping(paging.get("cursors")).get("after"))
    return Page(entries, after if entries and paging.get("next") and after else None)


class GraphJob(Protocol):
    """A job with a Graph API."""

    about: ClassVar[About]

    def is_missing(self, answer: Reply) -> bool:
        """Whether the API refused because the object is gone, or is hidden from the token."""

    def accepted(self, answer: Answer) -> dict[str, Any]:
        """The fields of a 2xx answer. Raises the platform's error for any other."""


def delete_object(
    job: GraphJob, object_id: str, what: str, authorized: Callable[..., dict[str, Any]], http: Http
) -> None:
    """Delete a post or a comment; one that is already gone is no error. Raises a PlatformError.

    `authorized(**query)` is the query and the headers of a request; `what` names the object in
    messages.
    """
    path = path_of(job.about, object_id)
    answer = http.prepare("DELETE", path, **authorized())
    # A missing permission gets the same answer as an object that is gone. If it cannot be read
    # either, it is gone.
    if job.is_missing(answer) and job.is_missing(http.read(path, **authorized(fields="id"))):
        return
    check_confirmed(job, answer, f"deleted {what}")


def check_confirmed(job: GraphJob, answer: Answer, done: str) -> None:
    """Raises a PlatformError unless the answer to a mutation says that it is done."""
    if not job.accepted(answer).get("success"):
        raise PlatformUnavailable(f"{job.about.display_name} did not confirm that it {done}.")


class GraphPublishing(base.Publishing[C]):
    """Publishing with a Graph API."""

    @abstractmethod
    def is_missing(self, answer: Reply) -> bool:
        """Whether the API refused because the object is gone, or is hidden from the token."""

    def authorized(self, post: Post, **query: str) -> dict[str, Any]:
        """The query and the headers of a request for the account.

        The token is in a header, as Meta's publishing guides have it: an address gets into logs.
        """
        return {"params": query, "headers": post.bearer}

    def read(self, post: Post, object_id: str, fields: str, http: Http) -> Reading:
        """The `fields` of one object."""
        return http.read(path_of(self.about, object_id), **self.authorized(post, fields=fields))

    def listed(
        self,
        turn: Turn[C],
        path: str,
        fields: str,
        since: datetime,
        made_at: Callable[[dict[str, Any]], datetime | None],
    ) -> Listed:
        """The entries of a list since `since`. Raises a PlatformError."""
        query = {"fields": fields, "limit": "25", "since": str(int(since.timestamp()))}

        def page(cursor: str | None) -> Page:
            following = {"after": cursor} if cursor else {}
            return page_of(
                self.shown(turn.http.read(path, **self.authorized(turn.post, **query, **following)))
            )

        return read_pages(page, since, made_at, MAX_PAGES)

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        delete_object(self, platform_post_id, "the post", partial(self.authorized, post), http)
