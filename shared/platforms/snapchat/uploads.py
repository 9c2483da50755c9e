"""Uploading media to Snapchat: create, add encrypted parts, finalize."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory, PlatformUnavailable, Rejected
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Step
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.snapchat.checkpoint import Checkpoint, Media
from shared.platforms.snapchat.encryption import (
    MIB,
    encrypted,
    new_secrets,
    next_iv,
    part_bytes,
    part_count,
)
from shared.platforms.snapchat.errors import MediaProcessing, accepted
from shared.platforms.snapchat.products import media_type, profile_path
from shared.platforms.wire import words

CREATE = Step("create_media")
UPLOAD = Step("upload_media", lease=UPLOAD_LEASE)
FINALIZE = Step("finalize_media")

Turn = AnyTurn[Checkpoint]


def next_step(content: Content, checkpoint: Checkpoint) -> Step | None:
    """The next step for the media; None when they are uploaded."""
    media = checkpoint.media
    if media is None:
        return CREATE
    if media.parts < part_count(content.media[0].size):
        return UPLOAD
    return None if media.finalized else FINALIZE


def create_media(turn: Turn) -> Pending:
    asset, secrets = turn.content.media[0], new_secrets()
    body = {"type": media_type(asset), "name": asset.url.rpartition("/")[2], **secrets}
    path = f"{profile_path(turn.post.account)}/media"
    answer = accepted(turn.http.prepare("POST", path, json=body, headers=turn.post.bearer))
    fields = _media_fields(answer)
    add_path, finalize_path = (words(fields.get(name)) for name in ("add_path", "finalize_path"))
    if not fields or not all(
        path.startswith(("/", "https://")) for path in (add_path, finalize_path)
    ):
        raise PlatformUnavailable("Snapchat created the media without returning the upload paths.")
    media = Media(words(fields["media_id"]), secrets["key"], secrets["iv"], add_path, finalize_path)
    return Pending(Checkpoint(media, turn.checkpoint.made + 1))


def _media_fields(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of created media: flat in the documentation, nested in some clients."""
    nested = [value for value in answer.values() if isinstance(value, dict)]
    return next((fields for fields in (answer, *nested) if words(fields.get("media_id"))), {})


def upload_media(turn: Turn) -> Pending:
    """Send the next parts. A part that is sent again after a crash has the same bytes."""
    media, size = media_of(turn), turn.content.media[0].size
    sent = 0
    while media.parts < part_count(size) and sent < UPLOAD_STEP_BYTES:
        part = _encrypted_part(turn, media)
        media = replace(media, parts=media.parts + 1, iv=next_iv(part))
        answer = turn.http.upload(
            "POST",
            media.add_path,
            data={"action": "ADD", "part_number": str(media.parts)},
            files={"file": ("part", part, "application/octet-stream")},
            headers=turn.post.bearer,
        )
        accepted(answer)
        sent += len(part)
    return Pending(replace(turn.checkpoint, media=media))


def _encrypted_part(turn: Turn, media: Media) -> bytes:
    """The next part, read in pieces: a request needs all of its ciphertext."""
    asset = turn.content.media[0]
    length = part_bytes(asset.size)
    start, end = media.parts * length, min((media.parts + 1) * length, asset.size)
    pieces = (
        turn.http.bytes_of(asset, at, min(4 * MIB, end - at)) for at in range(start, end, 4 * MIB)
    )
    return encrypted(pieces, key=media.key, iv=media.iv, is_last=end == asset.size)


def finalize_media(turn: Turn) -> Pending:
    media = media_of(turn)
    answer = turn.http.prepare(
        "POST",
        media.finalize_path,
        files={"action": (None, "FINALIZE")},
        headers=turn.post.bearer,
    )
    # An earlier call with a lost answer may have finalized the media; publishing will show it.
    try:
        accepted(answer)
    except MediaProcessing:
        pass
    except Rejected as error:
        if error.category is not ErrorCategory.UNKNOWN:
            raise
    return Pending(replace(turn.checkpoint, media=replace(media, finalized=True)))


def media_of(turn: Turn) -> Media:
    if turn.checkpoint.media is None:
        raise ValueError("this step follows create_media")
    return turn.checkpoint.media
