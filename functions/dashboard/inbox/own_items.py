"""The items of the user who opened a page, read together with the user."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

import flask

from functions.dashboard.limits import require_few_changes
from functions.dashboard.own_posts import is_post_id
from functions.dashboard.visitor import Visitor, own_path, url_of, visitor
from shared.billing.access import plan_check
from shared.domain.inbox import Item
from shared.gcp.inbox import item_from, item_path
from shared.gcp.users import subscription_path
from shared.posts.resolution import CheckPlan
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.wiring import Parts


def own_item(
    wanted: str, parts: Parts, more: Callable[[str], list[str]] = lambda _: []
) -> tuple[Visitor, Item]:
    """The user, and the user's item, in one read with `more`. Raises Stopped, NotSignedIn."""
    # Whatever else the address contains is no part of the path of a document.
    own_id = wanted if is_post_id(wanted) else "none"
    who = visitor(parts, reads=lambda user: [item_path(user, own_id), *more(user)])
    item = item_from(who.documents[item_path(who.user_id, own_id)])
    if item is None:
        raise _not_found()
    return who, item


def item_to_change(
    wanted: str, parts: Parts, more: Callable[[str], list[str]] = lambda _: []
) -> tuple[Visitor, Item]:
    """The same for a form of ours.

    Raises ForeignPost, Stopped, NotSignedIn.
    """
    sessions.require_own_post(flask.request, parts.settings)
    who, item = own_item(wanted, parts, more=lambda user: [*more(user), subscription_path(user)])
    require_few_changes(who.user_id)
    return who, item


def check_of(who: Visitor, parts: Parts) -> CheckPlan:
    """The check of the plan of a user whose form was read by `item_to_change`."""
    return plan_check(who.documents[subscription_path(who.user_id)], parts, "try again")


def back_path() -> str:
    """The list to return to, with its tab and filters, as the page sent it."""
    path = own_path(flask.request.values.get("back", ""))
    return path if path.partition("?")[0] == "/inbox" else "/inbox"


def item_path_of(item: Item) -> str:
    """The path of the item's page, which leads back to the list."""
    back, path = back_path(), f"/inbox/{item.item_id}"
    return path if back == "/inbox" else f"{path}?{urlencode({'back': back})}"


def _not_found() -> Stopped:
    return Stopped(
        "Comment not found",
        "It does not exist, or its account was disconnected.",
        HTTPStatus.NOT_FOUND,
        link=url_of("/inbox"),
        link_text="Go to the inbox",
    )
