"""What the composer works on: a new post or an existing one, with the user's accounts and files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from functions.dashboard.composer.draft import Draft, from_post, hidden_options
from functions.dashboard.own_accounts import account_key, integration_snapshots
from functions.dashboard.own_posts import is_post_id, post_not_found
from functions.dashboard.times import zone_of
from functions.dashboard.visitor import Visitor, url_of, visitor
from shared.accounts import listing
from shared.billing.access import plan_check
from shared.domain.accounts import Allowed
from shared.domain.media import MediaAsset
from shared.domain.run import RunStatus
from shared.domain.submission import Submission, SubmissionStatus, Target
from shared.gcp.runs import submission_path
from shared.gcp.submissions import StoredSubmission
from shared.gcp.users import subscription_from, subscription_path
from shared.media import library
from shared.posts import resolution, view
from shared.posts.resolution import CheckPlan
from shared.web.page_app import Stopped
from shared.wiring import Parts

EDIT, RETRY = "edit", "retry"
_FAILED = (SubmissionStatus.FAILED, SubmissionStatus.PARTIALLY_FAILED)


@dataclass(frozen=True)
class Desk:
    parts: Parts
    who: Visitor
    stored: StoredSubmission | None
    """None: a new post."""
    is_retry: bool
    accounts: list[dict[str, Any]]
    """Those that can be chosen, as the API shows them."""
    allowed: Mapping[str, Allowed] = field(default_factory=dict)
    """What platforms allow them one by one, by `platform:id`, as it was last read."""

    @property
    def submission(self) -> Submission | None:
        return self.stored.submission if self.stored else None

    @property
    def mode(self) -> str:
        return self.submission.mode if self.submission else "live"

    @property
    def plan(self) -> Any:
        """The plan whose limits hold."""
        subscription = subscription_from(self._subscription)
        return self.parts.settings.billing.plan_of(subscription)

    @property
    def posts_per_minute(self) -> int:
        """As for the same user's posts through the API."""
        subscription, plan = subscription_from(self._subscription), self.plan
        limits = {**(plan.rate_limits if plan else {}), **subscription.limits}
        most: int = limits.get("posts", self.parts.settings.rate_limits.posts)
        return most

    @property
    def check_plan(self) -> CheckPlan:
        return plan_check(self._subscription, self.parts, "send the post again")

    @property
    def _subscription(self) -> Any:
        return self.who.documents[subscription_path(self.who.user_id)]

    @property
    def own_files(self) -> Mapping[str, MediaAsset]:
        """The files that the post already has, by their URLs."""
        return resolution.files_of(self.submission) if self.submission else {}

    @property
    def hidden_options(self) -> dict[str, dict[str, Any]]:
        return hidden_options(self.submission) if self.submission else {}

    def assets_of(self, draft: Draft) -> dict[str, MediaAsset]:
        """The stored files of a draft, by their URLs."""
        urls = {medium.url: medium.url for medium in draft.media}
        settings = self.parts.settings.media
        snapshots = self.who.documents
        known = library.known(self.who.user_id, urls, snapshots, settings, self.own_files)
        return dict(known.assets)


def desk_for(
    parts: Parts,
    draft: Draft,
    post_id: str | None = None,
    *,
    is_retry: bool = False,
    more: Callable[[str], list[str]] = lambda _: [],
) -> Desk:
    """The desk of the user of the current request. Raises NotSignedIn, Stopped."""
    post_path = [submission_path(post_id)] if post_id and is_post_id(post_id) else []
    urls = [medium.url for medium in draft.media]

    def reads(user_id: str) -> list[str]:
        paths = [
            *listing.integration_paths(user_id),
            subscription_path(user_id),
            *post_path,
            *library.paths(user_id, urls, parts.settings.media),
            *more(user_id),
        ]
        return list(dict.fromkeys(paths))

    who = visitor(parts, reads)
    stored = view.owned(who.documents[post_path[0]], who.user_id) if post_path else None
    if post_id is not None and stored is None:
        raise post_not_found()
    listed = listing.stored_accounts(who.user_id, integration_snapshots(who), parts)
    accounts = [listing.as_json(*each) for each in listed]
    allowed = {
        f"{account.platform}:{account.account_id}": account.allowed
        for account, _ in listed
        if account.allowed
    }
    desk = Desk(parts, who, stored, is_retry, accounts, allowed)
    return _for_retry(desk) if stored and is_retry else desk


def draft_of(desk: Desk) -> Draft:
    """The post of the desk as the composer shows it."""
    submission = desk.submission
    assert submission is not None
    targets = failed_targets(submission) if desk.is_retry else submission.targets
    return from_post(submission, zone_of(desk.who.timezone), targets)


def require_changeable(desk: Desk) -> None:
    """Raises Stopped if the post is beyond editing, or has nothing to retry."""
    submission = desk.submission
    if submission is None:
        return
    is_waiting = submission.status is SubmissionStatus.DRAFT or submission.is_scheduled
    if desk.is_retry and submission.status not in _FAILED:
        raise _not_now("Nothing to retry", "No part of this post has failed.", submission)
    if not desk.is_retry and not is_waiting:
        text = "It has started already. You can duplicate it, and edit the copy."
        raise _not_now("This post cannot be edited any more", text, submission)


def failed_targets(submission: Submission) -> list[Target]:
    runs = submission.runs or {}
    return [
        target
        for target in submission.targets
        if target.run_id in runs and runs[target.run_id].status is RunStatus.FAILED
    ]


def _for_retry(desk: Desk) -> Desk:
    """Only accounts on which the post has failed can be chosen."""
    submission = desk.submission
    failed = {target.target_id for target in failed_targets(submission)} if submission else set()
    accounts = [each for each in desk.accounts if account_key(each) in failed]
    return replace(desk, is_retry=True, accounts=accounts)


def _not_now(title: str, text: str, submission: Submission) -> Stopped:
    link = url_of(f"/posts/{submission.submission_id}")
    return Stopped(title, text, HTTPStatus.CONFLICT, link=link, link_text="Go to the post")
