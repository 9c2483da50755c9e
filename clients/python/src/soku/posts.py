"""Posts: create, read, change and retry them."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from soku import models
from soku.errors import ConnectionLost, SokuError
from soku.media import MediaFiles, Progress
from soku.paths import part
from soku.transport import Transport

Moment = datetime | str
"""A time with an offset, or the same in ISO 8601."""
Target = str | models.PostTarget
File = str | os.PathLike[str]
"""A URL, or the path of a file, which is uploaded."""

# Seconds that one request waits for a post.
_WAIT = 60
_LONGEST_WAIT = 300.0
_UNFINISHED = ("draft", "scheduled", "publishing")


class Post:
    """A post as it was when it was last read; `data` has all of it."""

    def __init__(self, transport: Transport, data: models.Post | models.ListedPost) -> None:
        self._transport = transport
        self.data = data

    def __repr__(self) -> str:
        live = ", ".join(run["runId"] for run in self.data["runs"] if state_of(run) == "live")
        return f"<Post {self.id} {self.status}{live and f', live: {live}'}>"

    @property
    def id(self) -> str:
        return self.data["postSubmissionId"]

    @property
    def status(self) -> models.DisplayStatus:
        """Where the post is. `unconfirmed`: it may or may not be live on a platform."""
        return self.data["displayStatus"]

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens on its own; an unconfirmed post is still looked up."""
        return self.status not in _UNFINISHED

    @property
    def links(self) -> dict[str, str]:
        """The addresses of the posts that are live, by run.

        Some platforms provide the address only a moment after the post is live.
        """
        return {run["runId"]: run["permalink"] for run in self.data["runs"] if "permalink" in run}

    def wait(self, seconds: float = _LONGEST_WAIT) -> "Post":
        """Read the post until it has ended on all platforms, or for so many seconds."""
        end = time.monotonic() + seconds
        while True:
            left = max(0, round(end - time.monotonic()))
            begun = time.monotonic()
            self._read(min(_WAIT, left))
            if self.status != "publishing" or time.monotonic() >= end:
                return self
            # If too many requests wait, this one was answered at once.
            if time.monotonic() - begun < 1:
                time.sleep(min(1.0, max(0.0, end - time.monotonic())))

    def refresh(self) -> "Post":
        return self._read(None)

    def publish(self) -> "Post":
        """Publish a draft or a scheduled post now."""
        return self._act("publish")

    def unschedule(self) -> "Post":
        """Make a scheduled post a draft."""
        return self._act("unschedule")

    def cancel(self) -> "Post":
        """Cancel a draft or a scheduled post."""
        return self._act("cancel")

    def edit(self, changes: models.PostChanges) -> "Post":
        """Replace these fields of a draft or a scheduled post; `content` is replaced as a whole."""
        path = f"/v1/posts/{part(self.id)}"
        self.data = self._transport.call("PATCH", path, models.Post, body=changes)
        return self

    def retry(self, content: models.EditedContent | None = None) -> "Post":
        """Publish the failed runs again, with other content on request. What is live stays."""
        return self._act("retry", None if content is None else {"post": {"content": content}})

    def reconcile(self) -> "Post":
        """Look up unconfirmed runs on their platforms now."""
        return self._act("reconcile")

    def resolve(self, run_id: str, outcome: models.ReportedOutcome) -> "Post":
        """Say what became of an unconfirmed run, after you have looked on the platform."""
        return self._act(f"runs/{part(run_id)}/resolve", outcome)

    def delete(self, *, from_platforms: bool = False) -> None:
        """Delete the post from the history, or from the platforms."""
        query = {"fromPlatforms": "true"} if from_platforms else {}
        self._transport.delete(f"/v1/posts/{part(self.id)}", query)

    def _read(self, wait: int | None) -> "Post":
        path = f"/v1/posts/{part(self.id)}"
        self.data = self._transport.call("GET", path, models.Post, query={"wait": wait})
        return self

    def _act(self, action: str, body: Mapping[str, Any] | None = None) -> "Post":
        path = f"/v1/posts/{part(self.id)}/{action}"
        self.data = self._transport.call("POST", path, models.Post, body=body)
        return self


class Posts:
    def __init__(self, transport: Transport, media: MediaFiles) -> None:
        self._transport = transport
        self._media = media

    def create(
        self,
        *,
        platforms: Sequence[Target],
        text: str | None = None,
        media: Sequence[File] = (),
        scheduled_time: Moment | None = None,
        not_after: Moment | None = None,
        draft: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Post:
        """Create a post: now, at a scheduled time, or as a draft.

        The request is repeated if the connection is cut, and publishes once. To repeat it after
        ConnectionLost, pass the `idempotency_key` of that error and the same arguments; upload
        files of your own before, with `media.upload`, and pass their addresses.
        """
        body = _body(
            text, platforms, self._urls(media, progress), scheduled_time, not_after, draft=draft
        )
        key = idempotency_key or str(uuid4())
        accepted = self._transport.call(
            "POST", "/v1/posts", models.Accepted, body=body, idempotency_key=key
        )
        try:
            return self.get(accepted["postSubmissionId"])
        except SokuError as error:
            # An error without the key would look as if there were no post.
            message = f"Soku accepted the post {accepted['postSubmissionId']}, but: {error}"
            raise ConnectionLost(message, key) from error

    def validate(
        self,
        *,
        platforms: Sequence[Target],
        text: str | None = None,
        media: Sequence[File] = (),
        scheduled_time: Moment | None = None,
        not_after: Moment | None = None,
        draft: bool = False,
        progress: Progress | None = None,
    ) -> models.ValidationResult:
        """What `create` would say about the same post. Nothing is published."""
        body = _body(
            text, platforms, self._urls(media, progress), scheduled_time, not_after, draft=draft
        )
        return self._transport.call(
            "POST", "/v1/posts/validate", models.ValidationResult, body=body, repeatable=True
        )

    def get(self, post_id: str) -> Post:
        path = f"/v1/posts/{part(post_id)}"
        return Post(self._transport, self._transport.call("GET", path, models.Post))

    def list(
        self,
        *,
        status: str | None = None,
        platform: str | None = None,
        account_id: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        scheduled: bool | None = None,
        q: str | None = None,
        sort: str | None = None,
    ) -> Iterator[Post]:
        """All posts, the newest first, page by page.

        `since`, `until`: when they were created. `scheduled`: only those that wait for their time.
        `q`: words in the text. `sort`: newest, oldest or scheduled.
        """
        query = {
            "status": status,
            "platform": platform,
            "accountId": account_id,
            "from": _moment(since),
            "to": _moment(until),
            "scheduled": scheduled,
            "q": q,
            "sort": sort,
        }
        for data in self._transport.pages("/v1/posts", models.PostPage, query):
            yield Post(self._transport, data)

    def _urls(self, media: Sequence[File], progress: Progress | None) -> Sequence[str]:
        """The addresses of the files, after those on this machine were uploaded."""
        if isinstance(media, str):
            raise SokuError(f'Give a list of files, such as ["{media}"].')
        return [
            str(file)
            if str(file).startswith(("http://", "https://"))
            else self._media.upload(file, progress=progress)["url"]
            for file in media
        ]


def state_of(run: models.Run | models.ListedRun) -> str:
    """The status of a run; one that succeeded is `live`, until the post is deleted there."""
    if run["status"] != "succeeded":
        return run["status"]
    deletion = run.get("deletion")
    return "deleted" if deletion and deletion["status"] == "deleted" else "live"


def _body(
    text: str | None,
    platforms: Sequence[Target],
    urls: Sequence[str],
    scheduled_time: Moment | None,
    not_after: Moment | None,
    *,
    draft: bool,
) -> Mapping[str, Any]:
    if isinstance(platforms, str):
        raise SokuError(f'Give a list of platforms, such as ["{platforms}"].')
    content = {"text": text, "mediaUrls": urls or None, "platform": list(platforms)}
    body = {
        "post": {"content": {name: each for name, each in content.items() if each is not None}},
        "scheduledTime": _moment(scheduled_time),
        "notAfter": _moment(not_after),
        "draft": True if draft else None,
    }
    return {name: each for name, each in body.items() if each is not None}


def _moment(moment: Moment | None) -> str | None:
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise SokuError("A time needs a time zone: use moment.astimezone() for the local one.")
    return moment.isoformat()
