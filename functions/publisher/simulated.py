"""The simulation of test posts: the whole way of a post, without any request to its platform.

The option `simulate` of a target chooses the outcome. No step of a platform runs, no token is read,
and no claim of a live post can be met: the account and the post have names of their own.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from functions.publisher import late, look_up
from functions.publisher.writer import Attempt, RunWriter
from shared import clock
from shared.domain import deletion, unconfirmed
from shared.domain import run as runs
from shared.domain.decision import Do
from shared.domain.errors import ErrorCategory
from shared.domain.gates import Gates, cannot_act, not_connected, refusal
from shared.domain.reconciliation import Sighting, judge
from shared.domain.run import Run, RunError
from shared.gcp.accounts import account_from, account_path
from shared.gcp.claims import Basis
from shared.gcp.firestore import read_all
from shared.gcp.runs import StoredRun
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.platforms.base import STEP_LEASE

# `slow`: so many deliveries come before the one that publishes, this far apart.
DELIVERIES_BEFORE = 3
BETWEEN_DELIVERIES = timedelta(seconds=5)
# Categories whose failures can be retried without a change of the post.
_RETRYABLE = frozenset(
    {
        ErrorCategory.AUTH_EXPIRED,
        ErrorCategory.RATE_LIMITED,
        ErrorCategory.PLATFORM_UNAVAILABLE,
        ErrorCategory.ACCOUNT_DISCONNECTED,
        ErrorCategory.SUBSCRIPTION_INACTIVE,
        ErrorCategory.EXPIRED,
    }
)
_NO_ANSWER = RunError(
    category=ErrorCategory.UNKNOWN,
    code="outcome_unknown",
    message="The simulation lost the answer of the platform, as the option `simulate` asks: the "
    "post may or may not be live. Soku is looking it up.",
    retryable=False,
)


def deliver(work: Do, stored: StoredRun, writer: RunWriter) -> str:
    """Do `work` for a test post. Raises PreconditionFailed when the run changed meanwhile."""
    match work:
        case Do.TAKE_STEP:
            return _take_step(stored, writer)
        case Do.RECORD_LOSS:
            return late.record_loss(stored, writer)
        case Do.LOOK_UP:
            return _look_up(stored, writer)
        case Do.DELETE:
            return _delete(stored, writer)
        case Do.FINISH:
            writer.settle(stored.run.submission_id)
            return f"already {stored.run.status}"


def _take_step(stored: StoredRun, writer: RunWriter) -> str:
    """The claim and the result are one commit: nothing is sent in between."""
    run, now = stored.run, clock.now()
    gates = _gates(run, writer)
    blocked, account = refusal(run, gates, now), gates.account
    if blocked is not None or account is None:
        error = blocked or not_connected(run.account_id, gates.platform_name)
        writer.save(stored, runs.fail(run, error=error, now=now))
        return f"failed: {error.category}"
    outcome = str(run.content.options.get("simulate", "succeed"))
    waited = run.checkpoint.get("waited", 0)
    is_waiting = outcome == "slow" and waited < DELIVERIES_BEFORE
    claimed = runs.claim(
        run,
        step="simulate",
        visible=not is_waiting,
        mutates=True,
        lease=STEP_LEASE,
        owner=secrets.token_hex(8),
        # Not the account's own: no live post on it is compared with this one.
        external_id=f"test_{account.external_id}",
        now=now,
    )
    if is_waiting:
        at = now + BETWEEN_DELIVERIES
        after = runs.proceed(claimed, checkpoint={"waited": waited + 1}, at=at)
        writer.save(stored, after, _record("done", now))
        return "simulated: not done yet"
    after, attempt = _end(claimed, outcome, now)
    writer.save(stored, after, attempt, Basis.ANSWER)
    return f"simulated: {after.status}"


def _end(claimed: Run, outcome: str, now: datetime) -> tuple[Run, Attempt]:
    kind, _, category = outcome.partition(":")
    if kind == "fail":
        error = _failure(ErrorCategory(category))
        return runs.fail(claimed, error=error, now=now), _record("Rejected", now, error)
    if kind == "unconfirm" and claimed.visible_attempts == 1:
        # Once it is proven absent it is sent again, like every post, and then it succeeds.
        doubted = unconfirmed.doubt(claimed, error=_NO_ANSWER, now=now)
        return doubted, _record("OutcomeUnknown", now, _NO_ANSWER)
    post_id = f"test_{secrets.token_hex(12)}"
    after = runs.succeed(claimed, platform_post_id=post_id, permalink=None, now=now)
    return after, {**_record("published", now), "platformPostId": post_id}


def _failure(category: ErrorCategory) -> RunError:
    return RunError(
        category=category,
        code=category.value,
        message=f"The simulation failed with {category}, as the option `simulate` asks. Retry the "
        "post with another value of this option.",
        retryable=category in _RETRYABLE,
    )


def _look_up(stored: StoredRun, writer: RunWriter) -> str:
    """The platform is not asked: its list would not have the post."""
    now = clock.now()
    seen = Sighting(list_was_read=True, platform_now=now)
    result = judge(stored.run, seen, taken=(), rivals=(), now=now)
    return look_up.apply(result, stored, writer)


def _delete(stored: StoredRun, writer: RunWriter) -> str:
    run, now = stored.run, clock.now()
    blocked = cannot_act(run, _gates(run, writer))
    if blocked is not None:
        writer.save(stored, deletion.fail(run, error=blocked, now=now))
    else:
        deleted = deletion.count_attempt(deletion.finish(run, now=now))
        writer.save(stored, deleted, {**_record("deleted", now), "step": "delete"})
    writer.settle(run.submission_id)
    return f"not deleted: {blocked.category}" if blocked else "simulated: deleted"


def _gates(run: Run, writer: RunWriter) -> Gates:
    """The subscription and the account, without its tokens."""
    paths = (
        subscription_path(run.user_id),
        account_path(run.user_id, run.platform, run.account_id),
    )
    snapshots = read_all(writer.parts.db, paths)
    gates = Gates(
        subscription_from(snapshots[paths[0]]),
        account_from(snapshots[paths[1]], run.user_id),
        registry.display_name(run.platform),
        writer.parts.settings.billing,
    )
    writer.hear(gates)
    return gates


def _record(outcome: str, now: datetime, error: RunError | None = None) -> dict[str, Any]:
    """The record of an attempt, without a request."""
    begun = {"step": "simulate", "startedAt": now, "finishedAt": now, "outcome": outcome}
    return {**begun, "exchanges": [], **({"error": error.message} if error else {})}
