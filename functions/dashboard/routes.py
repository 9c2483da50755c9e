"""Every route of the pages. The module of a view is imported by the first request to it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import flask

_ACCOUNT = "/settings/integrations/<platform>/<account_id>"
_WEBHOOK = "/settings/webhooks/<webhook_id>"
_DELIVERY = f"{_WEBHOOK}/deliveries/<delivery_id>"
# Method, path, and module and function of the view.
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/", "posts.listing.show_start"),
    ("GET", "/assets/<version>/<name>", "files.show_asset"),
    ("GET", "/posts", "posts.listing.show_posts"),
    ("GET", "/posts/scheduled", "calendar.scheduled.show_scheduled"),
    ("GET", "/posts/<post_id>/move", "calendar.moving.show_move"),
    ("POST", "/posts/<post_id>/move", "calendar.moving.move"),
    ("GET", "/drafts", "calendar.scheduled.show_drafts"),
    ("GET", "/calendar", "calendar.planner.show_calendar"),
    ("GET", "/inbox", "inbox.listing.show_inbox"),
    ("POST", "/inbox/selected", "inbox.changes.move_selected"),
    ("POST", "/inbox/length", "inbox.answering.show_length"),
    ("GET", "/inbox/<item_id>", "inbox.conversation.show_item"),
    ("GET", "/inbox/<item_id>/live", "inbox.conversation.show_live"),
    ("POST", "/inbox/<item_id>/replies", "inbox.answering.reply"),
    ("POST", "/inbox/<item_id>/done", "inbox.changes.mark_done"),
    ("POST", "/inbox/<item_id>/unread", "inbox.changes.mark_unread"),
    ("POST", "/inbox/<item_id>/refresh", "inbox.changes.refresh"),
    ("POST", "/inbox/<item_id>/hide", "inbox.changes.hide"),
    ("POST", "/inbox/<item_id>/show", "inbox.changes.show_again"),
    ("GET", "/inbox/<item_id>/delete", "inbox.changes.ask_delete"),
    ("POST", "/inbox/<item_id>/delete", "inbox.changes.delete"),
    ("GET", "/analytics", "analytics.page.show_analytics"),
    ("GET", "/analytics.csv", "analytics.page.download"),
    ("GET", "/status", "status.show_status"),
    ("GET", "/settings", "settings.integrations.show_settings"),
    ("GET", "/settings/integrations", "settings.integrations.show_integrations"),
    ("POST", "/settings/integrations/connect", "settings.connecting.connect"),
    ("POST", "/settings/integrations/choose", "settings.connecting.choose"),
    ("POST", "/settings/integrations/forget", "settings.connecting.forget"),
    ("POST", "/settings/integrations/retry", "settings.connecting.retry_failed"),
    ("GET", _ACCOUNT, "settings.accounts.show_account"),
    ("POST", _ACCOUNT, "settings.accounts.change_account"),
    ("GET", f"{_ACCOUNT}/disconnect", "settings.accounts.show_disconnect"),
    ("POST", f"{_ACCOUNT}/disconnect", "settings.accounts.disconnect"),
    ("GET", "/settings/api", "settings.api_keys.show_api"),
    ("POST", "/settings/api", "settings.api_keys.create_key"),
    ("GET", "/settings/api/keys/<key_id>/revoke", "settings.api_keys.show_revoke"),
    ("POST", "/settings/api/keys/<key_id>/revoke", "settings.api_keys.revoke_key"),
    ("GET", "/settings/webhooks", "webhooks.listing.show_webhooks"),
    ("POST", "/settings/webhooks", "webhooks.listing.create_webhook"),
    ("GET", _WEBHOOK, "webhooks.webhook.show_webhook"),
    ("POST", _WEBHOOK, "webhooks.webhook.change_webhook"),
    ("POST", f"{_WEBHOOK}/switch", "webhooks.webhook.switch_webhook"),
    ("POST", f"{_WEBHOOK}/test", "webhooks.webhook.send_test"),
    ("GET", f"{_WEBHOOK}/secret", "webhooks.webhook.ask_secret"),
    ("POST", f"{_WEBHOOK}/secret", "webhooks.webhook.rotate_secret"),
    ("GET", f"{_WEBHOOK}/delete", "webhooks.webhook.ask_delete"),
    ("POST", f"{_WEBHOOK}/delete", "webhooks.webhook.delete_webhook"),
    ("GET", _DELIVERY, "webhooks.deliveries.show_delivery"),
    ("POST", f"{_DELIVERY}/redeliver", "webhooks.deliveries.redeliver"),
    ("GET", "/settings/billing", "settings.billing.show_billing"),
    ("POST", "/settings/billing/subscribe", "settings.billing.subscribe"),
    ("POST", "/settings/billing/manage", "settings.billing.manage"),
    ("GET", "/settings/profile", "settings.profile.show_profile"),
    ("POST", "/settings/profile", "settings.profile.save_profile"),
    ("POST", "/settings/profile/sessions", "settings.profile.end_one_session"),
    ("POST", "/settings/profile/export", "settings.profile.download"),
    ("GET", "/settings/profile/delete", "settings.profile.show_leaving"),
    ("POST", "/settings/profile/delete", "settings.profile.leave"),
    ("GET", "/posts/needs", "posts.listing.show_needs"),
    ("GET", "/posts/rows", "posts.listing.show_rows"),
    ("POST", "/posts/selected", "posts.selected.change"),
    ("GET", "/posts/<post_id>", "posts.post.show_post"),
    ("GET", "/posts/<post_id>/live", "posts.post.show_live"),
    ("GET", "/posts/<post_id>/delete", "posts.changes.ask_delete"),
    ("GET", "/posts/<post_id>/cancel", "posts.changes.ask_cancel"),
    ("GET", "/posts/<post_id>/publish", "posts.changes.ask_publish"),
    ("POST", "/posts/<post_id>/delete", "posts.changes.delete"),
    ("POST", "/posts/<post_id>/cancel", "posts.changes.cancel"),
    ("POST", "/posts/<post_id>/publish", "posts.changes.publish"),
    ("POST", "/posts/<post_id>/retry", "posts.changes.retry"),
    ("POST", "/posts/<post_id>/unschedule", "posts.changes.unschedule"),
    ("POST", "/posts/<post_id>/look", "posts.changes.look"),
    ("POST", "/posts/<post_id>/metrics/refresh", "posts.changes.refresh_metrics"),
    ("POST", "/posts/<post_id>/runs/<run_id>/outcome", "posts.changes.resolve"),
    ("GET", "/posts/new", "composer.views.show_new"),
    ("POST", "/posts/new", "composer.views.create"),
    ("POST", "/posts/validate", "composer.views.check"),
    ("GET", "/posts/<post_id>/edit", "composer.views.show_edit"),
    ("POST", "/posts/<post_id>/edit", "composer.views.save"),
    ("POST", "/uploads", "composer.uploads.begin"),
    ("POST", "/uploads/from-url", "composer.uploads.from_url"),
    ("POST", "/uploads/<upload_id>/complete", "composer.uploads.complete"),
    ("GET", "/sign-in", "signing_in.sign_in.show_sign_in"),
    ("POST", "/sign-in/email", "signing_in.links.send_link"),
    ("GET", "/sign-in/link", "signing_in.links.show_link"),
    ("POST", "/sign-in/link", "signing_in.links.use_link"),
    ("GET", "/sign-in/google", "signing_in.google.start"),
    ("GET", "/sign-in/google/callback", "signing_in.google.come_back"),
    ("POST", "/sign-out", "signing_in.sign_in.sign_out"),
    ("POST", "/sign-out/everywhere", "signing_in.sign_in.sign_out_everywhere"),
)


def add_routes(app: flask.Flask) -> None:
    for method, path, name in ROUTES:
        app.add_url_rule(path, f"{method} {path}", _view(name), methods=[method])


def _view(name: str) -> Callable[..., flask.Response]:
    module, _, function = name.rpartition(".")

    def view(**values: Any) -> flask.Response:
        answer: flask.Response = getattr(import_module(f"functions.dashboard.{module}"), function)(
            **values
        )
        return answer

    return view
