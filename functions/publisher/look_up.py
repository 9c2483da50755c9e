"""Looking up an unconfirmed run: is its post on the platform? Sends nothing visible."""

from datetime import timedelta

from functions.publisher import checkpoints
from functions.publisher.permalink import add_permalink
from functions.publisher.writer import DELIVER_AGAIN, RunWriter
from shared import clock, logs
from shared.accounts.acting import (
    Access,
    Blocked,
    MustRepeat,
    act,
    calling,
    end_authorization,
)
from shared.domain import retry, unconfirmed
from shared.domain import run as runs
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.reconciliation import (
    Absent,
    Found,
    LookUpResult,
    Undecided,
    first_try,
    judge,
    read_since,
)
from shared.domain.retry import LONGEST_WAIT
from shared.domain.run import Run, RunError
from shared.domain.unconfirmed import FAILED_AGAIN_AFTER
from shared.gcp.claims import held_by_others
from shared.gcp.runs import StoredRun, rivals_of
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Turn
from shared.wiring import Parts

log = logs.logger("publisher")

_LOST_TOO_OFTEN = RunError(
    category=ErrorCategory.PLATFORM_UNAVAILABLE,
    code="platform_unavailable",
    message="The platform lost the post several times; it is not live. Retry it later.",
    retryable=True,
)


def look_up(stored: StoredRun, writer: RunWriter) -> str:
    """Ask the platform once. Raises PreconditionFailed when someone settled the run meanwhile."""
    try:
        return _look_up(stored, writer)
    except DELIVER_AGAIN:
        raise
    except Exception:
        # A value that Firestore does not store, or a bug of ours outside of the platform's code.
        log.exception("the result of a look-up could not be saved")
        return _repeat(stored, FAILED_AGAIN_AFTER, writer)


def _look_up(stored: StoredRun, writer: RunWriter) -> str:
    run, parts = stored.run, writer.parts
    try:
        result = act(
            run,
            parts,
            lambda access: _ask(run, access, parts),
            gate=writer.hear,
            may_renew=retry.may_renew_token(run),
        )
    except MustRepeat as repeat:
        renewals = run.token_refreshes + repeat.renewed
        writer.save(stored, unconfirmed.look_later(run, at=repeat.at, token_refreshes=renewals))
        return str(repeat)
    except ReconnectRequired as failure:
        # Nobody can look until the user has authorized Soku again.
        end_authorization(run, failure, parts)
        return _undecided(stored, Undecided(absent=None), writer)
    except (Blocked, TokenExpired):
        return _undecided(stored, Undecided(absent=None), writer)
    except PlatformError as failure:
        return _after_failure(stored, failure, writer)
    return apply(result, stored, writer)


def apply(result: LookUpResult, stored: StoredRun, writer: RunWriter) -> str:
    """Save what a look-up has shown."""
    match result:
        case Found():
            return _found(stored, result, writer)
        case Absent():
            return _absent(stored, result, writer)
        case Undecided():
            return _undecided(stored, result, writer)


def _ask(run: Run, access: Access, parts: Parts) -> LookUpResult:
    checkpoint = checkpoints.opened(run, parts.cipher)
    platform = registry.publishing(run.platform)
    # For the matching, the posts of rivals that began earlier must be seen, too.
    since = read_since(run, rivals_of(parts.db, run))
    with calling(run.platform, parts, "looking up a post") as http:
        turn = Turn(access.post(run.content), checkpoint, http, first_try(run))
        sighting = platform.look_up(turn, since)
    now = clock.now()
    # Rivals first, then claims: a rival that succeeds in between is no rival any more, but its
    # post is claimed.
    rivals = rivals_of(parts.db, run)
    taken = held_by_others(parts.db, run, {post.platform_post_id for post in sighting.same})
    return judge(run, sighting, taken=taken, rivals=rivals, now=now)


def _found(stored: StoredRun, result: Found, writer: RunWriter) -> str:
    after = runs.succeed(
        stored.run,
        platform_post_id=result.platform_post_id,
        permalink=result.permalink,
        now=clock.now(),
    )
    add_permalink(writer.save(stored, after), writer.parts)
    return "succeeded: found on the platform"


def _absent(stored: StoredRun, result: Absent, writer: RunWriter) -> str:
    run, now = stored.run, clock.now()
    if result.exhausted and not result.may_be_live:
        writer.save(stored, runs.fail(run, error=_LOST_TOO_OFTEN, now=now))
        return "failed: proven absent too often"
    checkpoint = result.checkpoint if isinstance(result.checkpoint, Checkpoint) else Checkpoint()
    again = unconfirmed.publish_again(
        run,
        checkpoint=checkpoints.sealed(checkpoint, run, writer.parts.cipher),
        may_be_live=result.may_be_live,
        now=now,
    )
    writer.save(stored, again)
    writer.parts.deliveries.revive(run.submission_id)
    return "queued again: absent, or harmless to repeat"


def _undecided(stored: StoredRun, result: Undecided, writer: RunWriter) -> str:
    writer.save(stored, unconfirmed.look_again(stored.run, absent=result.absent, now=clock.now()))
    return "still unconfirmed"


def _after_failure(stored: StoredRun, failure: PlatformError, writer: RunWriter) -> str:
    """A look-up that failed does not count; it is repeated when the platform allows."""
    wait = FAILED_AGAIN_AFTER
    if isinstance(failure, RateLimited) and failure.retry_after:
        wait = min(failure.retry_after, LONGEST_WAIT)
    return f"{_repeat(stored, wait, writer)}: {failure.message}"


def _repeat(stored: StoredRun, wait: timedelta, writer: RunWriter) -> str:
    writer.save(stored, unconfirmed.look_after_failure(stored.run, wait=wait, now=clock.now()))
    return "look-up failed"
