"""One change of several posts, which reports what became of each."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard import words
from functions.dashboard.captions import caption_of
from functions.dashboard.frame import framed
from functions.dashboard.own_posts import own_posts, require_few_changes
from functions.dashboard.posts import possible
from functions.dashboard.posts.changes import back_path, retry_failed
from functions.dashboard.posts.listing import MOST_ROWS
from functions.dashboard.visitor import Visitor, url_of
from shared import logs, wiring
from shared.billing.access import plan_check
from shared.domain.errors import ApiError
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable
from shared.gcp.submissions import StoredSubmission
from shared.gcp.users import subscription_path
from shared.posts import change as changing
from shared.posts import deletion, view
from shared.posts.resolution import CheckPlan
from shared.web import sessions
from shared.web.page_app import Stopped
from shared.web.pages import redirect_to
from shared.wiring import Parts

log = logs.logger("dashboard")

# Each change waits for several answers of the database.
_AT_ONCE = 8
_Do = Callable[[StoredSubmission, Parts, CheckPlan], object]


@dataclass(frozen=True)
class Change:
    """A change of several posts: its words, and what it needs of a post."""

    name: str
    done: str
    """What a changed post is."""
    needs: str
    """The action of `possible.actions_of`."""
    do: _Do


CHANGES: Mapping[str, Change] = {
    "retry": Change("Retry", "Retrying", "retry", retry_failed),
    "unschedule": Change(
        "Move to drafts",
        "Moved to drafts",
        "unschedule",
        lambda stored, parts, _: changing.unschedule(stored, parts),
    ),
    "delete": Change(
        "Delete", "Deleted", "delete", lambda stored, parts, _: deletion.delete(stored, parts)
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one post."""

    caption: str
    words: str
    is_done: bool
    link: str
    """The page of the post; "" once it is deleted."""


def change() -> flask.Response:
    """Change the posts `id` as `do` says; deleting asks first."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    form = flask.request.form
    wanted = CHANGES.get(form.get("do", ""))
    if wanted is None:
        raise Stopped("This cannot be done", "Go back, and choose again.")
    who, found = own_posts(
        form.getlist("id")[:MOST_ROWS], parts, more=lambda user: [subscription_path(user)]
    )
    if not found:
        return redirect_to(url_of(back_path() or "/posts"))
    check = plan_check(who.documents[subscription_path(who.user_id)], parts, "try again")
    check(())
    if wanted.needs == "delete":
        is_sure, known = form.get("sure") == "yes", form.getlist("live")
        # What was published since the question would stay live, unknown to its owner.
        is_late = is_sure and not _live(found) <= {*known}
        if is_late or not is_sure:
            return _question(who, found, parts, is_late=is_late)
    require_few_changes(who.user_id, len(found))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(lambda one: _outcome(wanted, one, parts, check), found.values()))
    return framed(
        "dashboard/selected.html",
        who,
        parts,
        section="posts",
        title=_title(wanted, outcomes),
        outcomes=outcomes,
        back=url_of(back_path() or "/posts"),
    )


def _outcome(wanted: Change, stored: StoredSubmission, parts: Parts, check: CheckPlan) -> Outcome:
    """Change one post, unless that is not possible."""
    submission = stored.submission
    caption, link = caption_of(submission), url_of(f"/posts/{submission.submission_id}")
    post = view.in_list(submission)
    if wanted.needs not in possible.actions_of(post):
        return Outcome(caption, _refusal(wanted, post), False, link)
    try:
        wanted.do(stored, parts, check)
    except ApiError as refusal:
        return Outcome(caption, refusal.message, False, link)
    except (StoreUnavailable, PreconditionFailed) as error:
        log.error("post not changed: %s", error)
        failure = "Soku's database did not respond. Look at the post, then try again."
        return Outcome(caption, failure, False, link)
    return Outcome(caption, wanted.done, True, "" if wanted.needs == "delete" else link)


def _refusal(wanted: Change, post: Mapping[str, Any]) -> str:
    """Why a post is left as it is."""
    state = words.POST_STATES[post["displayStatus"]].words
    return f"Not changed: its state is “{state}”, so it cannot be {_PARTICIPLES[wanted.needs]}."


_PARTICIPLES = {"retry": "retried", "unschedule": "moved to drafts", "delete": "deleted"}


def _title(wanted: Change, outcomes: list[Outcome]) -> str:
    done = sum(outcome.is_done for outcome in outcomes)
    return f"{wanted.done}: {done} of {len(outcomes)}"


def _live(found: Mapping[str, StoredSubmission]) -> set[str]:
    """Which of the posts are live somewhere."""
    posts = {each: view.in_list(stored.submission) for each, stored in found.items()}
    return {each for each, post in posts.items() if possible.live_platforms(post)}


def _question(
    who: Visitor, found: Mapping[str, StoredSubmission], parts: Parts, *, is_late: bool
) -> flask.Response:
    """Ask before posts are deleted: that cannot be undone."""
    posts = {each: view.in_list(stored.submission) for each, stored in found.items()}
    able = [each for each, post in posts.items() if "delete" in possible.actions_of(post)]
    count = "1 post" if len(able) == 1 else f"{len(able)} posts"
    return framed(
        "dashboard/selected_question.html",
        who,
        parts,
        section="posts",
        title=f"Delete {count} from Soku?" if able else "These posts cannot be deleted now",
        posts=[(each, caption_of(found[each].submission)) for each in able],
        left=len(posts) - len(able),
        live=_live(found) & {*able},
        is_late=is_late,
        status=HTTPStatus.CONFLICT if is_late else HTTPStatus.OK,
        back=back_path(),
    )
