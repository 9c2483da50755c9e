"""Threads: containers on graph.threads.net; posts of text, an image, a video or a carousel.

Facts are from Meta's documentation (developers.facebook.com/docs/threads) as of
2026-11-22. A post is a container that is created, polled and then published.
The container is the handle: as long as it says FINISHED it is not live, and the
same one may be published again. (`auto_publish_text` would save a call and take
that handle away.) Threads fetches media from their URLs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    TokenExpired,
    Violation,
)
from shared.domain.media import MediaKind
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, threads
from shared.platforms.base import (
    AltTextOptions,
    Capabilities,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.meta.errors import meta_error, not_an_envelope
from shared.platforms.threads import containers, limits
from shared.platforms.threads.containers import API, Containers, after_race, token
from shared.platforms.threads.errors import RECONNECT, failure, is_missing, is_race
from shared.platforms.x.emoji_sequences import pieces

PUBLISH = Step("publish_container", visible=True)


class ThreadsOptions(AltTextOptions):
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
    topic_tag: str | None = Field(None, min_length=1, max_length=50, pattern=r"^[^.&]+$")
    """The topic, without `.` and `&`; when omitted the first `#word` of the text becomes it."""
    link_attachment: str | None = Field(None, pattern=r"^https?://\S+$")
    """The link that is previewed below a text; the first one in the text when omitted."""


class Publishing(base.Publishing[Any]):
    about = threads.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=500,
        text_unit="characters, an emoji counting its bytes in UTF-8",
        image=limits.IMAGE,
        video=limits.VIDEO,
        max_images=20,
        max_videos=20,
        mixes=True,
        max_alt_text=1000,
        alt_text_for=frozenset(MediaKind),
        deletes=True,
    )
    options = ThreadsOptions

    def text_length(self, text: str) -> int:
        if text.isascii():
            return len(text)
        return sum(
            len(piece.encode()) if is_emoji else len(piece) for piece, is_emoji in pieces(text)
        )

    def violations(self, content: Content) -> list[Violation]:
        return list(limits.violations(content))

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        return containers.next_step(content, checkpoint) or PUBLISH

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is not PUBLISH:
            return Containers(self.accepted).take(step, post, checkpoint, http)
        answer = http.publish(
            "POST",
            f"{API}/me/threads_publish",
            data={"creation_id": checkpoint["container"]},
            params=token(post),
        )
        if is_race(answer):
            return after_race(checkpoint)
        published = self.taken(answer).get("id")
        if not published:
            raise OutcomeUnknown("Threads published the post without naming it.")
        return Published(published)

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        status, _ = Containers(self.accepted).status(post, checkpoint["container"], http)
        ours = _comparable(post.content.text)
        same = tuple(
            SeenPost(seen["id"], datetime.fromisoformat(seen["timestamp"]), seen.get("permalink"))
            for seen in self._posts_since(post, since, http)
            if _comparable(seen.get("text", "")) == ours
            and limits.is_shown_as(seen.get("media_type"), post.content)
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
            **token(post),
        }
        posts: list[dict[str, Any]] = []
        while True:
            page = self.accepted(http.read(f"{API}/me/threads", params=query))
            posts += page.get("data") or []
            paging = page.get("paging") or {}
            if not page.get("data") or not paging.get("next"):
                return posts
            query["after"] = paging["cursors"]["after"]

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        found: str | None = self.accepted(self._read(post, platform_post_id, http)).get("permalink")
        return found

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare("DELETE", f"{API}/{platform_post_id}", params=token(post))
        # The answer for one that is gone is the one for a lack of permission, too: if it cannot
        # be seen either, it is gone.
        if is_missing(answer) and is_missing(self._read(post, platform_post_id, http)):
            return
        if not self.accepted(answer).get("success"):
            raise PlatformUnavailable("Threads did not say that it deleted the post; try again.")

    def _read(self, post: Post, platform_post_id: str, http: Http) -> Answer:
        query = {"fields": "id,permalink", **token(post)}
        return http.read(f"{API}/{platform_post_id}", params=query)

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
        return failure(error) if error else not_an_envelope("Threads", answer)


def _comparable(text: str) -> str:
    """`text` as it can be compared: the first #word becomes the topic and loses its #."""
    return " ".join(text.replace("#", "").split())
