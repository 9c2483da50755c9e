"""Publishing on Snapchat: stories, saved stories and spotlights of a Public Profile.

Facts are from Snap's documentation (developers.snap.com, Public Profile API) and, where that is
silent, from public clients, as of 2026-11-22. Media are encrypted, uploaded in parts and
processed by Snapchat; then one call publishes them. After a lost answer the account's list shows
whether the post is live, and the same media can be published again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.domain.content import Content
from shared.domain.errors import ContentRejected, PlatformUnavailable, ReadRefused
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import base, snapchat
from shared.platforms.base import Pending, Post, Published, Step, Turn
from shared.platforms.http import Answer, Http
from shared.platforms.snapchat import errors, timeline, uploads
from shared.platforms.snapchat.checkpoint import Checkpoint
from shared.platforms.snapchat.products import (
    Product,
    list_path,
    post_id_in,
    product_of,
    request_for,
)

PUBLISH = Step("publish_media", visible=True)
CHECK = Step("check_post", polls=True)

# Seconds, 10 minutes in all. Only the publishing call shows whether the media are processed.
PROCESSING_AFTER = (5, 9, 16, *[30] * 19)
MAX_MEDIA = 3
# Seconds. Soku waits about 10 minutes for the moderation of a spotlight, then it is published.
MODERATION_AFTER = (10, 20, 30, *[60] * 9)
# Seconds. The publishing call returns no id for a story; the list shows it after some time.
LISTED_AFTER = (5, 10, 15, 30, 60)
# A listed time may be cut to seconds, and Snapchat's clock may differ from ours.
SLACK = timedelta(seconds=5)


class Publishing(base.Publishing[Checkpoint]):
    about = snapchat.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    error_of = staticmethod(errors.error_of)
    accepted = staticmethod(errors.accepted)
    shown = staticmethod(errors.shown)

    create_media = staticmethod(uploads.create_media)
    upload_media = staticmethod(uploads.upload_media)
    finalize_media = staticmethod(uploads.finalize_media)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        posted = checkpoint.posted_at is not None
        return uploads.next_step(content, checkpoint) or (CHECK if posted else PUBLISH)

    def take(self, step: Step, turn: Turn[Checkpoint]) -> Published | Pending:
        try:
            return super().take(step, turn)
        except errors.MediaExpired:
            if step is CHECK or turn.checkpoint.made >= MAX_MEDIA:
                raise
            return Pending(Checkpoint(made=turn.checkpoint.made))

    def publish_media(self, turn: Turn[Checkpoint]) -> Published | Pending:
        product, posted_at = product_of(turn.content), clock.now()
        answer = turn.http.publish(
            "POST",
            list_path(turn.post.account, turn.content),
            json=request_for(turn.content, uploads.media_of(turn).id),
            headers=turn.post.bearer,
        )
        try:
            post_id = post_id_in(self.published(answer), product)
        except errors.MediaProcessing:
            return _publish_later(turn.checkpoint)
        if post_id and product is not Product.SPOTLIGHT:
            return Published(post_id)
        return Pending(replace(turn.checkpoint, posted_at=posted_at, post_id=post_id), sent=True)

    def published(self, answer: Answer) -> dict[str, Any]:
        """As of every platform, but media that are not ready, or gone, publish nothing."""
        error = None if errors.is_success(answer) else self.error_of(answer)
        if isinstance(error, errors.MediaProcessing | errors.MediaExpired):
            raise error
        return super().published(answer)

    def check_post(self, turn: Turn[Checkpoint]) -> Published | Pending:
        """Check a post that Snapchat has accepted: it counts as live unless Snapchat rejects it."""
        checkpoint = turn.checkpoint
        if checkpoint.post_id:
            return _moderated(turn, checkpoint.post_id)
        try:
            since = _posted_at(checkpoint) - SLACK
            same = timeline.posts_since(turn.post, since, turn.http).same
        except ReadRefused:
            same = ()
        if len(same) == 1:
            return Published(same[0].platform_post_id, same[0].permalink)
        return _check_later(checkpoint, LISTED_AFTER) or Published(uploads.media_of(turn).id)

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        if turn.checkpoint.posted_at is not None:
            return _look_up_accepted(turn, turn.checkpoint.posted_at)
        listing = timeline.posts_since(turn.post, since, turn.http)
        return Sighting(
            same=listing.same,
            list_was_read=listing.is_whole,
            checkpoint=replace(turn.checkpoint, waits=0),
        )

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        return timeline.permalink_of(post, platform_post_id, http)


def _moderated(turn: Turn[Checkpoint], post_id: str) -> Published | Pending:
    try:
        spotlight = timeline.spotlight(turn.post, post_id, turn.http)
    except ReadRefused:
        spotlight = {}
    published = Published(post_id, timeline.spotlight_link(post_id, spotlight))
    match timeline.moderation_of(spotlight):
        case "REJECTED":
            raise ContentRejected(
                "Snapchat's moderation rejected this spotlight, so it is not live. Publish "
                "something that follows Snapchat's Spotlight guidelines.",
                platform_code="REJECTED",
            )
        case "SUBMITTED":
            return _check_later(turn.checkpoint, MODERATION_AFTER) or published
    if spotlight:
        return published
    return _check_later(turn.checkpoint, LISTED_AFTER) or published


def _look_up_accepted(turn: Turn[Checkpoint], posted_at: datetime) -> Sighting:
    """Snapchat has accepted the post; only moderation can have rejected it since."""
    post_id = turn.checkpoint.post_id
    if post_id:
        spotlight = timeline.spotlight(turn.post, post_id, turn.http)
        if timeline.moderation_of(spotlight) == "REJECTED":
            return Sighting()
    return Sighting(made=SeenPost(post_id or uploads.media_of(turn).id, posted_at))


def _posted_at(checkpoint: Checkpoint) -> datetime:
    if checkpoint.posted_at is None:
        raise ValueError("this step follows publish_media")
    return checkpoint.posted_at


def _publish_later(checkpoint: Checkpoint) -> Pending:
    waits = checkpoint.waits
    if waits >= len(PROCESSING_AFTER):
        raise PlatformUnavailable("Snapchat did not finish processing the media.")
    wait = timedelta(seconds=PROCESSING_AFTER[waits])
    return Pending(replace(checkpoint, waits=waits + 1), wait)


def _check_later(checkpoint: Checkpoint, after: tuple[int, ...]) -> Pending | None:
    """None after the last check."""
    polls = checkpoint.polls
    if polls >= len(after):
        return None
    wait = timedelta(seconds=after[polls])
    return Pending(replace(checkpoint, polls=polls + 1), wait, sent=True)
