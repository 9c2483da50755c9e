"""Uploads to X: in one request or in segments, their status, and alt texts.

The paths and limits are those of docs.x.com/x-api/media as of November 2026; the older form with
`command=INIT` is gone there, and here.
"""

import base64
import binascii
import io
import math
from typing import Any

from flask import request
from PIL import Image

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.media import Medium, NotMedia, inspect
from local.platforms.reading import own, whole_number
from local.platforms.simulation import Endpoints
from local.platforms.x import errors as x_errors
from local.platforms.x.state import State
from local.platforms.x.upload import CATEGORIES, MIB, Upload

SCOPE = "media.write"
LARGEST_SEGMENT = 4 * MIB  # clients report that larger ones were refused with 431
MOST_SEGMENTS = 1000
LONGEST_ALT_TEXT = 1000
_ALWAYS_KNOWN = {"shared", "additional_owners"}


class MediaEndpoints(Endpoints[State]):
    def initialize(self) -> Any:
        """`POST /2/media/upload/initialize`: `{data: {id, media_key, expires_after_secs}}`."""
        account = self._state.authorized(SCOPE)
        body = x_errors.json_body()
        names = ("media_category", "media_type", "total_bytes")
        x_errors.check_fields(body, names, {*names, *_ALWAYS_KNOWN})
        category, media_type, total = (body[name] for name in names)
        upload = self._begin(account, category, media_type, total)
        return {"data": _named(upload)}

    def upload(self) -> Any:
        """`POST /2/media/upload`: a picture in one request, as multipart or as JSON in Base64."""
        account = self._state.authorized(SCOPE)
        fields, data = _sent_bytes("media_category", "media_type", *_ALWAYS_KNOWN)
        category = fields.get("media_category")
        if category != "tweet_image":
            raise x_errors.invalid("media_category", category, "$.media_category: is not known")
        medium = _inspected(data)
        if fields.get("media_type", medium.content_type) != medium.content_type:
            raise x_errors.invalid_request("media type unrecognized")
        upload = self._begin(account, "tweet_image", medium.content_type, len(data))
        upload.medium, upload.finalized_at = medium, clock.now()
        return {"data": _shown(upload)}

    def append(self, media_id: str) -> Any:
        """`POST /2/media/upload/{id}/append`: `{data: {expires_at}}`; a segment can be repeated."""
        upload = self._own(media_id)
        fields, data = _sent_bytes("segment_index")
        if "segment_index" not in fields:
            raise x_errors.invalid_request("The fields segment_index and media are required.")
        index = str(fields["segment_index"])
        number = whole_number(index, 0, MOST_SEGMENTS - 1)
        if number is None:
            message = f"segment_index must be from 0 to {MOST_SEGMENTS - 1}"
            raise x_errors.invalid("segment_index", index, message)
        if len(data) > LARGEST_SEGMENT:
            raise x_errors.problem(413, "Payload Too Large")
        if upload.finalized_at is not None:
            raise x_errors.invalid_request("The media has been finalized.")
        if upload.segments.get(number, data) != data or number > len(upload.segments):
            raise x_errors.invalid("segment_index", index, "Segments must be contiguous.")
        upload.segments[number] = data
        self._act_out_fault(upload)
        return {"data": {"expires_at": int(upload.expires_at.timestamp())}}

    def finalize(self, media_id: str) -> Any:
        """`POST /2/media/upload/{id}/finalize`: the medium, with `processing_info` if any.

        It needs no body.
        """
        upload = self._own(media_id)
        if request.get_data():
            x_errors.check_fields(x_errors.json_body(), (), ())
        if upload.finalized_at is not None:
            raise x_errors.invalid_request("The media has been finalized.")
        data = b"".join(upload.segments[number] for number in sorted(upload.segments))
        if len(data) != upload.total_bytes:
            message = f"Received {len(data)} bytes of {upload.total_bytes}."
            raise x_errors.invalid("total_bytes", upload.total_bytes, message)
        medium = _inspected(data)
        if medium.content_type != upload.media_type:
            raise x_errors.invalid_request("media type unrecognized")
        upload.medium, upload.finalized_at = medium, clock.now()
        upload.segments.clear()
        if upload.category != "tweet_image":
            upload.processing = self._platform.processing_time
            upload.outcome = "failed" if _fault_of(medium) else upload.outcome
        self._act_out_fault(upload)
        return {"data": _shown(upload)}

    def status(self) -> Any:
        """`GET /2/media/upload?media_id=`: as finalize answers; `command` can be left out."""
        self._state.authorized(SCOPE)
        x_errors.allow_query("command", "media_id", "media.fields")
        command = request.args.get("command", "STATUS")
        if command != "STATUS":
            raise x_errors.invalid("command", command, "command must be STATUS")
        upload = self._own(request.args.get("media_id", ""))
        return {"data": _shown(upload)}

    def describe(self) -> Any:
        """`POST /2/media/metadata`: the alt text, after finalize and before the post."""
        account = self._state.authorized(SCOPE)
        x_errors.allow_query()
        body = x_errors.json_body()
        x_errors.check_fields(body, ("id", "metadata"), ("id", "metadata"))
        upload = own(self._state.uploads.get(str(body["id"])), account)
        if upload is None or not upload.is_usable:
            raise x_errors.invalid("id", body["id"], "The media does not exist.")
        text = _alt_text(body["metadata"])
        upload.alt_text = text
        return {"data": {"id": upload.id, "associated_metadata": {"alt_text": {"text": text}}}}

    def _begin(self, account: Account, category: Any, media_type: Any, total: Any) -> Upload:
        if category not in CATEGORIES:
            raise x_errors.invalid("media_category", category, "$.media_category: is not known")
        types, most, _, _ = CATEGORIES[category]
        if media_type not in types:
            raise x_errors.invalid("media_type", media_type, f"$.media_type: no {category}")
        if type(total) is not int or not 1 <= total <= most:
            message = f"$.total_bytes: must be from 1 to {most}"
            raise x_errors.invalid("total_bytes", total, message)
        upload = Upload(
            self._state.next_id(), account.account_id, category, media_type, total, clock.now()
        )
        self._act_out_fault(upload)
        self._state.uploads[upload.id] = upload
        return upload

    def _own(self, media_id: str) -> Upload:
        account = self._state.authorized(SCOPE)
        if request.method == "POST":
            x_errors.allow_query()
        upload = own(self._state.uploads.get(media_id), account)
        if upload is None or clock.now() >= upload.expires_at:
            raise x_errors.not_found_status("media", "id", media_id)
        return upload

    def _act_out_fault(self, upload: Upload) -> None:
        if self._platform.struck("processing_stuck"):
            upload.outcome = "in_progress"
        elif self._platform.struck("processing_failed"):
            upload.outcome = "failed"


def _sent_bytes(*known: str) -> tuple[dict[str, Any], bytes]:
    """The fields of an upload and the bytes of its `media`. Raises Refusal.

    Both forms of the documentation: multipart with a file, or JSON with Base64.
    """
    if request.mimetype == "multipart/form-data":
        file = request.files.get("media")
        if not set(request.form) <= set(known) or file is None or len(request.files) != 1:
            raise x_errors.invalid_request("The multipart fields are not those of an upload.")
        return dict(request.form), file.read()
    body = x_errors.json_body()
    x_errors.check_fields(body, ("media",), ("media", *known))
    try:
        return body, base64.b64decode(body.pop("media"), validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise x_errors.invalid_request("$.media: is not Base64") from None


def _inspected(data: bytes) -> Medium:
    try:
        return inspect(data)
    except NotMedia:
        raise x_errors.invalid_request("media type unrecognized") from None


def _named(upload: Upload) -> dict[str, Any]:
    left = upload.expires_at - clock.now()
    expires = round(left.total_seconds())
    return {"id": upload.id, "media_key": upload.key, "expires_after_secs": expires}


def _shown(upload: Upload) -> dict[str, Any]:
    """With `processing_info` if the medium is processed, or held up by a fault."""
    medium = upload.medium
    shown = _named(upload) | {"size": medium.size if medium else 0}
    if medium is not None and medium.kind == "image":
        kind = {"image_type": medium.content_type, "w": medium.width, "h": medium.height}
        shown["image"] = kind
    elif medium is not None:
        shown["video"] = {"video_type": medium.content_type}
    state = upload.state
    if upload.category != "tweet_image" or state != "succeeded":
        shown["processing_info"] = _processing_info(upload, state)
    return shown


def _processing_info(upload: Upload, state: str) -> dict[str, Any]:
    if state == "failed":
        name, message = upload.failure
        return {"state": state, "error": {"code": 1, "name": name, "message": message}}
    if state == "succeeded":
        return {"state": state, "progress_percent": 100}
    elapsed = clock.now() - (upload.finalized_at or clock.now())
    left = max((upload.processing - elapsed).total_seconds(), 0)
    wait = min(max(math.ceil(left), 1), 15)
    progress = {"pending": 0, "in_progress": 50}[state]
    return {"state": state, "check_after_secs": wait, "progress_percent": progress}


def _fault_of(medium: Medium) -> str | None:
    """The limit that a GIF or a video exceeds."""
    if medium.kind == "image":
        return _fault_of_gif(medium)
    limits = {
        "duration": 0.5 <= (medium.duration or 0) <= 140,
        # 1280x1024 is documented, 720x1280 and 1080p are reported to work, too.
        "size": min(medium.width, medium.height) >= 32
        and medium.width * medium.height <= 2_073_600,
        "aspect": 1 / 3 <= medium.aspect <= 3,
        "frame rate": (medium.frame_rate or 0) <= 60,
        "codec": medium.codec == "h264",
    }
    return next((name for name, is_kept in limits.items() if not is_kept), None)


def _fault_of_gif(medium: Medium) -> str | None:
    with Image.open(io.BytesIO(medium.data)) as image:
        frames = getattr(image, "n_frames", 1)
    if medium.width > 1280 or medium.height > 1080:
        return "size"
    is_too_much = frames > 350 or medium.width * medium.height * frames > 300_000_000
    return "frames" if is_too_much else None


def _alt_text(metadata: object) -> str:
    if not isinstance(metadata, dict):
        raise x_errors.invalid("metadata", metadata, "$.metadata: is no object")
    x_errors.check_fields(metadata, ("alt_text",), ("alt_text",), "metadata.")
    text = metadata["alt_text"].get("text") if isinstance(metadata["alt_text"], dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_ALT_TEXT:
        message = f"$.metadata.alt_text.text: must have 1 to {LONGEST_ALT_TEXT} characters"
        raise x_errors.invalid("metadata.alt_text.text", text, message)
    return text
