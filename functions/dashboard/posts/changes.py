"""What a user does with one post: each change is a form, and the grave ones ask first."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import flask
from pydantic import Field

from functions.dashboard import words
from functions.dashboard.captions import caption_of
from functions.dashboard.frame import framed
from functions.dashboard.own_posts import own_post, post_not_found, post_to_change
from functions.dashboard.posts import possible
from functions.dashboard.posts.post import Fault, post_page
from functions.dashboard.visitor import own_path, url_of, with_notice
from shared import wiring
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.gcp.runs import StoredRun
from shared.gcp.submissions import StoredSubmission
from shared.metrics import of_post
from shared.platforms import registry
from shared.posts import change, deletion, reconcile, view
from shared.posts import retry as retrying
from shared.posts.resolution import CheckPlan
from shared.web import strict
from shared.web.pages import redirect_to
from shared.web.strict import Strict, WebUrl
from shared.wiring import Parts

_Change = Callable[[StoredSubmission, Parts, CheckPlan], object]


class Link(Strict):
    """Where a post is live."""

    permalink: Annotated[WebUrl, Field(min_length=1, max_length=2000)]


def retry(post_id: str) -> flask.Response:
    return _changed(post_id, retry_failed, "retried")


def publish(post_id: str) -> flask.Response:
    # The post leaves the lists that it is published from: its page shows how it goes on.
    return _changed(
        post_id,
        lambda stored, parts, _: change.publish_now(stored, parts),
        "publishing",
        returns=False,
    )


def cancel(post_id: str) -> flask.Response:
    return _changed(post_id, lambda stored, parts, _: change.cancel(stored, parts), "canceled")


def unschedule(post_id: str) -> flask.Response:
    return _changed(
        post_id, lambda stored, parts, _: change.unschedule(stored, parts), "unscheduled"
    )


def look(post_id: str) -> flask.Response:
    return _changed(post_id, lambda stored, parts, _: reconcile.reconcile(stored, parts), "looking")


def refresh_metrics(post_id: str) -> flask.Response:
    return _changed(
        post_id, lambda stored, parts, _: of_post.refresh(stored.submission, parts), "reading"
    )


def delete(post_id: str) -> flask.Response:
    """Delete a post from the history, and with `everywhere` also from its platforms."""
    parts = wiring.parts()
    who, stored, _ = post_to_change(post_id, parts)
    asked, post = flask.request.form.get("live"), view.in_list(stored.submission)
    if asked is not None and asked != _live(post):
        # What was published since the question would stay live, unknown to its owner.
        return _ask(post_id, "delete", "Delete this post?", is_late=True)
    try:
        remaining = _deleted(stored, parts)
    except ApiError as refusal:
        return post_page(who, stored, parts, Fault(refusal.message))
    if remaining is not None:
        return redirect_to(with_notice(f"/posts/{post_id}", "deleting"))
    return redirect_to(with_notice(back_path() or "/posts", "deleted"))


def resolve(post_id: str, run_id: str) -> flask.Response:
    """Record what the user has seen on the platform about an unconfirmed run."""
    parts = wiring.parts()
    who, stored, _ = post_to_change(post_id, parts)
    run = _run_of(stored, run_id, parts)
    link = flask.request.form.get("permalink", "").strip()
    outcome = flask.request.form.get("outcome")
    if outcome not in ("published", "not_published"):
        # Nothing is taken for an answer: a run that is not live can be published again.
        fault = Fault("Choose whether the post is live.", run_id, link)
        return post_page(who, stored, parts, fault)
    try:
        if outcome == "published":
            permalink = strict.read(Link, {"permalink": link}).permalink
            reconcile.resolve_published(run, parts, None, permalink)
        else:
            reconcile.resolve_not_published(run, parts)
    except InvalidRequest:
        name = registry.display_name(run.run.platform)
        message = f"Copy the link that {name} shows for this post. It begins with https://."
        return post_page(who, stored, parts, Fault(message, run_id, link))
    except ApiError as refusal:
        return post_page(who, stored, parts, Fault(refusal.message, run_id, link))
    return redirect_to(with_notice(f"/posts/{post_id}", "resolved"))


def ask_delete(post_id: str) -> flask.Response:
    return _ask(post_id, "delete", "Delete this post?")


def ask_cancel(post_id: str) -> flask.Response:
    return _ask(post_id, "cancel", "Cancel this post?")


def ask_publish(post_id: str) -> flask.Response:
    return _ask(post_id, "publish", "Publish this post now?")


def retry_failed(stored: StoredSubmission, parts: Parts, check: CheckPlan) -> StoredSubmission:
    """Retry the failed runs with the same content. Raises ApiError."""
    return retrying.retry(stored, {}, parts, before_fetch=lambda: None, check_plan=check)


def _ask(post_id: str, action: str, title: str, *, is_late: bool = False) -> flask.Response:
    """The question before a change that cannot be undone.

    `is_late`: the answer to it came after the post was published.
    """
    parts = wiring.parts()
    who, stored = own_post(post_id, parts)
    post = view.in_list(stored.submission)
    if action not in possible.actions_of(post):
        return redirect_to(url_of(f"/posts/{post_id}"))
    return framed(
        "dashboard/post_question.html",
        who,
        parts,
        section="posts",
        title=title,
        action=action,
        post=post,
        caption=caption_of(stored.submission),
        back=back_path(),
        live=_live(post),
        is_late=is_late,
        status=HTTPStatus.CONFLICT if is_late else HTTPStatus.OK,
        **_live_parts(post),
    )


def _live(post: possible.Post) -> str:
    """Where the post is live, as the question carries it."""
    return " ".join(possible.live_platforms(post))


def _live_parts(post: possible.Post) -> dict[str, Any]:
    """Where the post is live, by whether its platform lets Soku delete it."""
    live = possible.live_platforms(post)
    able = [name for name in live if registry.limits(name).capabilities.deletes]
    names = partial(map, registry.display_name)
    return {
        "deletable": words.listed(list(names(able))),
        "kept": words.listed(list(names(name for name in live if name not in able))),
    }


def _changed(post_id: str, do: _Change, notice: str, *, returns: bool = True) -> flask.Response:
    """`returns`: to the list that the form names; else to the page of the post."""
    parts = wiring.parts()
    who, stored, check = post_to_change(post_id, parts)
    try:
        do(stored, parts, check)
    except ApiError as refusal:
        if refusal.code is ErrorCode.NOT_FOUND:
            raise post_not_found() from refusal
        current = parts.deliveries.submission(post_id) or stored
        return post_page(who, current, parts, Fault(refusal.message))
    back = back_path() if returns else ""
    return redirect_to(with_notice(back or f"/posts/{post_id}", notice))


def _deleted(stored: StoredSubmission, parts: Parts) -> StoredSubmission | None:
    """What is left of the post until it is deleted from its platforms. Raises ApiError."""
    if flask.request.form.get("everywhere") == "yes":
        return deletion.delete_everywhere(stored, parts)
    deletion.delete(stored, parts)
    return None


def _run_of(stored: StoredSubmission, run_id: str, parts: Parts) -> StoredRun:
    submission = stored.submission
    is_known = run_id in {target.run_id for target in submission.targets}
    run = parts.deliveries.run(submission.submission_id, run_id) if is_known else None
    if run is None:
        raise post_not_found()
    return run


def back_path() -> str:
    """The list to return to, as the page sent it; "" for the page of the post."""
    path = own_path(flask.request.values.get("back", ""))
    return path if path.partition("?")[0] in ("/posts", "/posts/scheduled", "/drafts") else ""
