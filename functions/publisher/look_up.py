"""Looking up an unconfirmed run: is its post on the platform? Sends nothing visible."""

from functions.publisher import checkpoints
from functions.publisher.access import Access, Blocked, MustRepeat, act, calling
from functions.publisher.permalink import add_permalink
from functions.publisher.writer import RunWriter
from shared import clock
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
    judge,
    window_start,
)
from shared.domain.retry import BACK_OFF, LONGEST_WAIT
from shared.domain.run import Run, RunError
from shared.gcp.runs import StoredRun, has_rival, ids_of_other_runs
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Turn
from shared.wiring import Parts

_LOST_TOO_OFTEN = RunError(
    category=ErrorCategory.PLATFORM_UNAVAILABLE,
    code="platform_unavailable",
    message="The platform lost the post several times; it is not live. Retry it later.",
    retryable=True,
)


def look_up(stored: StoredRun, writer: RunWriter) -> str:
    """Ask the platform once. Raises PreconditionFailed when someone settled the run meanwhile."""
    run, parts = stored.run, writer.parts
    try:
        result = act(
            run,
            parts,
            lambda access: _ask(run, access, parts),
            may_renew=retry.may_renew_token(run),
        )
    except MustRepeat as repeat:
        renewals = run.token_refreshes + repeat.renewed
        writer.save(stored, unconfirmed.look_later(run, at=repeat.at, token_refreshes=renewals))
        return str(repeat)
    except ReconnectRequired:
        # Nobody can look until the user has authorized Soku again.
        parts.accounts.require_reconnect(run)
        return _undecided(stored, Undecided(absent=False), writer)
    except (Blocked, TokenExpired):
        return _undecided(stored, Undecided(absent=False), writer)
    except PlatformError as failure:
        return _after_failure(stored, failure, writer)
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
    with calling(run.platform, parts, "looking up a post") as http:
        turn = Turn(access.post(run.content), checkpoint, http)
        sighting = platform.look_up(turn, window_start(run))
    # Rivals first, then ids: a rival that succeeds in between is no rival any more, but its id
    # is among those of other runs.
    rival = has_rival(parts.db, run)
    listed = [post.platform_post_id for post in sighting.same]
    taken = ids_of_other_runs(parts.db, run, listed)
    return judge(run, sighting, taken=taken, has_rival=rival, now=clock.now())


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
    """A look-up that failed does not count, except after many failures in a row."""
    run = stored.run
    if run.failures >= len(BACK_OFF):
        return _undecided(stored, Undecided(absent=False), writer)
    wait = BACK_OFF[run.failures]
    if isinstance(failure, RateLimited) and failure.retry_after:
        wait = min(failure.retry_after, LONGEST_WAIT)
    later = unconfirmed.look_later(run, at=clock.now() + wait, failures=run.failures + 1)
    writer.save(stored, later)
    return f"look-up failed: {failure.message}"
