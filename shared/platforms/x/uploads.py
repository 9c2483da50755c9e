"""Uploading media to X, one after the other: initialize, append, finalize, status, metadata.

Facts are from docs.x.com (x-api/media) as of 2026-11-22; where only other clients' reports are
known, a comment says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, MediaRejected, PlatformError, PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms import x
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Post, Step
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.http import Answer, Http, Reading
from shared.platforms.wire import mapping, number, words
from shared.platforms.x import ABOUT
from shared.platforms.x.checkpoint import Checkpoint, Upload
from shared.platforms.x.errors import error_of
from shared.platforms.x.limits import MIB, category

UPLOAD = Step("upload_media", lease=UPLOAD_LEASE)
FINALIZE = Step("finalize_media")
CHECK = Step("check_media", polls=True)
DESCRIBE = Step("describe_media")

API = f"/{x.ABOUT.api_version}/media"
PATH = f"{API}/upload"
# The first is what X's own command line client sends (xdevplatform/xurl). Where that is refused
# as too large, as a proxy of X did with 5 MB, the second works; 1000 segments are allowed.
SEGMENT_BYTES = (4 * MIB, 1 * MIB)
MAX_RESTARTS = len(SEGMENT_BYTES) - 1
CHECK_AFTER = 5  # seconds, where X names no time
LONGEST_CHECK_AFTER = 60  # seconds: the processing itself may take eight minutes
LONGEST_PROCESSING = 8 * 60  # seconds

Turn = AnyTurn[Checkpoint]


def next_step(content: Content, checkpoint: Checkpoint) -> Step | None:
    """The next step for the media; None when all are ready."""
    ready = len(checkpoint.media_ids)
    if ready == len(content.media):
        return None
    upload = checkpoint.upload
    if upload is None or upload.sent < content.media[ready].size:
        return UPLOAD
    match upload.state:
        case "processing":
            return CHECK
        case "ready":
            return DESCRIBE
    return FINALIZE


def upload_media(turn: Turn) -> Pending:
    """Send the next part of the current medium.

    After a crash the part is sent again: to a new upload, if the crash came before the first
    checkpoint; otherwise with the same segment numbers. Should X refuse those (no report says
    so), the upload starts again.
    """
    checkpoint = turn.checkpoint
    asset = turn.content.media[len(checkpoint.media_ids)]
    upload = checkpoint.upload or Upload(_initialize(turn.post, asset, turn.http))
    size = SEGMENT_BYTES[checkpoint.restarts]
    end = min(upload.sent + UPLOAD_STEP_BYTES, asset.size)
    try:
        for start in range(upload.sent, end, size):
            segment = turn.http.bytes_of(asset, start, min(size, end - start))
            _append(turn, upload.id, start // size, segment)
    except MediaRejected as refusal:
        return _restart(checkpoint, refusal)
    return Pending(replace(checkpoint, upload=replace(upload, sent=end)))


def _initialize(post: Post, asset: MediaAsset, http: Http) -> str:
    answer = http.prepare(
        "POST",
        f"{PATH}/initialize",
        json={
            "media_type": asset.content_type,
            "total_bytes": asset.size,
            "media_category": category(asset),
        },
        headers=post.bearer,
    )
    media_id = words(_accepted(answer).get("id"))
    if not media_id:
        raise PlatformUnavailable("X started an upload without returning its id.")
    return media_id


def _append(turn: Turn, media_id: str, index: int, segment: bytes) -> None:
    answer = turn.http.upload(
        "POST",
        f"{PATH}/{quote(media_id, safe='')}/append",
        data={"segment_index": str(index)},
        files={"media": ("media", segment, "application/octet-stream")},
        headers=turn.post.bearer,
    )
    _accepted(answer)


def finalize_media(turn: Turn) -> Pending:
    upload = _upload_of(turn)
    # Without a body X answers that it is not a JSON object (trypost#202).
    answer = turn.http.prepare(
        "POST", f"{PATH}/{quote(upload.id, safe='')}/finalize", json={}, headers=turn.post.bearer
    )
    try:
        status = _accepted(answer)
    except MediaRejected as refusal:
        return _restart(turn.checkpoint, refusal)
    return _after_processing(turn, status)


def check_media(turn: Turn) -> Pending:
    query = {"command": "STATUS", "media_id": _upload_of(turn).id}
    return _after_processing(
        turn, _shown(turn.http.read(PATH, params=query, headers=turn.post.bearer))
    )


def _after_processing(turn: Turn, status: Mapping[str, Any]) -> Pending:
    """What follows from the status of the medium; without `processing_info` it is ready."""
    info = mapping(status.get("processing_info"))
    checkpoint, upload = turn.checkpoint, _upload_of(turn)
    match info.get("state", "succeeded"):
        case "succeeded" if turn.post.alt_text(len(checkpoint.media_ids)):
            return Pending(replace(checkpoint, upload=replace(upload, state="ready")))
        case "succeeded":
            return _ready(checkpoint, upload)
        case "failed":
            return _failed(checkpoint, mapping(info.get("error")))
    if upload.waited >= LONGEST_PROCESSING:
        return _restart(checkpoint, PlatformUnavailable("X did not finish processing the media."))
    wait = min(number(info.get("check_after_secs")) or CHECK_AFTER, LONGEST_CHECK_AFTER)
    waiting = replace(upload, state="processing", waited=upload.waited + wait)
    return Pending(replace(checkpoint, upload=waiting), timedelta(seconds=wait))


def _failed(checkpoint: Checkpoint, error: Mapping[str, Any]) -> Pending:
    name, detail = words(error.get("name")) or "InvalidMedia", words(error.get("message"))
    refusal = MediaRejected(
        f"X could not process the media: {detail or name}. Export the file again, then retry.",
        platform_code=name,
        platform_message=detail,
    )
    if name != "InternalError":
        raise refusal
    return _restart(checkpoint, refusal)


def describe_media(turn: Turn) -> Pending:
    """Set the alt text of the current medium."""
    upload = _upload_of(turn)
    text = turn.post.alt_text(len(turn.checkpoint.media_ids))
    answer = turn.http.prepare(
        "POST",
        f"{API}/metadata",
        json={"id": upload.id, "metadata": {"alt_text": {"text": text}}},
        headers=turn.post.bearer,
    )
    _accepted(answer)
    return _ready(turn.checkpoint, upload)


def _upload_of(turn: Turn) -> Upload:
    if turn.checkpoint.upload is None:
        raise ValueError("this step follows an upload")
    return turn.checkpoint.upload


def _ready(checkpoint: Checkpoint, upload: Upload) -> Pending:
    """Continue with the next medium."""
    media_ids = (*checkpoint.media_ids, upload.id)
    return Pending(replace(checkpoint, media_ids=media_ids, upload=None))


def _restart(checkpoint: Checkpoint, failure: PlatformError) -> Pending:
    """Upload the current medium again from its start, but only once."""
    restarts = checkpoint.restarts + 1
    if restarts > MAX_RESTARTS:
        raise failure
    return Pending(Checkpoint(media_ids=checkpoint.media_ids, restarts=restarts))


def _shown(reading: Reading) -> dict[str, Any]:
    """`data` of a read. Raises a PlatformError, never a Rejected."""
    if reading.ok:
        return mapping(reading.fields().get("data"))
    raise reading.refusal(ABOUT.display_name, error_of)


def _accepted(answer: Answer) -> dict[str, Any]:
    """`data` of a 2xx answer; an append's may be empty. Raises a PlatformError."""
    if answer.ok:
        return mapping(answer.fields().get("data"))
    error = error_of(answer)
    platform_words: dict[str, Any] = {
        "platform_code": error.platform_code,
        "platform_message": error.platform_message,
    }
    if answer.status == 404:
        # Reported during outages. An upload expires after a day, longer than a run waits.
        raise PlatformUnavailable("X does not find the upload.", **platform_words)
    if error.category is ErrorCategory.VALIDATION:
        raise MediaRejected(f"X cannot use the media: {error.platform_message}", **platform_words)
    raise error
