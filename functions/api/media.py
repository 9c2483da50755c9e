"""/v1/media."""

import re
from typing import Annotated, Any, TypeVar

import flask
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from functions.api import body as request_body
from functions.api.caller import authenticate
from shared import wiring
from shared.config import MediaSettings
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import without_none
from shared.gcp.media import upload_path
from shared.media import library
from shared.media.names import EXTENSIONS
from shared.web import strict
from shared.web.envelope import json_answer, time_text
from shared.web.strict import Strict

_Asked = TypeVar("_Asked", bound=Strict)

routes = flask.Blueprint("media", __name__, url_prefix="/v1/media")


class StoreMedia(Strict):
    """A file of elsewhere to store."""

    url: str
    """http or https, on the public internet."""


def _known_type(name: str) -> str:
    if name not in EXTENSIONS:
        message = f"The type must be one of {', '.join(sorted(EXTENSIONS))}."
        raise PydanticCustomError("invalid", message)
    return name


class BeginUpload(Strict):
    """A file of one's own to upload."""

    content_type: Annotated[
        str, AfterValidator(_known_type), Field(json_schema_extra={"enum": sorted(EXTENSIONS)})
    ]
    size: Annotated[int, Field(ge=1)]
    """Bytes, exactly."""


@routes.post("")
def store_media() -> flask.Response:
    """Store what lies at a URL: 201 {url, contentType, size, width?, height?, duration?}."""
    parts = wiring.parts()
    settings = parts.settings.media
    asked = _parse(request_body.read(flask.request), StoreMedia)
    urls = {} if isinstance(asked, ApiError) else {"url": asked.url}
    caller = authenticate(
        parts,
        scope="media",
        reads=lambda principal: library.paths(principal.user_id, urls.values(), settings),
    )
    caller.require_subscription()
    if isinstance(asked, ApiError):
        raise asked
    user_id = caller.principal.user_id
    known = library.known(user_id, urls, caller.documents, settings)
    if known.faults:
        raise InvalidRequest(known.faults)
    if "url" in known.assets:
        return json_answer(_as_json(known.assets["url"]), 201)
    caller.count_at_once()
    return json_answer(_as_json(parts.intake.take_one(user_id, "url", asked.url)), 201)


@routes.post("/uploads")
def begin_upload() -> flask.Response:
    """A URL to upload one file to: 201 {uploadId, method, url, headers, expiresAt}."""
    parts = wiring.parts()
    asked = _parse(request_body.read(flask.request), BeginUpload)
    caller = authenticate(parts, scope="media")
    caller.require_subscription()
    if isinstance(asked, ApiError):
        raise asked
    _check_size(asked, parts.settings.media)
    begun = parts.uploads.begin(caller.principal.user_id, asked.content_type, asked.size)
    answer = {
        "uploadId": begun.upload_id,
        "method": "PUT",
        "url": begun.signed.url,
        "headers": dict(begun.signed.headers),
        "expiresAt": time_text(begun.expires_at),
    }
    return json_answer(answer, 201)


@routes.post("/uploads/<upload_id>/complete")
def complete_upload(upload_id: str) -> flask.Response:
    """Take in what was uploaded; answers as POST /v1/media."""
    parts = wiring.parts()
    is_id = re.fullmatch("[A-Za-z0-9_-]{22}", upload_id) is not None
    caller = authenticate(
        parts,
        scope="media",
        reads=lambda who: [upload_path(who.user_id, upload_id)] if is_id else [],
    )
    caller.require_subscription()
    if not is_id:
        raise ApiError(ErrorCode.NOT_FOUND, f"There is no upload {upload_id} of yours.")
    user_id = caller.principal.user_id
    caller.count_at_once()
    found = caller.documents[upload_path(user_id, upload_id)]
    return json_answer(_as_json(parts.uploads.complete(user_id, upload_id, found)), 201)


def _parse(body: request_body.Body, model: type[_Asked]) -> _Asked | ApiError:
    """What is asked for, or what is wrong with it: said only to those who may know."""
    try:
        return strict.read(model, body.required())
    except ApiError as fault:
        return fault


def _check_size(asked: BeginUpload, settings: MediaSettings) -> None:
    is_image = asked.content_type.startswith("image/")
    most = settings.max_image_bytes if is_image else settings.max_video_bytes
    if asked.size > most:
        message = f"At most {most:,} bytes are taken of this type; this file has {asked.size:,}."
        raise InvalidRequest([Violation("size", "too_large", message)])


def _as_json(asset: MediaAsset) -> dict[str, Any]:
    return without_none(
        {
            "url": asset.url,
            "contentType": asset.content_type,
            "size": asset.size,
            "width": asset.width,
            "height": asset.height,
            "duration": asset.duration,
        }
    )
