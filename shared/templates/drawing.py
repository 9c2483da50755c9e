"""Drawing a picture and storing it as a file of the user, once for each order."""

import io
from collections.abc import Mapping
from typing import Any

from shared import logs
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.gcp.firestore import document
from shared.gcp.media import asset_from, media_path, source_path
from shared.gcp.storage import MediaBucket, StorageUnavailable
from shared.media.facts import Facts
from shared.media.intake import Intake, Whole, upload_failed
from shared.media.library import is_alive
from shared.media.names import name_of
from shared.templates.config import SIZES
from shared.templates.orders import Order, unknown_picture
from shared.templates.render import RENDERER, NotDrawn, Photo
from shared.templates.texts import data_of

log = logs.logger("templates")


def known(order: Order, user_id: str, documents: Mapping[str, Any]) -> MediaAsset | None:
    """The file, if the picture was drawn before. `documents`: those of `Order.paths`."""
    return _stored(documents[source_path(user_id, order.source_id)])


def draw(order: Order, user_id: str, documents: Mapping[str, Any], intake: Intake) -> MediaAsset:
    """Draw the picture and store it. `documents`: those of `Order.paths`. Raises ApiError."""
    photo = None
    if order.picture_id is not None:
        asset = _stored(documents[media_path(user_id, order.picture_id)])
        photo = _photo(asset, intake.bucket)
    try:
        picture = RENDERER.draw(order.template, data_of(order.config, order.ratio), photo)
    except NotDrawn as error:
        raise InvalidRequest([Violation("config", "not_drawn", error.message)]) from error
    facts = Facts(*SIZES[order.ratio])
    stream = Whole(io.BytesIO(picture), len(picture), len(picture))
    return upload_failed(
        "config", lambda: intake.store_made(user_id, order.source_id, stream, facts)
    )


def _stored(snapshot: Any) -> MediaAsset | None:
    fields = document(snapshot)
    return asset_from(fields) if fields is not None and is_alive(fields) else None


def _photo(asset: MediaAsset | None, bucket: MediaBucket) -> Photo:
    if asset is None:
        raise InvalidRequest([unknown_picture()])
    if not asset.content_type.startswith("image/"):
        message = "The file is a video. Use an image."
        raise InvalidRequest([Violation("config.picture", "not_an_image", message)])
    try:
        with bucket.open(name_of(asset.media_id, asset.content_type), asset.content_type) as file:
            return Photo(file.read(asset.size), asset.content_type)
    except StorageUnavailable as error:
        log.error("picture not read: %s", error)
        message = "Soku's storage did not respond. Send the request again."
        raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error
