"""X: API v2, posts of text, images, a GIF or a video.

Facts are from X's documentation and OpenAPI file (2.167) as of 2026-11-22,
docs.x.com; where only other clients' reports are known, a comment says so.
Media are uploaded first (`x_api.uploads`); creating the post is the one visible request.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Violation,
)
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import (
    AltTextOptions,
    Capabilities,
    Pending,
    Platform,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.text.twitter import INVALID_CHARACTERS, cashtags, weighted_length
from shared.platforms.x_api import errors, media, timeline, uploads
from shared.platforms.x_api.uploads import bearer

CREATE = Step("create_post", visible=True)

# Right after its upload a medium may not be known yet (node-twitter-api-v2#469, #495).
MEDIA_KNOWN_AFTER = timedelta(seconds=5)
MAX_REFUSALS_OF_IDS = 4


class XOptions(AltTextOptions):
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    """Who may reply; everyone when omitted."""


class X(Platform):
    name = "x"
    base_url = "https://api.x.com"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=280,
        text_unit="characters, of which a link counts 23 and an emoji 2",
        image=media.PHOTO,
        video=media.VIDEO,
        max_images=4,
        max_videos=1,
        max_alt_text=1000,
        deletes=True,
    )
    options = XOptions

    def text_length(self, text: str) -> int:
        return weighted_length(text)

    def limits(self, content: Content) -> Capabilities:
        if any(media.is_moving_gif(asset) for asset in content.media):
            return replace(self.capabilities, image=media.MOVING_GIF)
        return self.capabilities

    def violations(self, content: Content) -> list[Violation]:
        faults = list(media.violations(content))
        if any(character in content.text for character in INVALID_CHARACTERS):
            message = "X refuses the characters U+FFFE, U+FEFF and U+FFFF; remove them."
            faults.append(Violation("text", "invalid_characters", message))
        if cashtags(content.text) > 1:
            message = "X takes at most one cashtag ($ABC) in a post; remove the others."
            faults.append(Violation("text", "too_many_cashtags", message))
        return faults

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        return uploads.next_step(content, checkpoint) or CREATE

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is not CREATE:
            return uploads.take(step, post, checkpoint, http)
        # Unknown fields are refused, so nothing is sent that was not asked for.
        body: dict[str, Any] = {"text": post.content.text}
        if post.content.media:
            body["media"] = {"media_ids": uploads.media_ids(checkpoint)}
        if post.content.options.get("replySettings"):
            body["reply_settings"] = post.content.options["replySettings"]
        answer = http.publish("POST", "/2/tweets", json=body, headers=bearer(post))
        try:
            created = self.accepted(answer).get("data") or {}
        except MediaRejected as refusal:
            if answer.status != 400:
                raise
            return _after_refused_ids(checkpoint, refusal)
        if "id" not in created:
            raise OutcomeUnknown(
                "X accepted the post without naming it. It is being looked up.",
                platform_code=str(answer.status),
            )
        return Published(created["id"], permalink_of(created["id"]))

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        same = [
            SeenPost(
                seen["id"], datetime.fromisoformat(seen["created_at"]), permalink_of(seen["id"])
            )
            for seen in self._posts_since(post, since, http)
            if timeline.says_the_same(seen, post.content)
        ]
        return Sighting(same=tuple(same), list_was_read=True, checkpoint=checkpoint)

    def _posts_since(self, post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
        """The account's own posts, all pages."""
        query = timeline.query_since(since)
        path = f"/2/users/{post.account.external_id}/tweets"
        posts: list[dict[str, Any]] = []
        while True:
            page = self.accepted(http.read(path, params=query, headers=bearer(post)))
            posts += timeline.posts_of(page)
            following = (page.get("meta") or {}).get("next_token")
            if not following:
                return posts
            query["pagination_token"] = following

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare("DELETE", f"/2/tweets/{platform_post_id}", headers=bearer(post))
        # One that is gone: 404, or as another client reports the same answer as before.
        if answer.status == 404:
            return
        deleted = self.accepted(answer).get("data") or {}
        if not deleted.get("deleted"):
            raise PlatformUnavailable("X did not say that it deleted the post; try again.")

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """X rotates the refresh token: the old pair is dead once this answered."""
        if tokens.refresh_token is None:
            raise ReconnectRequired(errors.RECONNECT)
        client = self.own_client
        basic = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
        answer = http.exchange_tokens(
            "/2/oauth2/token",
            data={"grant_type": "refresh_token", "refresh_token": tokens.refresh_token},
            headers={"Authorization": f"Basic {basic}"},
        )
        if not answer.ok:
            raise errors.refresh_error(answer)
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("X answered a token refresh without a token.")
        lifetime = timedelta(seconds=granted.get("expires_in", 7200))
        return Tokens(
            access_token=granted["access_token"],
            refresh_token=granted.get("refresh_token", tokens.refresh_token),
            expires_at=clock.now() + lifetime,
        )

    def error_of(self, answer: Answer) -> PlatformError:
        return errors.error_of(answer)


def permalink_of(post_id: str) -> str:
    """The form without a user name: it outlives renames."""
    return f"https://x.com/i/web/status/{post_id}"


def _after_refused_ids(checkpoint: Mapping[str, Any], refusal: MediaRejected) -> Pending:
    """Nothing was posted. The same ids after a moment; then those of a new upload, likewise."""
    refused = checkpoint.get("refused", 0) + 1
    if refused == MAX_REFUSALS_OF_IDS:
        raise refusal
    if refused == 2:
        return Pending({"refused": refused})
    return Pending({**checkpoint, "refused": refused}, MEDIA_KNOWN_AFTER)
