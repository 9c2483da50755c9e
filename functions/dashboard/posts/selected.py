"""One change of several posts, which reports what became of each."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard import words
from functions.dashboard.calendar.rescheduling import Refused
from functions.dashboard.captions import caption_of
from functions.dashboard.frame import framed
from functions.dashboard.limits import require_few_changes
from functions.dashboard.own_posts import own_posts
from functions.dashboard.posts import possible
from functions.dashboard.posts.changes import back_path, retry_failed
from functions.dashboard.posts.listing import MOST_ROWS
from functions.dashboard.posts.shifting import MOST, UNITS, shift_of, shifting
from functions.dashboard.times import zone_of
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
_Do = Callable[[StoredSubmission, Parts, CheckPlan], str]


@dataclass(frozen=True)
class Change:
    """A change of several posts: its words, and what it needs of a post."""

    done: str
    """What a changed post is."""
    needs: str
    """The action of `possible.actions_of`."""
    do: _Do
    """Returns what is said about the changed post. Raises ApiError, Refused."""


def _retry(stored: StoredSubmission, parts: Parts, check: CheckPlan) -> str:
    retry_failed(stored, parts, check)
    return "Retrying"


def _unschedule(stored: StoredSubmission, parts: Parts, _: CheckPlan) -> str:
    changing.unschedule(stored, parts)
    return "Moved to drafts"


def _delete(stored: StoredSubmission, parts: Parts, _: CheckPlan) -> str:
    deletion.delete(stored, parts)
    return "Deleted"


MOVE = "move"
CHANGES: Mapping[str, Change] = {
    "retry": Change("Retrying", "retry", _retry),
    "unschedule": Change("Moved to drafts", "unschedule", _unschedule),
    "delete": Change("Deleted", "delete", _delete),
}
"""Those that say all by their name. MOVE needs a time besides."""


@dataclass(frozen=True)
class Outcome:
    """What became of one post."""

    caption: str
    words: str
    is_done: bool
    link: str
    """The page of the post; "" once it is deleted."""


def change() -> flask.Response:
    """Change the posts `id` as `do` says; moving asks by how much first, and deleting whether."""
    parts = wiring.parts()
    sessions.require_own_post(flask.request, parts.settings)
    form = flask.request.form
    name = form.get("do", "")
    if name not in (*CHANGES, MOVE):
        raise Stopped("This cannot be done", "Go back, and choose again.")
    who, found = own_posts(
        form.getlist("id")[:MOST_ROWS], parts, more=lambda user: [subscription_path(user)]
    )
    if not found:
        return redirect_to(url_of(back_path() or "/posts"))
    check = plan_check(who.documents[subscription_path(who.user_id)], parts, "try again")
    check(())
    if name == "delete":
        is_sure, known = form.get("sure") == "yes", form.getlist("live")
        # What was published since the question would stay live, unknown to its owner.
        is_late = is_sure and not _live(found) <= {*known}
        if is_late or not is_sure:
            return _question(who, found, parts, is_late=is_late)
    if name == MOVE:
        shift = shift_of(_by(form))
        if shift is None:
            return _ask_by_how_much(who, found, parts)
        wanted = Change("Moved", MOVE, shifting(shift, zone_of(who.timezone)))
    else:
        wanted = CHANGES[name]
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
        said = wanted.do(stored, parts, check)
    except Refused as refused:
        return Outcome(caption, str(refused), False, link)
    except ApiError as refusal:
        return Outcome(caption, refusal.message, False, link)
    except (StoreUnavailable, PreconditionFailed) as error:
        log.error("post not changed: %s", error)
        failure = "Soku's database did not respond. Look at the post, then try again."
        return Outcome(caption, failure, False, link)
    return Outcome(caption, said, True, "" if wanted.needs == "delete" else link)


def _refusal(wanted: Change, post: Mapping[str, Any]) -> str:
    """Why a post is left as it is."""
    state = words.POST_STATES[post["displayStatus"]].words
    return f"Not changed: its state is “{state}”, so it cannot be {_PARTICIPLES[wanted.needs]}."


_PARTICIPLES = {
    "retry": "retried",
    "unschedule": "moved to drafts",
    "move": "moved",
    "delete": "deleted",
}


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


def _by(form: Mapping[str, str]) -> str:
    """By how much to move posts, as `shift_of` reads it: a button says it, or three fields do."""
    fields = f"{form.get('way', '')}{form.get('amount', '').strip()} {form.get('unit', '')}"
    return form.get("by") or fields


def _ask_by_how_much(
    who: Visitor, found: Mapping[str, StoredSubmission], parts: Parts
) -> flask.Response:
    """Ask by how much to move posts; again if that could not be read."""
    form = flask.request.form
    able = {
        each: stored.submission
        for each, stored in found.items()
        if MOVE in possible.actions_of(view.in_list(stored.submission))
    }
    count = "1 post" if len(able) == 1 else f"{len(able)} posts"
    has_fault = "amount" in form
    return framed(
        "dashboard/selected_move.html",
        who,
        parts,
        section="posts",
        title=f"Move {count}" if able else "These posts cannot be moved",
        posts=[(each, caption_of(one), one.scheduled_time) for each, one in able.items()],
        left=len(found) - len(able),
        units=list(UNITS),
        most=MOST,
        has_fault=has_fault,
        sent={name: form.get(name, "") for name in ("amount", "unit", "way")},
        status=HTTPStatus.BAD_REQUEST if has_fault else HTTPStatus.OK,
        back=back_path(),
    )
