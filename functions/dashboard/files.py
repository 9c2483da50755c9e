"""Scripts and styles, which every browser may keep for ever."""

import flask
from werkzeug.exceptions import NotFound

from shared.web.assets import asset_of

_FOR_EVER = "public, max-age=31536000, immutable"


def show_asset(version: str, name: str) -> flask.Response:
    """Raises NotFound, also for the address of an earlier version."""
    asset = asset_of(name)
    if asset is None or asset.version != version:
        raise NotFound
    response = flask.Response(asset.content, content_type=asset.content_type)
    if flask.request.accept_encodings.quality("gzip"):
        response.set_data(asset.compressed)
        response.headers["Content-Encoding"] = "gzip"
    response.headers |= {
        "Cache-Control": _FOR_EVER,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    return response
