"""Posts that failed because an account had to be reconnected, and trying them again afterwards."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.domain.errors import ErrorCategory
from shared.domain.run import RunStatus, is_pending
from shared.domain.submission import RunSummary, Submission
from shared.posts import history
from shared.posts.history import HistoryQuery
from shared.web import strict
from shared.wiring import Parts

MOST_SHOWN = 20
"""Posts that are offered at once; after they are retried, the next ones are."""
MOST_ACCOUNTS = 10
"""Accounts of one connection that are looked at, each with a query."""
_FOR_AUTHORIZATION = {
    ErrorCategory.AUTH_EXPIRED,
    ErrorCategory.PERMISSION,
    ErrorCategory.ACCOUNT_DISCONNECTED,
}


@dataclass(frozen=True)
class FailedPost:
    submission: Submission
    runs: tuple[RunSummary, ...]
    """The runs that a new authorization can help."""
    run_ids: tuple[str, ...]


def failed_posts(
    user_id: str, platform: str, account_ids: Collection[str], parts: Parts
) -> list[FailedPost]:
    """The posts that failed on these accounts for want of an authorization, newest first."""
    found = {
        submission.submission_id: submission
        for account_id in [*account_ids][:MOST_ACCOUNTS]
        for submission in _failed_on(user_id, platform, account_id, parts)
    }
    posts = [failed_post(each, platform, account_ids) for each in found.values()]
    helped = [post for post in posts if post.runs]
    return sorted(helped, key=lambda post: post.submission.created_at, reverse=True)[:MOST_SHOWN]


def failed_post(submission: Submission, platform: str, account_ids: Collection[str]) -> FailedPost:
    """A post with those of its runs that a new authorization of these accounts can help."""
    summaries = submission.runs or {}
    can_be_retried = submission.deleted_at is None and not any(
        is_pending(run.deletion) or run.status is RunStatus.UNCONFIRMED
        for run in summaries.values()
    )
    helped = {
        run_id: run
        for run_id, run in summaries.items()
        if can_be_retried
        and run.platform == platform
        and run.account_id in account_ids
        and run.status is RunStatus.FAILED
        and run.error is not None
        and run.error.category in _FOR_AUTHORIZATION
    }
    return FailedPost(submission, tuple(helped.values()), tuple(helped))


def _failed_on(
    user_id: str, platform: str, account_id: str, parts: Parts
) -> Collection[Submission]:
    sent = {"platform": platform, "accountId": account_id, "status": "failed", "limit": "50"}
    return history.read(parts, user_id, strict.read(HistoryQuery, sent)).submissions
