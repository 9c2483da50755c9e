"""What follows from the state of a publication."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import PlatformUnavailable
from shared.platforms.base import Pending, Published
from shared.platforms.tiktok.checkpoint import Checkpoint
from shared.platforms.tiktok.errors import failure_of
from shared.platforms.tiktok.uploads import Chunks
from shared.platforms.wire import number, words

# Seconds between polls: 10 minutes in total; 4 GB take "more than 2 minutes".
POLL_AFTER = (5,) * 12 + (20,) * 27
# Seconds to wait for the id of a public post: usually it takes less than a minute.
ID_AFTER = (5, 15, 40)
# Uploads, or requests for photos, before the post is given up.
MAX_TRIES = 3
# Failures after which another try can succeed.
PASSING = ("internal", "photo_pull_failed")


def start_over(checkpoint: Checkpoint, message: str) -> Pending:
    """Nothing of the post is or will be live: start again, a few times."""
    if checkpoint.tries >= MAX_TRIES:
        raise PlatformUnavailable(message)
    return Pending(checkpoint.new_try, timedelta(seconds=10))


def resumed(
    content: Content, checkpoint: Checkpoint, state: Mapping[str, Any]
) -> Checkpoint | None:
    """Where to resume an upload; None unless TikTok reports that bytes are missing."""
    uploaded = number(state.get("uploaded_bytes"))
    if (
        not content.videos
        or state.get("status") != "PROCESSING_UPLOAD"
        or uploaded is None
        or uploaded >= content.videos[0].size
    ):
        return None
    if Chunks(content.videos[0].size).can_start_at(uploaded):
        return replace(checkpoint, offset=uploaded)
    return checkpoint.new_try


def failed(checkpoint: Checkpoint, reason: str) -> Pending:
    if reason in PASSING and checkpoint.tries < MAX_TRIES:
        return start_over(checkpoint, reason)
    raise failure_of(reason)


def completed(checkpoint: Checkpoint, state: Mapping[str, Any]) -> Published | Pending:
    asked = checkpoint.asked_for_id
    settings = checkpoint.settings
    is_public = settings is not None and settings.privacy_level == "PUBLIC_TO_EVERYONE"
    if _post_id(state) is None and is_public and asked < len(ID_AFTER):
        again = replace(checkpoint, asked_for_id=asked + 1)
        return Pending(again, timedelta(seconds=ID_AFTER[asked]), sent=True)
    return published(checkpoint, state)


def published(checkpoint: Checkpoint, state: Mapping[str, Any]) -> Published:
    """The post by its id, or by its publish id if TikTok returns no other."""
    post_id = _post_id(state)
    if post_id is None:
        return Published(checkpoint.publish_id or "")
    creator = checkpoint.creator
    link = f"https://www.tiktok.com/@{creator}/video/{post_id}" if creator else None
    return Published(post_id, link)


def _post_id(state: Mapping[str, Any]) -> str | None:
    # TikTok's own spelling; a list, a number and a string have been seen.
    value = state.get("publicaly_available_post_id")
    first = words(value[0] if isinstance(value, list) and value else value)
    return first if first.isdigit() and first != "0" else None
