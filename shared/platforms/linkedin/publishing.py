"""Publishing on LinkedIn: posts of members and organizations, of text, images or a video.

Facts are from LinkedIn's documentation (learn.microsoft.com/linkedin) as of 2026-11-22; where
only other clients' reports are known, a comment says so. An account's `external_id` is the
author's URN. A member's token can only write: LinkedIn answers its reads with 403. An
organization's token can read.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.domain.content import Content
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    Rejected,
)
from shared.domain.reconciliation import CLOCK_SLACK, Handle, Sighting
from shared.platforms import base, linkedin
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.http import Answer, Http
from shared.platforms.linkedin import errors, timeline, uploads
from shared.platforms.linkedin.checkpoint import Checkpoint
from shared.platforms.linkedin.restli import encoded, headers
from shared.platforms.linkedin.text import escaped

CREATE = Step("create_post", visible=True)

# For about 10 minutes LinkedIn answers the same text by the same author with the first post's
# URN. The rest of that time is for clocks and for the request to arrive.
REPEAT_WITHIN = timedelta(minutes=8)
# Seconds before the post is sent again while LinkedIn has not processed its media: 8 minutes.
CREATE_AGAIN_AFTER = (5, 15, 30, 60, 60, 60, 120, 120)


class Publishing(base.Publishing[Checkpoint]):
    about = linkedin.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    # Members' posts cannot be listed, only those of organizations.
    lets_us_read = False
    error_of = staticmethod(errors.error_of)

    upload_image = staticmethod(uploads.upload_image)
    initialize_video = staticmethod(uploads.initialize_video)
    upload_video = staticmethod(uploads.upload_video)
    finalize_video = staticmethod(uploads.finalize_video)
    check_media = staticmethod(uploads.check_media)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        return uploads.next_step(content, checkpoint) or CREATE

    def take(self, step: Step, turn: Turn[Checkpoint]) -> Published | Pending:
        _check_visibility(turn.post)
        return super().take(step, turn)

    def create_post(self, turn: Turn[Checkpoint]) -> Published | Pending:
        first_try = turn.checkpoint.first_try
        if first_try is not None:
            return _repeat(turn, first_try)
        answer = _send(turn)
        if errors.code_of(answer) in errors.NOT_PROCESSED and not answer.ok:
            return _create_later(turn.checkpoint, errors.error_of(answer))
        return _published(answer)

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        if not _is_member(turn.post):
            posts = timeline.posts_since(turn.post, since, turn.http)
            if posts is not None:
                return timeline.sighting(turn, posts)
        first_try = since + CLOCK_SLACK
        # Unverified whether media count in LinkedIn's comparison: a post with media is not
        # repeated.
        if turn.content.media or clock.now() > first_try + REPEAT_WITHIN:
            return Sighting()
        return Sighting(handle=Handle.REPEATABLE, checkpoint=Checkpoint(first_try=first_try))

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare(
            "DELETE",
            f"/rest/posts/{encoded(platform_post_id)}",
            headers=headers(post, **{"X-RestLi-Method": "DELETE"}),
        )
        if answer.status != 404:
            self.accepted(answer)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        return timeline.permalink_of(platform_post_id)


def _check_visibility(post: Post) -> None:
    """Raises Rejected for a visibility that the account does not have."""
    if post.content.options.get("visibility") == "CONNECTIONS" and not _is_member(post):
        raise Rejected(
            "A LinkedIn page has no connections. Set visibility to PUBLIC or LOGGED_IN.",
            category=ErrorCategory.VALIDATION,
        )


def _is_member(post: Post) -> bool:
    """Whether the post's author is a member, not an organization."""
    return post.account.external_id.startswith("urn:li:person:")


def _send(turn: Turn[Checkpoint]) -> Answer:
    body = _body(turn.post, turn.checkpoint.media)
    return turn.http.publish("POST", "/rest/posts", json=body, headers=headers(turn.post))


def _body(post: Post, urns: Sequence[str]) -> dict[str, Any]:
    """The body of the post, always the same bytes for the same content."""
    options = post.content.options
    body: dict[str, Any] = {
        "author": post.account.external_id,
        "commentary": escaped(post.content.text),
        "visibility": options.get("visibility") or "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": bool(options.get("disableReshare")),
    }
    if len(urns) == 1:
        medium = _described(post, 0, urns[0])
        title = options.get("title")
        body["content"] = {"media": {**medium, "title": title} if title else medium}
    elif urns:
        images = [_described(post, position, urn) for position, urn in enumerate(urns)]
        body["content"] = {"multiImage": {"images": images}}
    return body


def _described(post: Post, position: int, urn: str) -> dict[str, str]:
    alt_text = post.alt_text(position)
    return {"id": urn, "altText": alt_text} if alt_text else {"id": urn}


def _published(answer: Answer) -> Published:
    """The post that a 201 answer created; only a header has its id."""
    if not answer.ok and not answer.fields():
        raise OutcomeUnknown(
            "Soku could not read LinkedIn's answer, so the post may or may not be live. Soku is "
            "looking it up.",
            platform_code=str(answer.status),
        )
    errors.accepted(answer)
    urn = answer.headers.get("x-restli-id", "")
    return Published(urn, timeline.permalink_of(urn))


def _create_later(checkpoint: Checkpoint, refusal: PlatformError) -> Pending:
    """Nothing was posted: LinkedIn still processes the media, or, in the end, cannot."""
    unprocessed = checkpoint.unprocessed
    if unprocessed >= len(CREATE_AGAIN_AFTER):
        raise MediaRejected(
            f"LinkedIn could not process the media: {refusal.platform_message}",
            platform_code=refusal.platform_code,
            platform_message=refusal.platform_message,
        )
    wait = timedelta(seconds=CREATE_AGAIN_AFTER[unprocessed])
    return Pending(replace(checkpoint, unprocessed=unprocessed + 1), wait)


def _repeat(turn: Turn[Checkpoint], first_try: datetime) -> Published:
    """Send a post again that may be live. LinkedIn accepts it, or names the first post.

    Any other answer says nothing about the first try. The id's time is checked, because LinkedIn
    can also name an older post, or a deleted one that still counts as a duplicate.
    """
    if clock.now() > first_try + REPEAT_WITHIN:
        raise OutcomeUnknown(
            "It is too late to find out whether the post is live. Check the LinkedIn account."
        )
    answer = _send(turn)
    first = errors.duplicate_of(answer)
    made_at = timeline.made_at(first) if first else None
    if first and made_at and made_at >= first_try - CLOCK_SLACK:
        return Published(first, timeline.permalink_of(first))
    try:
        return _published(answer)
    except PlatformError as error:
        raise OutcomeUnknown(
            "The first try may or may not be live, and LinkedIn refused a second one. Check the "
            "LinkedIn account.",
            platform_code=error.platform_code,
            platform_message=error.platform_message,
        ) from error
