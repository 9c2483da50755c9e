"""Where a post stands with TikTok, and how it goes on from there."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import PlatformUnavailable
from shared.platforms.base import Pending, Published
from shared.platforms.tiktok.errors import failure_of
from shared.platforms.tiktok.uploads import Chunks

# Seconds between polls: 10 minutes in all; 4 GB take "more than 2 minutes".
POLL_AFTER = (5,) * 12 + (20,) * 27
# How long a public post is waited for to be named: usually it takes less than a minute.
ID_AFTER = (5, 15, 40)
# Uploads, or requests for photos, of one post until it is given up.
MAX_TRIES = 3
# Failures that another try may not meet.
PASSING = ("internal", "photo_pull_failed")


def tries(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("tries", 0)
    return count


def start_over(checkpoint: Mapping[str, Any], why: str) -> Pending:
    """Nothing of it is or will be live: begin again, a few times."""
    if tries(checkpoint) >= MAX_TRIES:
        raise PlatformUnavailable(why)
    return Pending({"tries": tries(checkpoint)}, timedelta(seconds=10))


def resumed(
    content: Content, checkpoint: Mapping[str, Any], state: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Where to go on with an upload; None unless TikTok says that bytes are still missing."""
    uploaded = state.get("uploaded_bytes")
    if (
        not content.videos
        or state.get("status") != "PROCESSING_UPLOAD"
        or not isinstance(uploaded, int)
        or uploaded >= content.videos[0].size
    ):
        return None
    if Chunks(content.videos[0].size).can_start_at(uploaded):
        return {**checkpoint, "offset": uploaded}
    return {"tries": tries(checkpoint)}


def failed(checkpoint: Mapping[str, Any], reason: str) -> Pending:
    if reason in PASSING and tries(checkpoint) < MAX_TRIES:
        return start_over(checkpoint, reason)
    raise failure_of(reason)


def published(checkpoint: Mapping[str, Any], state: Mapping[str, Any]) -> Published | Pending:
    asked = checkpoint.get("askedForId", 0)
    is_public = checkpoint["settings"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
    if _post_id(state) is None and is_public and asked < len(ID_AFTER):
        again = {**checkpoint, "askedForId": asked + 1}
        return Pending(again, timedelta(seconds=ID_AFTER[asked]), sent=True)
    return named(checkpoint, state)


def named(checkpoint: Mapping[str, Any], state: Mapping[str, Any]) -> Published:
    post_id = _post_id(state)
    if post_id is None:
        return Published(checkpoint["publishId"])
    creator = checkpoint.get("creator")
    link = f"https://www.tiktok.com/@{creator}/video/{post_id}" if creator else None
    return Published(post_id, link)


def _post_id(state: Mapping[str, Any]) -> str | None:
    # TikTok's own spelling; a list, a number and a string have been seen.
    found = state.get("publicaly_available_post_id")
    first = found[0] if isinstance(found, list) and found else found
    return str(first) if first else None
