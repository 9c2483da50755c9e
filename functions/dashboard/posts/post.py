"""The page of one post: what was sent, and what became of it on each platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard import times, words
from functions.dashboard.frame import fragment, framed
from functions.dashboard.own_accounts import name_of
from functions.dashboard.own_posts import own_post, version_of
from functions.dashboard.posts import attempts, copies, possible
from functions.dashboard.posts.comments import comments_of
from functions.dashboard.posts.numbers import ShownNumbers, numbers_of
from functions.dashboard.posts.possible import Remedy
from functions.dashboard.posts.rows import look_at
from functions.dashboard.visitor import Visitor
from shared import wiring
from shared.accounts import listing
from shared.domain.media import MediaAsset
from shared.domain.submission import Submission, Target
from shared.gcp.accounts import account_from, account_path
from shared.gcp.api_keys import key_from, path_of
from shared.gcp.firestore import read_all
from shared.gcp.submissions import StoredSubmission
from shared.platforms import registry
from shared.posts import view
from shared.wiring import Parts

_MOST_NAMED = 3


@dataclass(frozen=True)
class Fault:
    """What a form of the page was refused for."""

    message: str
    run_id: str = ""
    """The run whose form it was; "" for the whole post."""
    typed: str = ""
    """What the user typed, which must not be lost."""


@dataclass(frozen=True)
class ShownRun:
    """A run, with what its target has of its own and what there is to do."""

    run: Mapping[str, Any]
    state: words.State
    account: str
    reason: str | None
    """What is wrong with the account."""
    own_text: str | None
    own_media: tuple[MediaAsset, ...]
    remedies: list[Remedy]
    attempts: list[attempts.ShownAttempt]
    support: str


def show_post(post_id: str) -> flask.Response:
    parts = wiring.parts()
    who, stored = own_post(post_id, parts)
    return post_page(who, stored, parts)


def show_live(post_id: str) -> flask.Response:
    """The part of the page that changes; 204 while it looks as in `version`."""
    parts = wiring.parts()
    who, stored = own_post(post_id, parts)
    if flask.request.args.get("version") == version_of(view.in_list(stored.submission)):
        return flask.Response(status=HTTPStatus.NO_CONTENT)
    return fragment("dashboard/post_live.html", who, parts, **_shown(who, stored, parts))


def post_page(
    who: Visitor, stored: StoredSubmission, parts: Parts, fault: Fault | None = None
) -> flask.Response:
    """The whole page, also after a form was refused."""
    submission = stored.submission
    return framed(
        "dashboard/post.html",
        who,
        parts,
        section="posts",
        title=_title(submission),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        **_shown(who, stored, parts, fault),
    )


def _shown(
    who: Visitor, stored: StoredSubmission, parts: Parts, fault: Fault | None = None
) -> dict[str, Any]:
    """What the templates of the page need."""
    submission = stored.submission
    whole, brief = view.as_json(parts, stored), view.in_list(submission)
    key = [path_of(submission.key_hash)] if submission.key_hash else []
    accounts = {
        (target.platform, target.account_id): account_path(
            who.user_id, target.platform, target.account_id
        )
        for target in submission.targets
    }
    found = read_all(parts.db, [*accounts.values(), *key])
    shown = {place: _account(found[path], who.user_id) for place, path in accounts.items()}
    return {
        "post": whole,
        "submission": submission,
        "state": words.state_of_post(brief),
        "runs": [_run(run, submission, whole, shown) for run in possible.by_need(whole["runs"])],
        "targets": [] if whole["runs"] else _waiting(submission, shown),
        "actions": possible.actions_of(whole),
        "kept": possible.kept_live(whole),
        "account_names": {
            place: (name_of(account) if account else "") or place[1]
            for place, account in shown.items()
        },
        "sender": _sender(found[key[0]]) if key else "Dashboard",
        "version": version_of(brief),
        "look_at": look_at(submission, brief),
        "fault": fault,
        "numbers": _numbers(submission, whole, who, parts),
        "comments": comments_of(submission, whole, parts),
        "curl": copies.as_curl(submission, parts.settings.api_url),
    }


def _numbers(
    submission: Submission, post: Mapping[str, Any], who: Visitor, parts: Parts
) -> ShownNumbers | None:
    """The numbers of a post that is live, and None otherwise."""
    if submission.mode == "test" or not possible.live_platforms(post):
        return None
    return numbers_of(submission, times.zone_of(who.timezone), parts)


def _run(
    run: Mapping[str, Any],
    submission: Submission,
    post: Mapping[str, Any],
    accounts: Mapping[tuple[str, str], Mapping[str, Any]],
) -> ShownRun:
    target = next((one for one in submission.targets if one.run_id == run["runId"]), None)
    account = accounts.get((run["platform"], run["accountId"])) or {}
    return ShownRun(
        run=run,
        state=words.RUN_STATES[run["status"]],
        account=(name_of(account) if account else "") or run["accountId"],
        reason=account.get("reason"),
        own_text=submission.own_text(target) if target else None,
        own_media=(submission.own_media(target) or ()) if target else (),
        remedies=possible.remedies_of(post, run),
        attempts=attempts.shown(run["attempts"]),
        support=copies.for_support(submission, run),
    )


def _waiting(
    submission: Submission, accounts: Mapping[tuple[str, str], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The targets of a post that has not started."""
    return [_waiting_target(target, submission, accounts) for target in submission.targets]


def _waiting_target(
    target: Target,
    submission: Submission,
    accounts: Mapping[tuple[str, str], Mapping[str, Any]],
) -> dict[str, Any]:
    account = accounts.get((target.platform, target.account_id)) or {}
    return {
        "platform": target.platform,
        "account": (name_of(account) if account else "") or target.account_id,
        "risk": target.risk.message if target.risk else None,
        "own_text": submission.own_text(target),
        "own_media": submission.own_media(target) or (),
    }


def _account(snapshot: Any, user_id: str) -> Mapping[str, Any]:
    account = account_from(snapshot, user_id)
    return listing.as_json(account, None) if account else {}


def _sender(snapshot: Any) -> str:
    """Which key sent the post. A key's document is kept when it is revoked."""
    key = key_from(snapshot)
    if key is None:
        return "An API key"
    return f"{key.name} ({key.preview})" if key.name else f"The key {key.preview}"


def _title(submission: Submission) -> str:
    """Where the post goes: its text follows below."""
    names = list(dict.fromkeys(registry.display_name(t.platform) for t in submission.targets))
    places = words.listed(names) if len(names) <= _MOST_NAMED else f"{len(names)} platforms"
    return f"Post to {places}"
