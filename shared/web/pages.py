"""Pages for people: templates, and the headers of every page.

Scripts and styles come from our own files alone, so nothing that a user or a platform says can run.
"""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
import jinja2
from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Cache-Control": "private, no-store",
    # With "no-referrer", browsers send "Origin: null" with our own forms, too.
    "Referrer-Policy": "same-origin",
    # Two years, as the preload list of browsers asks for. Over HTTP, browsers ignore it.
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def page(
    template: str,
    status: int = HTTPStatus.OK,
    *,
    form_targets: Iterable[str] = (),
    storage: Iterable[str] | None = None,
    **context: Any,
) -> flask.Response:
    """A page from a template in `templates/`.

    `form_targets`: addresses to which the answer to a form of the page may redirect, because
    browsers check those, too. `storage`: the addresses of stored files and of uploads, for
    pages with our scripts, which show and upload them.
    """
    text = environment().get_template(template).render(context)
    response = flask.Response(text, status, HEADERS, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _policy(form_targets, storage)
    return response


def redirect_to(address: str) -> flask.Response:
    return flask.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})


def _policy(form_targets: Iterable[str], storage: Iterable[str] | None) -> str:
    rules = {
        "default-src": "'none'",
        "style-src": f"'self' 'sha256-{_style_hash()}'",
        "img-src": "https: data:",
        "form-action": " ".join(["'self'", *_origins(form_targets)]),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    if storage is not None:
        files = " ".join(_origins(storage))
        rules |= {
            "script-src": "'self'",
            "connect-src": f"'self' {files}",
            # Pictures and videos that were just chosen are shown from the browser's memory.
            "img-src": f"{rules['img-src']} blob: {files}",
            "media-src": f"https: blob: {files}",
        }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origins(addresses: Iterable[str]) -> list[str]:
    parts = [urlsplit(address) for address in addresses]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


@cache
def environment() -> jinja2.Environment:
    """All templates; the pages of a function add what theirs need."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Our own file, not a user's text.
    environment.globals["style"] = Markup(_style())  # noqa: S704
    return environment


@cache
def _style() -> str:
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def _style_hash() -> str:
    return base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
