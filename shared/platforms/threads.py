"""Threads: containers on graph.threads.net, text posts.

Facts are from Meta's documentation (developers.facebook.com/docs/threads) as of
2026-11-22. A post is a container that is created, polled and then published.
The container is the handle: as long as it says FINISHED it is not live, and the
same one may be published again. (`auto_publish_text` would save a call and take
that handle away.)
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    TokenExpired,
    Violation,
)
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.domain.run import Content
from shared.platforms.base import (
    Capabilities,
    Options,
    Pending,
    Platform,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.meta.errors import MetaError, common_error, meta_error, not_an_envelope
from shared.platforms.text.emoji_sequences import pieces

API = "/v1.0"

CREATE = Step("create_container")
CHECK = Step("check_container", polls=True)
PUBLISH = Step("publish_container", visible=True)

# docs/threads/posts, since 2025-12-22: unique links of text and attachment together.
MAX_LINKS = 5
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)

# The guide polls once a minute for five minutes; text is ready at once in practice.
POLL_AFTER = (1, 2, 3, 5, 10, 30, 60, 60, 60, 60, 60)
# 24/4279009 on publishing is a race even after FINISHED (fbsamples/threads_api#70).
RACE_AFTER = (2, 5, 10, 20)
MAX_CONTAINERS = 3


class ThreadsOptions(Options):
    reply_control: (
        Literal[
            "everyone",
            "accounts_you_follow",
            "mentioned_only",
            "parent_post_author_only",
            "followers_only",
        ]
        | None
    ) = None
    """Who may reply; everyone when omitted."""


class Threads(Platform):
    name = "threads"
    base_url = "https://graph.threads.net"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=500, text_unit="characters, an emoji counting its bytes in UTF-8"
    )
    options = ThreadsOptions

    def text_length(self, text: str) -> int:
        if text.isascii():
            return len(text)
        return sum(
            len(piece.encode()) if is_emoji else len(piece) for piece, is_emoji in pieces(text)
        )

    def violations(self, content: Content) -> list[Violation]:
        links = set(_LINK.findall(content.text))
        if len(links) <= MAX_LINKS:
            return []
        message = f"Threads takes at most {MAX_LINKS} different links; this text has {len(links)}."
        return [Violation("text", "too_many_links", message)]

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if "container" not in checkpoint:
            return CREATE
        return PUBLISH if checkpoint.get("finished") else CHECK

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is CREATE:
            return self._create(post, checkpoint, http)
        if step is CHECK:
            return self._check(post, checkpoint, http)
        return self._publish(post, checkpoint, http)

    def _create(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        fields = {"media_type": "TEXT", "text": post.content.text}
        if post.content.options.get("replyControl"):
            fields["reply_control"] = post.content.options["replyControl"]
        # `me`, not the stored id: that one is refused at times (gitroomhq/postiz-app#2047).
        answer = http.prepare("POST", f"{API}/me/threads", data=fields, params=_token(post))
        container = self.accepted(answer).get("id")
        if not container:
            raise PlatformUnavailable(
                "Threads answered the creation of a container without its id."
            )
        return Pending({"container": container, "containers": _containers(checkpoint) + 1})

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        status, reason = self._status(post, checkpoint, http)
        polls = checkpoint.get("polls", 0)
        match status:
            case "FINISHED" if checkpoint.get("races", 0) > len(RACE_AFTER):
                return _new_container(checkpoint, "Threads does not find the post it prepared.")
            case "FINISHED":
                return Pending({**checkpoint, "finished": True})
            case "PUBLISHED":
                raise OutcomeUnknown("Threads says the post is live without naming it.")
            case "EXPIRED":
                return _new_container(checkpoint, "Threads let the post's container expire.")
            case "ERROR":
                return _container_failed(checkpoint, reason)
        if polls >= len(POLL_AFTER):
            return _new_container(checkpoint, "Threads did not finish preparing the post.")
        return Pending({**checkpoint, "polls": polls + 1}, timedelta(seconds=POLL_AFTER[polls]))

    def _publish(
        self, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        answer = http.publish(
            "POST",
            f"{API}/me/threads_publish",
            data={"creation_id": checkpoint["container"]},
            params=_token(post),
        )
        if _is_race(answer):
            return _after_race(checkpoint)
        published = self._taken(answer).get("id")
        if not published:
            raise OutcomeUnknown("Threads published the post without naming it.")
        return Published(published)

    def _taken(self, answer: Answer) -> dict[str, Any]:
        """As `accepted`; after a passing disturbance the container is asked what came of it."""
        try:
            return self.accepted(answer)
        except PlatformUnavailable as error:
            raise OutcomeUnknown(
                "Threads failed while it published the post: it may or may not be live. It is "
                "being looked up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        status, _ = self._status(post, checkpoint, http)
        ours = _comparable(post.content.text)
        same = tuple(
            SeenPost(seen["id"], _time(seen["timestamp"]), seen.get("permalink"))
            for seen in self._posts_since(post, since, http)
            if _comparable(seen.get("text", "")) == ours
        )
        match status:
            case "PUBLISHED":
                return Sighting(same=same, handle=Handle.PUBLISHED)
            case "FINISHED":
                kept = {**checkpoint, "races": 0}
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint=kept)
            case "EXPIRED" | "ERROR":
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint={})
        return Sighting(same=same)

    def _posts_since(self, post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
        query = {
            "fields": "id,text,timestamp,permalink,media_type",
            "limit": "25",
            "since": str(int(since.timestamp())),
            **_token(post),
        }
        posts: list[dict[str, Any]] = []
        while True:
            page = self.accepted(http.read(f"{API}/me/threads", params=query))
            posts += page.get("data") or []
            paging = page.get("paging") or {}
            if not page.get("data") or not paging.get("next"):
                return posts
            query["after"] = paging["cursors"]["after"]

    def _status(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> tuple[str, str]:
        answer = http.read(
            f"{API}/{checkpoint['container']}",
            params={"fields": "status,error_message", **_token(post)},
        )
        container = self.accepted(answer)
        return container.get("status", ""), container.get("error_message", "UNKNOWN")

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        answer = http.read(
            f"{API}/{platform_post_id}", params={"fields": "id,permalink", **_token(post)}
        )
        found: str | None = self.accepted(answer).get("permalink")
        return found

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """A token that still lives, and is a day old, is exchanged for one of 60 more days."""
        answer = http.read(
            "/refresh_access_token",
            params={"grant_type": "th_refresh_token", "access_token": tokens.access_token},
        )
        if not answer.ok:
            error = self.error_of(answer)
            raise ReconnectRequired(RECONNECT) if isinstance(error, TokenExpired) else error
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("Threads answered a token refresh without a token.")
        lifetime = timedelta(seconds=granted.get("expires_in", 60 * 86400))
        return Tokens(granted["access_token"], None, clock.now() + lifetime)

    def error_of(self, answer: Answer) -> PlatformError:
        error = meta_error(answer)
        return _failure(error) if error else not_an_envelope("Threads", answer)


RECONNECT = "The authorization of this Threads account has ended. Reconnect it, then retry."


def _token(post: Post) -> dict[str, str]:
    return {"access_token": post.access_token}


def _containers(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("containers", 0)
    return count


def _new_container(checkpoint: Mapping[str, Any], why: str) -> Pending:
    """Nothing was published from this container: start over with another, a few times."""
    if _containers(checkpoint) >= MAX_CONTAINERS:
        raise PlatformUnavailable(why)
    return Pending({"containers": _containers(checkpoint)}, timedelta(seconds=10))


def _container_failed(checkpoint: Mapping[str, Any], reason: str) -> Pending:
    if reason.startswith("INVALID_"):
        raise MediaRejected(f"Threads cannot use this media: {reason}.", platform_code=reason)
    if _containers(checkpoint) > 1:
        raise MediaRejected(f"Threads could not process the post: {reason}.", platform_code=reason)
    return _new_container(checkpoint, reason)


def _is_race(answer: Answer) -> bool:
    error = answer.fields().get("error")
    return isinstance(error, dict) and error.get("error_subcode") == 4279009


def _after_race(checkpoint: Mapping[str, Any]) -> Pending:
    """Read the container's status again, and publish the same one if it is still not live."""
    races = checkpoint.get("races", 0)
    again = {**checkpoint, "finished": False, "races": races + 1}
    return Pending(again, timedelta(seconds=RACE_AFTER[min(races, len(RACE_AFTER) - 1)]))


def _comparable(text: str) -> str:
    """`text` as it can be compared: the first #word becomes the topic and loses its #."""
    return " ".join(text.replace("#", "").split())


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


_RESTRICTED_USER = 4279013
_RESTRICTED_ACTIVITY = 2207051
_NOT_FETCHED = 2207052


def _failure(error: MetaError) -> PlatformError:
    said = error.said
    if error.subcode == _RESTRICTED_ACTIVITY:
        return ContentRejected(f"Threads does not allow this post: {error.detail}", **said)
    if error.subcode == _RESTRICTED_USER or "FEATURE_NOT_AVAILABLE" in error.detail:
        message = f"Threads does not allow this account to post: {error.detail}"
        return Rejected(message, category=ErrorCategory.PERMISSION, **said)
    if error.subcode == _NOT_FETCHED:
        return MediaRejected(f"Threads could not fetch the media: {error.detail}", **said)
    if "THREADS_API__LINK_LIMIT_EXCEEDED" in error.detail:
        message = f"Threads refused the post: {error.detail}"
        return Rejected(message, category=ErrorCategory.VALIDATION, **said)
    return common_error("Threads", error, RECONNECT)
