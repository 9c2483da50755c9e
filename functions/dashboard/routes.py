"""Every route of the pages. The module of a view is imported by the first request to it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import flask

_ACCOUNT = "/settings/integrations/<platform>/<account_id>"
# Method, path, and module and function of the view.
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/", "posts.show_start"),
    ("GET", "/assets/<version>/<name>", "files.show_asset"),
    ("GET", "/posts", "posts.show_posts"),
    ("GET", "/posts/scheduled", "scheduled.show_scheduled"),
    ("GET", "/posts/<post_id>/move", "moving.show_move"),
    ("POST", "/posts/<post_id>/move", "moving.move"),
    ("GET", "/drafts", "scheduled.show_drafts"),
    ("GET", "/calendar", "planner.show_calendar"),
    ("GET", "/status", "status.show_status"),
    ("GET", "/settings", "integrations.show_settings"),
    ("GET", "/settings/integrations", "integrations.show_integrations"),
    ("POST", "/settings/integrations/connect", "connecting.connect"),
    ("POST", "/settings/integrations/choose", "connecting.choose"),
    ("POST", "/settings/integrations/retry", "connecting.retry_failed"),
    ("GET", _ACCOUNT, "accounts.show_account"),
    ("POST", _ACCOUNT, "accounts.change_account"),
    ("GET", f"{_ACCOUNT}/disconnect", "accounts.show_disconnect"),
    ("POST", f"{_ACCOUNT}/disconnect", "accounts.disconnect"),
    ("GET", "/settings/api", "api_page.show_api"),
    ("POST", "/settings/api", "api_page.create_key"),
    ("GET", "/settings/api/keys/<key_id>/revoke", "api_page.show_revoke"),
    ("POST", "/settings/api/keys/<key_id>/revoke", "api_page.revoke_key"),
    ("GET", "/settings/billing", "billing.show_billing"),
    ("POST", "/settings/billing/subscribe", "billing.subscribe"),
    ("POST", "/settings/billing/manage", "billing.manage"),
    ("GET", "/settings/profile", "profile.show_profile"),
    ("POST", "/settings/profile", "profile.save_profile"),
    ("POST", "/settings/profile/sessions", "profile.end_one_session"),
    ("POST", "/settings/profile/export", "profile.download"),
    ("GET", "/settings/profile/delete", "profile.show_leaving"),
    ("POST", "/settings/profile/delete", "profile.leave"),
    ("GET", "/posts/needs", "posts.show_needs"),
    ("GET", "/posts/rows", "posts.show_rows"),
    ("POST", "/posts/selected", "selected.change"),
    ("GET", "/posts/<post_id>", "post.show_post"),
    ("GET", "/posts/<post_id>/live", "post.show_live"),
    ("GET", "/posts/<post_id>/delete", "post_changes.ask_delete"),
    ("GET", "/posts/<post_id>/cancel", "post_changes.ask_cancel"),
    ("GET", "/posts/<post_id>/publish", "post_changes.ask_publish"),
    ("POST", "/posts/<post_id>/delete", "post_changes.delete"),
    ("POST", "/posts/<post_id>/cancel", "post_changes.cancel"),
    ("POST", "/posts/<post_id>/publish", "post_changes.publish"),
    ("POST", "/posts/<post_id>/retry", "post_changes.retry"),
    ("POST", "/posts/<post_id>/unschedule", "post_changes.unschedule"),
    ("POST", "/posts/<post_id>/look", "post_changes.look"),
    ("POST", "/posts/<post_id>/runs/<run_id>/outcome", "post_changes.resolve"),
    ("GET", "/posts/new", "composer.show_new"),
    ("POST", "/posts/new", "composer.create"),
    ("POST", "/posts/validate", "composer.check"),
    ("GET", "/posts/<post_id>/edit", "composer.show_edit"),
    ("POST", "/posts/<post_id>/edit", "composer.save"),
    ("POST", "/uploads", "uploads.begin"),
    ("POST", "/uploads/from-url", "uploads.from_url"),
    ("POST", "/uploads/<upload_id>/complete", "uploads.complete"),
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
