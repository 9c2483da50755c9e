"""What will probably make a scheduled post fail: noted on the post until it is fixed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from shared import clock
from shared.domain.accounts import OfAccount
from shared.domain.submission import Risk, Submission, SubmissionStatus, Target
from shared.domain.targets import ended_risk
from shared.gcp.firestore import retry_conflicts
from shared.gcp.submissions import StoredSubmission
from shared.platforms import registry
from shared.posts import history
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.wiring import Parts

MOST_POSTS = history.MOST_PER_PAGE
"""Posts of an account that are looked at; the others are tried again before they are due."""


def waiting_target(submission: Submission, run_id: str) -> Target | None:
    """The target of a post that still waits for its time."""
    if submission.status is not SubmissionStatus.QUEUED or not submission.is_scheduled:
        return None
    return next((target for target in submission.targets if target.run_id == run_id), None)


def scheduled_posts(user_id: str, platform: str, account_id: str, parts: Parts) -> list[Submission]:
    """The scheduled posts that name an account, the next ones first, at most MOST_POSTS."""
    query = strict.read(
        HistoryQuery,
        {
            "platform": platform,
            "accountId": account_id,
            "scheduled": "true",
            "sort": "scheduled",
            "limit": str(MOST_POSTS),
        },
    )
    return list(history.read(parts, user_id, query).submissions)


@dataclass(frozen=True)
class Waiting:
    """The scheduled posts that name an account."""

    posts: int
    first: Submission
    is_complete: bool
    """Whether all were counted."""


def waiting_by_account(user_id: str, parts: Parts) -> Mapping[tuple[str, str], Waiting]:
    """What depends on each account, by platform and account id. Raises StoreUnavailable.

    One query reads the next MOST_POSTS scheduled posts of the user.
    """
    sent = {"scheduled": "true", "sort": "scheduled", "limit": str(MOST_POSTS)}
    page = history.read(parts, user_id, strict.read(HistoryQuery, sent))
    found: dict[tuple[str, str], list[Submission]] = {}
    for submission in page.submissions:
        for place in {(target.platform, target.account_id) for target in submission.targets}:
            found.setdefault(place, []).append(submission)
    is_complete = page.cursor is None
    return {place: Waiting(len(posts), posts[0], is_complete) for place, posts in found.items()}


def note_risk(submission_id: str, run_id: str, risk: Risk | None, parts: Parts) -> None:
    """Note the risk of a target, or forget it. Raises PreconditionFailed, StoreUnavailable."""

    def change(stored: StoredSubmission | None) -> None:
        if stored is None or waiting_target(stored.submission, run_id) is None:
            return
        targets = tuple(
            replace(target, risk=risk) if target.run_id == run_id else target
            for target in stored.submission.targets
        )
        parts.deliveries.save_submission(stored, replace(stored.submission, targets=targets))

    retry_conflicts(
        f"submission {submission_id}", lambda: parts.deliveries.submission(submission_id), change
    )


def note_ended(account: OfAccount, parts: Parts) -> None:
    """The authorization of an account has ended: its scheduled posts will fail.

    Raises PreconditionFailed, StoreUnavailable.
    """
    owner = (account.platform, account.account_id)
    risk = ended_risk(account.account_id, registry.display_name(account.platform), clock.now())
    for submission in scheduled_posts(account.user_id, *owner, parts):
        for target in submission.targets:
            if (target.platform, target.account_id) == owner:
                note_risk(submission.submission_id, target.run_id, risk, parts)


def forget_risks(user_id: str, platform: str, account_ids: Collection[str], parts: Parts) -> None:
    """These accounts were reconnected: their posts are no longer at risk.

    Raises PreconditionFailed, StoreUnavailable.
    """
    for account_id in account_ids:
        for submission in scheduled_posts(user_id, platform, account_id, parts):
            for target in submission.targets:
                if target.risk and (target.platform, target.account_id) == (platform, account_id):
                    note_risk(submission.submission_id, target.run_id, None, parts)
