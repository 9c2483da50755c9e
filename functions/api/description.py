"""GET /, /healthz, /openapi.json, /docs and /llms.txt, which need no key."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import flask
from werkzeug.exceptions import NotFound

from shared import config
from shared.web.envelope import json_answer

_OWN = Path(__file__).parent / "openapi" / "page"
# Only these files of the page and of Swagger UI are served.
_OWN_FILES = frozenset({"show.js"})
_SWAGGER_FILES = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_LINKS = {"docs": "docs", "openapi": "openapi.json", "health": "healthz"}
# Seconds. After a deployment, a reader may see the previous version for this long.
_PAGE_AGE, _FILE_AGE = 300, 24 * 60 * 60


def show_links() -> flask.Response:
    """Find the documentation.

    Links to this document, its page, and the health check.
    """
    return json_answer({name: f"{_base_url()}/{path}" for name, path in _LINKS.items()})


def check_health() -> flask.Response:
    """Check whether the API responds."""
    return json_answer({"status": "ok"})


def read_description() -> flask.Response:
    """Read this document."""
    document = flask.Response(_served_at(_base_url()), content_type="application/json")
    return _cached(document, _PAGE_AGE)


def _base_url() -> str:
    """The API's public URL, without a slash at its end."""
    return config.settings().api_url or flask.request.url_root.rstrip("/")


def show_description() -> flask.Response:
    """Show this document as a page."""
    answer = flask.Response(
        (_OWN / "index.html").read_bytes(), content_type="text/html; charset=utf-8"
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    return _cached(answer, _PAGE_AGE)


def show_guide() -> flask.Response:
    """Read this document's summary for language models."""
    answer = flask.Response(_guide_at(_base_url()), content_type="text/plain; charset=utf-8")
    return _cached(answer, _PAGE_AGE)


def page_file(name: str) -> flask.Response:
    """A file of that page."""
    if name in _OWN_FILES:
        folder = _OWN
    elif name in _SWAGGER_FILES:
        folder = _swagger_files()
    else:
        raise NotFound
    answer = flask.send_from_directory(folder, name, conditional=False, etag=False)
    return _cached(answer, _FILE_AGE)


@lru_cache(maxsize=4)  # the URL can come from the request's Host
def _served_at(url: str) -> bytes:
    # Generators of clients use the first server. The page needs the second one when the function
    # is opened at another of its addresses.
    servers = [{"url": url}, {"url": ".", "description": "The address of this document."}]
    text = json.dumps({**_document(), "servers": servers}, ensure_ascii=False)
    return f"{text}\n".encode()


@lru_cache(maxsize=4)
def _guide_at(url: str) -> str:
    from functions.api.openapi.guide import guide

    return guide(_document(), url)


@cache
def _document() -> dict[str, Any]:
    from functions.api.openapi.document import document

    return document()


@cache
def _swagger_files() -> Path:
    import flask_swagger_ui

    return Path(flask_swagger_ui.__file__).parent / "dist"


def _cached(answer: flask.Response, seconds: int) -> flask.Response:
    answer.headers["Cache-Control"] = f"public, max-age={seconds}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
