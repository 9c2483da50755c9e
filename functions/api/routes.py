"""Every route of the API. The module of a view is imported by the first request to it."""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import flask

_POST = "/v1/posts/<uuid:post_id>"
# Method, path, and module and function of the view.
ROUTES = (
    ("POST", "/v1/posts", "posts.create_post"),
    ("GET", "/v1/posts", "reading.list_posts"),
    ("POST", "/v1/posts/validate", "posts.validate_post"),
    ("GET", _POST, "reading.read_post"),
    ("PATCH", _POST, "changes.edit_post"),
    ("DELETE", _POST, "changes.delete_post"),
    ("POST", f"{_POST}/cancel", "changes.cancel_post"),
    ("POST", f"{_POST}/unschedule", "changes.unschedule_post"),
    ("POST", f"{_POST}/publish", "changes.publish_post"),
    ("POST", f"{_POST}/retry", "changes.retry_post"),
    ("POST", f"{_POST}/reconcile", "changes.reconcile_post"),
    ("POST", f"{_POST}/runs/<run_id>/resolve", "changes.resolve_run"),
    ("POST", "/v1/media", "media.store_media"),
    ("GET", "/v1/media", "media.list_media"),
    ("DELETE", "/v1/media/<string(length=22):media_id>", "media.delete_media"),
    ("POST", "/v1/media/uploads", "media.begin_upload"),
    ("POST", "/v1/media/uploads/<upload_id>/complete", "media.complete_upload"),
    ("GET", "/", "description.show_links"),
    ("GET", "/healthz", "description.health"),
    ("GET", "/openapi.json", "description.read_description"),
    ("GET", "/docs", "description.show_description"),
    ("GET", "/docs/<name>", "description.page_file"),
)


def add_routes(app: flask.Flask) -> None:
    for method, path, name in ROUTES:
        app.add_url_rule(path, name, _view(name), methods=[method])


def _view(name: str) -> Callable[..., flask.Response]:
    def view(**values: Any) -> flask.Response:
        return view_of(name)(**values)

    return view


def view_of(name: str) -> Callable[..., flask.Response]:
    module, _, function = name.partition(".")
    view: Callable[..., flask.Response] = getattr(_load(f"functions.api.{module}"), function)
    return view


def _load(module: str) -> ModuleType:
    """Import a module without garbage collection, which would take a tenth of a cold start.

    Modules and classes are never garbage, so later collections skip them, too.
    """
    if module in sys.modules:
        # Not `sys.modules[module]`: another request may still be importing it.
        return import_module(module)
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
