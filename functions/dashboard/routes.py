"""Every route of the pages. The module of a view is imported by the first request to it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import flask

# Method, path, and module and function of the view.
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/", "home.show_home"),
    ("POST", "/connect", "home.connect"),
    ("GET", "/assets/<version>/<name>", "files.show_asset"),
    ("GET", "/posts", "posts.show_posts"),
    ("GET", "/posts/new", "composer.show_new"),
    ("POST", "/posts/new", "composer.create"),
    ("POST", "/posts/validate", "composer.check"),
    ("GET", "/posts/<post_id>/edit", "composer.show_edit"),
    ("POST", "/posts/<post_id>/edit", "composer.save"),
    ("POST", "/uploads", "uploads.begin"),
    ("POST", "/uploads/from-url", "uploads.from_url"),
    ("POST", "/uploads/<upload_id>/complete", "uploads.complete"),
    ("GET", "/posts/scheduled", "scheduled.show_scheduled"),
    ("GET", "/posts/<post_id>/move", "moving.show_move"),
    ("POST", "/posts/<post_id>/move", "moving.move"),
    ("GET", "/drafts", "scheduled.show_drafts"),
    ("GET", "/calendar", "planner.show_calendar"),
    ("GET", "/status", "status.show_status"),
    ("GET", "/sign-in", "sign_in.show_sign_in"),
    ("POST", "/sign-in/email", "links.send_link"),
    ("GET", "/sign-in/link", "links.show_link"),
    ("POST", "/sign-in/link", "links.use_link"),
    ("GET", "/sign-in/google", "google.start"),
    ("GET", "/sign-in/google/callback", "google.come_back"),
    ("POST", "/sign-out", "sign_in.sign_out"),
    ("POST", "/sign-out/everywhere", "sign_in.sign_out_everywhere"),
)


def add_routes(app: flask.Flask) -> None:
    for method, path, name in ROUTES:
        app.add_url_rule(path, f"{method} {path}", _view(name), methods=[method])


def _view(name: str) -> Callable[..., flask.Response]:
    module, _, function = name.partition(".")

    def view(**values: Any) -> flask.Response:
        answer: flask.Response = getattr(import_module(f"functions.dashboard.{module}"), function)(
            **values
        )
        return answer

    return view
