"""Files for a post, sent by the browser straight to storage; these answers are for our script."""

import re
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.limits import limiter
from functions.dashboard.visitor import Visitor, visitor
from shared import wiring
from shared.billing.access import plan_check
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.media import MediaAsset
from shared.gcp.media import upload_path
from shared.gcp.users import subscription_path
from shared.media import library
from shared.media.library import upload_not_found
from shared.media.names import EXTENSIONS, UPLOAD_ID
from shared.web import sessions
from shared.web.envelope import CODES, json_answer
from shared.wiring import Parts

UPLOADS_PER_MINUTE = 120
"""Of a user: two requests for each file, and a post can have 50 files."""


def begin() -> flask.Response:
    """A signed URL for one file of this type and size."""
    parts, form = wiring.parts(), flask.request.form
    who = _user(parts)
    try:
        _check(who, parts)
        content_type, size = form.get("type", ""), form.get("size", "")
        _check_file(content_type, size, parts)
        upload = parts.uploads.begin(who.user_id, content_type, int(size))
    except ApiError as error:
        return _refusal(error)
    return json_answer(
        {
            "id": upload.upload_id,
            "url": upload.signed.url,
            "headers": dict(upload.signed.headers),
        }
    )


def complete(upload_id: str) -> flask.Response:
    """Check and store an uploaded file."""
    parts = wiring.parts()
    is_id = re.fullmatch(UPLOAD_ID, upload_id) is not None
    who = _user(parts, lambda user: [upload_path(user, upload_id)] if is_id else [])
    try:
        _check(who, parts)
        if not is_id:
            raise upload_not_found(upload_id[:64])
        snapshot = who.documents[upload_path(who.user_id, upload_id)]
        return json_answer(_file(parts.uploads.complete(who.user_id, upload_id, snapshot)))
    except ApiError as error:
        return _refusal(error)


def from_url() -> flask.Response:
    """Download and store a file of another website."""
    parts, url = wiring.parts(), flask.request.form.get("url", "").strip()
    settings = parts.settings.media
    who = _user(parts, lambda user: library.paths(user, [url], settings))
    try:
        _check(who, parts)
        known = library.known(who.user_id, {"url": url}, who.documents, settings)
        if known.violations:
            message = "This file does not exist. Choose it from your device."
            raise ApiError(ErrorCode.NOT_FOUND, message)
        stored = known.assets.get("url")
        return json_answer(_file(stored or parts.intake.store_one(who.user_id, "url", url)))
    except ApiError as error:
        return _refusal(error)


def _user(parts: Parts, reads: Any = lambda _: []) -> Visitor:
    sessions.require_own_post(flask.request, parts.settings)
    return visitor(parts, lambda user: [subscription_path(user), *reads(user)])


def _check(who: Visitor, parts: Parts) -> None:
    """Raises ApiError if the user may not store files now."""
    subscription = who.documents[subscription_path(who.user_id)]
    plan_check(subscription, parts, "add the file again")(())
    if wait := limiter("uploads", UPLOADS_PER_MINUTE).count(who.user_id):
        message = f"You have added many files within a minute. Try again in {wait} seconds."
        raise ApiError(ErrorCode.RATE_LIMIT_EXCEEDED, message)


def _check_file(content_type: str, size: str, parts: Parts) -> None:
    if content_type not in EXTENSIONS:
        message = "Soku stores JPEG, PNG, GIF and WebP pictures, and MP4, MOV and WebM videos."
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message)
    settings = parts.settings.media
    is_image = content_type.startswith("image/")
    most = settings.max_image_bytes if is_image else settings.max_video_bytes
    if not re.fullmatch(r"[1-9]\d{0,15}", size, re.ASCII) or int(size) > most:
        message = f"The file can have at most {most / 1_000_000:,.0f} MB."
        raise ApiError(ErrorCode.PAYLOAD_TOO_LARGE, message)


def _file(asset: MediaAsset) -> dict[str, Any]:
    return {
        "url": asset.url,
        "kind": asset.kind.value,
        "width": asset.width,
        "height": asset.height,
        "duration": asset.duration,
    }


def _refusal(error: ApiError) -> flask.Response:
    status, _ = CODES[error.code]
    message = error.message
    if error.code is ErrorCode.UPLOAD_FAILED and error.details:
        message = error.details[0]["message"]
    can_retry = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.CONFLICT,
    )
    return json_answer({"message": message, "canRetry": can_retry}, status)
