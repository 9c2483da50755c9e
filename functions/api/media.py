"""/v1/media."""

import re
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import flask
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.api import body as request_body
from functions.api.caller import authenticate
from functions.api.reading import parameters
from shared import wiring
from shared.config import MediaSettings
from shared.domain.errors import ApiError, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import without_none
from shared.gcp.media import media_path, upload_path
from shared.media import collection, library, removal
from shared.media.collection import MediaQuery, StoredFile
from shared.media.library import upload_not_found
from shared.media.names import EXTENSIONS, MEDIA_ID, UPLOAD_ID
from shared.web import strict
from shared.web.envelope import json_answer, time_text
from shared.web.strict import Strict

# Of an id that does not exist, in the message.
_LONGEST_ID = 64


class StoreMedia(Strict):
    """An external file to download and store."""

    url: str
    """http or https, on the public internet."""
    keep_location: bool = False
    """Keep the position where a photo or video was taken, which Soku removes otherwise."""


def _known_type(name: str) -> str:
    if name not in EXTENSIONS:
        message = f"The type must be one of {', '.join(sorted(EXTENSIONS))}."
        raise PydanticCustomError("invalid", message)
    return name


class BeginUpload(Strict):
    """A file that the caller will upload."""

    content_type: Annotated[
        str, AfterValidator(_known_type), Field(json_schema_extra={"enum": sorted(EXTENSIONS)})
    ]
    size: Annotated[int, Field(ge=1)]
    """In bytes. The file may be smaller, not larger."""
    keep_location: bool = False
    """Keep the position where a photo or video was taken, which Soku removes otherwise."""


def store_media() -> flask.Response:
    """Store a file from a URL.

    Within 24 hours, the same URL returns the same file. Soku downloads only from the public
    internet.
    """
    parts = wiring.parts()
    settings = parts.settings.media
    file = request_body.read(flask.request).parsed(partial(strict.read, StoreMedia))
    urls = {} if isinstance(file, ApiError) else {"url": file.url}
    keeps = not isinstance(file, ApiError) and file.keep_location
    caller = authenticate(
        parts,
        limit_name="media",
        reads=lambda principal: library.paths(
            principal.user_id, urls.values(), settings, keeps_location=keeps
        ),
    )
    caller.require_subscription()
    if isinstance(file, ApiError):
        raise file
    user_id = caller.principal.user_id
    known = library.known(user_id, urls, caller.documents, settings, keeps_location=keeps)
    if known.violations:
        raise InvalidRequest(known.violations)
    if "url" in known.assets:
        return json_answer(as_json(known.assets["url"]), 201)
    caller.count_now()
    asset = parts.intake.store_one(user_id, "url", file.url, keeps_location=keeps)
    return json_answer(as_json(asset), 201)


def begin_upload() -> flask.Response:
    """Get a URL to upload a file to."""
    parts = wiring.parts()
    file = request_body.read(flask.request).parsed(partial(strict.read, BeginUpload))
    caller = authenticate(parts, limit_name="media")
    caller.require_subscription()
    if isinstance(file, ApiError):
        raise file
    _check_size(file, parts.settings.media)
    upload = parts.uploads.begin(
        caller.principal.user_id, file.content_type, file.size, keeps_location=file.keep_location
    )
    answer = {
        "uploadId": upload.upload_id,
        "method": "PUT",
        "url": upload.signed.url,
        "headers": dict(upload.signed.headers),
        "expiresAt": time_text(upload.expires_at),
    }
    return json_answer(answer, 201)


def complete_upload(upload_id: str) -> flask.Response:
    """Store an uploaded file."""
    parts = wiring.parts()
    is_id = re.fullmatch(UPLOAD_ID, upload_id) is not None
    caller = authenticate(
        parts,
        limit_name="media",
        reads=lambda who: [upload_path(who.user_id, upload_id)] if is_id else [],
    )
    caller.require_subscription()
    if not is_id:
        raise upload_not_found(upload_id)
    user_id = caller.principal.user_id
    caller.count_now()
    snapshot = caller.documents[upload_path(user_id, upload_id)]
    return json_answer(as_json(parts.uploads.complete(user_id, upload_id, snapshot)), 201)


def list_media() -> flask.Response:
    """List files.

    Your stored files, the newest first, each with the posts that use it.
    """
    parts = wiring.parts()
    caller = authenticate(parts)
    query = strict.read(MediaQuery, parameters())
    page = collection.read(parts.db, caller.principal.user_id, query)
    return json_answer({"data": [_in_list(file) for file in page.files], "nextCursor": page.cursor})


def delete_media(media_id: str) -> flask.Response:
    """Delete a file.

    A file that a post uses cannot be deleted. The public URL stops working within 15 minutes.
    """
    parts = wiring.parts()
    is_id = re.fullmatch(MEDIA_ID, media_id) is not None
    caller = authenticate(
        parts, reads=lambda who: [media_path(who.user_id, media_id)] if is_id else []
    )
    if not is_id:
        raise library.media_not_found(media_id[:_LONGEST_ID])
    user_id = caller.principal.user_id
    snapshot = caller.documents[media_path(user_id, media_id)]
    removal.delete(parts.db, user_id, media_id, snapshot)
    return flask.Response(status=HTTPStatus.NO_CONTENT)


def _in_list(file: StoredFile) -> dict[str, Any]:
    return without_none(
        {
            **as_json(file.asset),
            "createdAt": time_text(file.created_at),
            "sourceUrl": file.source_url,
            "usedBy": list(file.used_by),
        }
    )


def _check_size(file: BeginUpload, settings: MediaSettings) -> None:
    is_image = file.content_type.startswith("image/")
    most = settings.max_image_bytes if is_image else settings.max_video_bytes
    if file.size > most:
        message = f"Files of this type can have at most {most:,} bytes; this one has {file.size:,}."
        raise InvalidRequest([Violation("size", "too_large", message)])


def as_json(asset: MediaAsset) -> dict[str, Any]:
    return without_none(
        {
            "id": asset.media_id,
            "url": asset.url,
            "contentType": asset.content_type,
            "size": asset.size,
            "width": asset.width,
            "height": asset.height,
            "duration": asset.duration,
        }
    )
