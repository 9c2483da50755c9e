"""The posts of the user who opened a page, read together with the user."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import flask

from functions.dashboard.limits import require_few_changes
from functions.dashboard.visitor import Visitor, url_of, visitor
from shared.billing.access import plan_check
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission
from shared.gcp.users import subscription_path
from shared.posts import view
from shared.posts.resolution import CheckPlan
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.wiring import Parts


def own_post(
    post_id: str, parts: Parts, more: Callable[[str], list[str]] = lambda _: []
) -> tuple[Visitor, StoredSubmission]:
    """The user, and the user's post, in one read with `more`. Raises Stopped, NotSignedIn."""
    path = submission_path(_checked(post_id))
    who = visitor(parts, reads=lambda user_id: [path, *more(user_id)])
    return who, _own(path, who)


def post_to_change(post_id: str, parts: Parts) -> tuple[Visitor, StoredSubmission, CheckPlan]:
    """The same for a form of ours, with the check of the plan. The user may change posts.

    Raises ForeignPost, Stopped, NotSignedIn, ApiError.
    """
    sessions.require_own_post(flask.request, parts.settings)
    path = submission_path(_checked(post_id))
    who = visitor(parts, reads=lambda user: [path, subscription_path(user)])
    stored = _own(path, who)
    check = plan_check(who.documents[subscription_path(who.user_id)], parts, "try again")
    check(())
    require_few_changes(who.user_id)
    return who, stored, check


def own_posts(
    ids: Iterable[str], parts: Parts, more: Callable[[str], list[str]] = lambda _: []
) -> tuple[Visitor, dict[str, StoredSubmission]]:
    """The user, and those of the posts that are the user's, by id, in one read.

    `more`: further documents that are read with them.
    """
    paths = {each: submission_path(each) for each in ids if is_post_id(each)}
    who = visitor(parts, reads=lambda user_id: [*paths.values(), *more(user_id)])
    found = {each: view.owned(who.documents[path], who.user_id) for each, path in paths.items()}
    return who, {each: stored for each, stored in found.items() if stored}


def is_post_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def version_of(post: Mapping[str, Any]) -> str:
    """Differs when the post, as `view.in_list` returns it, looks different."""
    content = json.dumps(post, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def post_not_found() -> Stopped:
    return Stopped(
        "Post not found",
        "It does not exist, or it was deleted.",
        HTTPStatus.NOT_FOUND,
        link=url_of("/posts"),
        link_text="Go to your posts",
    )


def _checked(post_id: str) -> str:
    if not is_post_id(post_id):
        raise post_not_found()
    return post_id


def _own(path: str, who: Visitor) -> StoredSubmission:
    stored = view.owned(who.documents[path], who.user_id)
    if stored is None:
        raise post_not_found()
    return stored
