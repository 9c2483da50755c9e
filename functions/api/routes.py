"""Every route of the API. The module of a view is imported by the first request to it."""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import flask

_POST = "/v1/posts/<uuid:post_id>"
_COMMENT = "/v1/comments/<uuid:comment_id>"
_WEBHOOK = "/v1/webhooks/<webhook_id>"
_ACCOUNT = "/v1/accounts/<platform>/<account_id>"
_CONNECTION = "/v1/connections/<connection_id>"
OPEN = None
"""The scope of a route that needs no key."""
PEOPLE = "people"
"""In place of the scope of a route that no key may call, only signed-in users."""
SIGNED = "signed"
"""Used instead of a scope for routes whose callers sign their requests."""
# Method, path, module and function of the view, and the scope that an API key needs for it.
ROUTES: tuple[tuple[str, str, str, str | None], ...] = (
    ("POST", "/v1/posts", "posts.create_post", "posts:write"),
    ("GET", "/v1/posts", "reading.list_posts", "posts:read"),
    ("POST", "/v1/posts/validate", "posts.validate_post", "posts:write"),
    ("GET", _POST, "reading.read_post", "posts:read"),
    ("PATCH", _POST, "changes.edit_post", "posts:write"),
    ("DELETE", _POST, "changes.delete_post", "posts:write"),
    ("POST", f"{_POST}/cancel", "changes.cancel_post", "posts:write"),
    ("POST", f"{_POST}/unschedule", "changes.unschedule_post", "posts:write"),
    ("POST", f"{_POST}/publish", "changes.publish_post", "posts:write"),
    ("POST", f"{_POST}/retry", "changes.retry_post", "posts:write"),
    ("POST", f"{_POST}/reconcile", "changes.reconcile_post", "posts:write"),
    ("GET", f"{_POST}/metrics", "metrics.read_post_metrics", "metrics:read"),
    ("POST", f"{_POST}/metrics/refresh", "metrics.refresh_post_metrics", "metrics:read"),
    ("GET", "/v1/metrics", "metrics.read_metrics", "metrics:read"),
    ("POST", f"{_POST}/runs/<run_id>/resolve", "changes.resolve_run", "posts:write"),
    ("GET", "/v1/comments", "comments.list_comments", "inbox:read"),
    ("POST", "/v1/comments/read", "comments.mark_several_read", "inbox:write"),
    ("POST", "/v1/comments/done", "comments.mark_several_done", "inbox:write"),
    ("POST", "/v1/comments/reopen", "comments.reopen_several", "inbox:write"),
    ("GET", _COMMENT, "comments.read_comment", "inbox:read"),
    ("DELETE", _COMMENT, "comments.delete_comment", "inbox:write"),
    ("POST", f"{_COMMENT}/read", "comments.mark_comment_read", "inbox:write"),
    ("POST", f"{_COMMENT}/done", "comments.mark_comment_done", "inbox:write"),
    ("POST", f"{_COMMENT}/reopen", "comments.reopen_comment", "inbox:write"),
    ("POST", f"{_COMMENT}/hide", "comments.hide_comment", "inbox:write"),
    ("POST", f"{_COMMENT}/unhide", "comments.unhide_comment", "inbox:write"),
    ("POST", f"{_COMMENT}/refresh", "comments.refresh_comment", "inbox:write"),
    ("POST", f"{_COMMENT}/replies", "comments.reply_to_comment", "inbox:write"),
    ("POST", "/v1/media", "media.store_media", "media:write"),
    ("GET", "/v1/media", "media.list_media", "posts:read"),
    ("DELETE", "/v1/media/<string(length=22):media_id>", "media.delete_media", "media:write"),
    ("POST", "/v1/media/uploads", "media.begin_upload", "media:write"),
    ("POST", "/v1/media/uploads/<upload_id>/complete", "media.complete_upload", "media:write"),
    ("GET", "/v1/templates", "templates.list_templates", "posts:read"),
    ("POST", "/v1/templates", "templates.render_template", "media:write"),
    ("POST", "/v1/media/render-og", "templates.render_og", "media:write"),
    ("GET", "/v1/accounts", "accounts.list_accounts", "accounts:read"),
    ("POST", "/v1/accounts/connect", "accounts.connect_account", "accounts:write"),
    ("PATCH", _ACCOUNT, "accounts.change_account", "accounts:write"),
    ("DELETE", _ACCOUNT, "accounts.disconnect_account", "accounts:write"),
    ("GET", _CONNECTION, "accounts.read_connection", "accounts:read"),
    ("POST", f"{_CONNECTION}/accounts", "accounts.choose_accounts", "accounts:write"),
    ("GET", "/v1/webhooks", "webhooks.list_webhooks", "webhooks:read"),
    ("POST", "/v1/webhooks", "webhooks.create_webhook", "webhooks:write"),
    ("GET", _WEBHOOK, "webhooks.read_webhook", "webhooks:read"),
    ("PATCH", _WEBHOOK, "webhooks.change_webhook", "webhooks:write"),
    ("DELETE", _WEBHOOK, "webhooks.delete_webhook", "webhooks:write"),
    ("POST", f"{_WEBHOOK}/secret", "webhooks.rotate_webhook_secret", "webhooks:write"),
    ("POST", f"{_WEBHOOK}/test", "webhooks.send_test_event", "webhooks:write"),
    ("GET", f"{_WEBHOOK}/deliveries", "webhooks.list_deliveries", "webhooks:read"),
    (
        "POST",
        f"{_WEBHOOK}/deliveries/<delivery_id>/redeliver",
        "webhooks.redeliver",
        "webhooks:write",
    ),
    ("GET", "/v1/api-keys", "keys.list_keys", PEOPLE),
    ("POST", "/v1/api-keys", "keys.create_key", PEOPLE),
    ("DELETE", "/v1/api-keys/<key_id>", "keys.delete_key", PEOPLE),
    ("DELETE", "/v1/user", "leaving.delete_user", PEOPLE),
    ("POST", "/v1/billing/checkout", "billing.begin_checkout", PEOPLE),
    ("POST", "/v1/billing/portal", "billing.open_portal", PEOPLE),
    ("POST", "/v1/billing/stripe", "billing.receive_event", SIGNED),
    ("GET", "/", "description.show_links", OPEN),
    ("GET", "/healthz", "description.check_health", OPEN),
    ("GET", "/openapi.json", "description.read_description", OPEN),
    ("GET", "/docs", "description.show_description", OPEN),
    ("GET", "/llms.txt", "description.show_guide", OPEN),
    ("GET", "/docs/<name>", "description.page_file", OPEN),
)


def add_routes(app: flask.Flask) -> None:
    for method, path, name, scope in ROUTES:
        app.add_url_rule(path, name, _view(name, scope), methods=[method])


def _view(name: str, scope: str | None) -> Callable[..., flask.Response]:
    def view(**values: Any) -> flask.Response:
        # `authenticate` checks it: a view cannot forget to.
        flask.g.needed_scope = scope
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
