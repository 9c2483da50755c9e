"""Bringing media to X, one after the other: initialize, append, finalize, status, metadata.

The checkpoint holds `media_ids` of those that are ready, and of the one that is under way:

    upload: {id, sent: bytes, state?: "processing" | "ready", waited?: seconds}

Facts are from docs.x.com (x-api/media) as of 2026-11-22; where only other clients' reports are
known, a comment says so.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, MediaRejected, PlatformError, PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Post, Step
from shared.platforms.http import Answer, Http
from shared.platforms.x_api.errors import error_of
from shared.platforms.x_api.media import MIB, category

UPLOAD = Step("upload_media", lease=UPLOAD_LEASE)
FINALIZE = Step("finalize_media")
CHECK = Step("check_media", polls=True)
DESCRIBE = Step("describe_media")

PATH = "/2/media/upload"
# The first is what X's own command line client sends (xdevplatform/xurl). Where that is refused
# as too large, as a proxy of theirs did with 5 MB, the second goes through; 1000 are allowed.
SEGMENT_BYTES = (4 * MIB, 1 * MIB)
MAX_RESTARTS = len(SEGMENT_BYTES) - 1
CHECK_AFTER = 5  # seconds, where X names no time
LONGEST_PROCESSING = 8 * 60  # seconds


def next_step(content: Content, checkpoint: Mapping[str, Any]) -> Step | None:
    """What comes next for the media; None when all are ready."""
    ready = len(media_ids(checkpoint))
    if ready == len(content.media):
        return None
    upload = checkpoint.get("upload")
    if upload is None or upload["sent"] < content.media[ready].size:
        return UPLOAD
    return {None: FINALIZE, "processing": CHECK, "ready": DESCRIBE}[upload.get("state")]


def media_ids(checkpoint: Mapping[str, Any]) -> list[str]:
    """Of the media that may be attached, in their order."""
    return list(checkpoint.get("media_ids", ()))


def take(step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """Do one of the steps above. Raises a PlatformError."""
    take_step = {UPLOAD: _upload, FINALIZE: _finalize, CHECK: _check, DESCRIBE: _describe}[step]
    return take_step(post, checkpoint, http)


def _upload(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """Send the next part of the medium whose turn it is.

    After a death the part is sent again. Where an upload was not stored yet that is a new one;
    else the same segments come twice, and if X minds, which nobody has seen, it begins anew.
    """
    asset = post.content.media[len(media_ids(checkpoint))]
    upload = checkpoint.get("upload") or _initialize(post, asset, http)
    size = SEGMENT_BYTES[_restarts(checkpoint)]
    end = min(upload["sent"] + UPLOAD_STEP_BYTES, asset.size)
    try:
        for start in range(upload["sent"], end, size):
            segment = http.bytes_of(asset, start, min(size, end - start))
            _append(post, upload["id"], start // size, segment, http)
    except MediaRejected as refusal:
        return _anew(checkpoint, refusal)
    return Pending({**checkpoint, "upload": {**upload, "sent": end}})


def _initialize(post: Post, asset: MediaAsset, http: Http) -> dict[str, Any]:
    answer = http.prepare(
        "POST",
        f"{PATH}/initialize",
        json={
            "media_type": asset.content_type,
            "total_bytes": asset.size,
            "media_category": category(asset),
        },
        headers=bearer(post),
    )
    media_id = _accepted(answer).get("id")
    if not media_id:
        raise PlatformUnavailable("X began an upload without its id.")
    return {"id": media_id, "sent": 0}


def _append(post: Post, media_id: str, index: int, segment: bytes, http: Http) -> None:
    answer = http.upload(
        "POST",
        f"{PATH}/{media_id}/append",
        data={"segment_index": str(index)},
        files={"media": ("media", segment, "application/octet-stream")},
        headers=bearer(post),
    )
    _accepted(answer)


def _finalize(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    media_id = checkpoint["upload"]["id"]
    # Without a body it is refused as no JSON object (trypost#202).
    answer = http.prepare("POST", f"{PATH}/{media_id}/finalize", json={}, headers=bearer(post))
    try:
        found = _accepted(answer)
    except MediaRejected as refusal:
        return _anew(checkpoint, refusal)
    return _after_processing(post, checkpoint, found)


def _check(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    query = {"command": "STATUS", "media_id": checkpoint["upload"]["id"]}
    found = _accepted(http.read(PATH, params=query, headers=bearer(post)))
    return _after_processing(post, checkpoint, found)


def _after_processing(
    post: Post, checkpoint: Mapping[str, Any], found: Mapping[str, Any]
) -> Pending:
    """What X's word on the medium leads to; without `processing_info` it is ready."""
    info = found.get("processing_info") or {}
    upload = checkpoint["upload"]
    match info.get("state", "succeeded"):
        case "succeeded" if post.alt_text(len(media_ids(checkpoint))):
            return Pending({**checkpoint, "upload": {**upload, "state": "ready"}})
        case "succeeded":
            return _ready(checkpoint)
        case "failed":
            return _failed(checkpoint, info.get("error") or {})
    waited = upload.get("waited", 0)
    if waited >= LONGEST_PROCESSING:
        return _anew(checkpoint, PlatformUnavailable("X did not finish processing the media."))
    wait = info.get("check_after_secs") or CHECK_AFTER
    waiting = {**upload, "state": "processing", "waited": waited + wait}
    return Pending({**checkpoint, "upload": waiting}, timedelta(seconds=wait))


def _failed(checkpoint: Mapping[str, Any], error: Mapping[str, Any]) -> Pending:
    name, said = error.get("name", "InvalidMedia"), error.get("message", "")
    refusal = MediaRejected(
        f"X could not process the media: {said or name}. Export the file anew, then post again.",
        platform_code=name,
        platform_message=said,
    )
    if name != "InternalError":
        raise refusal
    return _anew(checkpoint, refusal)


def _describe(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    text = post.alt_text(len(media_ids(checkpoint)))
    answer = http.prepare(
        "POST",
        "/2/media/metadata",
        json={"id": checkpoint["upload"]["id"], "metadata": {"alt_text": {"text": text}}},
        headers=bearer(post),
    )
    _accepted(answer)
    return _ready(checkpoint)


def _ready(checkpoint: Mapping[str, Any]) -> Pending:
    """On to the next medium."""
    others = {name: value for name, value in checkpoint.items() if name != "upload"}
    ids = [*media_ids(checkpoint), checkpoint["upload"]["id"]]
    return Pending({**others, "media_ids": ids})


def _anew(checkpoint: Mapping[str, Any], failure: PlatformError) -> Pending:
    """Upload the medium once more from its beginning, and only once."""
    restarts = _restarts(checkpoint) + 1
    if restarts > MAX_RESTARTS:
        raise failure
    return Pending({"media_ids": media_ids(checkpoint), "restarts": restarts})


def _restarts(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("restarts", 0)
    return count


def _accepted(answer: Answer) -> dict[str, Any]:
    """`data` of a 2xx answer; an append's may be empty. Raises a PlatformError."""
    if answer.ok:
        data = answer.fields().get("data")
        return data if isinstance(data, dict) else {}
    error = error_of(answer)
    said: dict[str, Any] = {
        "platform_code": error.platform_code,
        "platform_message": error.platform_message,
    }
    if answer.status == 404:
        # Seen during outages; an upload that ran out after a day is past the run's patience.
        raise PlatformUnavailable("X does not find the upload.", **said)
    if error.category is ErrorCategory.VALIDATION:
        raise MediaRejected(f"X cannot use the media: {error.platform_message}", **said)
    raise error


def bearer(post: Post) -> dict[str, str]:
    return {"Authorization": f"Bearer {post.access_token}"}
