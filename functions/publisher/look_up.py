"""Settling an unconfirmed run: look whether its post is on the platform. Sends nothing visible."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from functions.publisher import access
from functions.publisher.access import Access
from functions.publisher.outcome import Outcome, add_permalink, tell_operator
from shared import clock, logs
from shared.domain import run as runs
from shared.domain import unconfirmed
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.reconciliation import (
    Absent,
    Found,
    Sighting,
    Undecided,
    Verdict,
    judge,
    window_start,
)
from shared.domain.retry import BACK_OFF, LONGEST_WAIT
from shared.domain.run import Run, RunError
from shared.gcp.runs import StoredRun, has_rival, ids_taken
from shared.platforms import registry
from shared.platforms.base import Checkpoint
from shared.platforms.http import ClaimLimits
from shared.wiring import Parts

log = logs.logger("publisher")

EXHAUSTED = RunError(
    category=ErrorCategory.PLATFORM_UNAVAILABLE,
    code="platform_unavailable",
    message="The platform lost the post several times; it is not live. Retry it later.",
    retryable=True,
)


def look_up(found: StoredRun, outcome: Outcome) -> str:
    """Ask the platform once. Raises PreconditionFailed when somebody settled the run meanwhile."""
    run, parts = found.run, outcome.parts
    try:
        _, granted = access.read(run, parts)
    except PlatformError as failure:
        return _could_not_ask(found, failure, outcome)
    if granted is None:
        return _undecided(found, Undecided(absent=False), outcome)
    try:
        verdict = _ask(run, granted, outcome)
    except TokenExpired:
        return _renew_and_look_again(found, granted, outcome)
    except PlatformError as failure:
        return _could_not_ask(found, failure, outcome)
    match verdict:
        case Found():
            return _found(found, verdict, outcome)
        case Absent():
            return _absent(found, verdict, outcome)
        case Undecided():
            return _undecided(found, verdict, outcome)


def _ask(run: Run, granted: Access, outcome: Outcome) -> Verdict:
    parts = outcome.parts
    sighting = _sight(run, granted, parts)
    # First the rivals, then the ids: one that succeeds in between is no rival any more, but the
    # id that it holds is found.
    rival = has_rival(parts.db, run)
    taken = ids_taken(parts.db, run, [seen.platform_post_id for seen in sighting.same])
    return judge(run, sighting, taken=taken, has_rival=rival, now=clock.now())


def _sight(run: Run, granted: Access, parts: Parts) -> Sighting:
    """What the platform shows, with everything that is not a PlatformError made one."""
    http = access.http_for(run.platform, parts, ClaimLimits())
    try:
        platform = registry.publishing(run.platform)
        return platform.look_up(granted.turn(run, http), window_start(run))
    except PlatformError:
        raise
    except Exception as error:
        # An answer of a shape that nobody has seen must not hold the run up for ever.
        log.exception("looking up a post on %s broke", run.platform)
        raise PlatformUnavailable("The platform's answer could not be read.") from error


def _found(found: StoredRun, verdict: Found, outcome: Outcome) -> str:
    after = runs.succeed(
        found.run,
        platform_post_id=verdict.platform_post_id,
        permalink=verdict.permalink,
        now=clock.now(),
    )
    add_permalink(outcome.save(found, after), outcome)
    return "succeeded: found on the platform"


def _absent(found: StoredRun, verdict: Absent, outcome: Outcome) -> str:
    now = clock.now()
    if verdict.exhausted and not verdict.may_be_live:
        outcome.save(found, runs.fail(found.run, error=EXHAUSTED, now=now))
        return "failed: proven absent too often"
    checkpoint = _sealed(verdict.checkpoint, found.run, outcome)
    again = unconfirmed.publish_again(
        found.run, checkpoint=checkpoint, may_be_live=verdict.may_be_live, now=now
    )
    outcome.save(found, again)
    outcome.parts.deliveries.revive(found.run.submission_id)
    return "queued again: absent, or harmless to repeat"


def _sealed(checkpoint: object, run: Run, outcome: Outcome) -> Mapping[str, Any]:
    return (
        access.sealed(checkpoint, run, outcome.parts) if isinstance(checkpoint, Checkpoint) else {}
    )


def _undecided(found: StoredRun, verdict: Undecided, outcome: Outcome) -> str:
    outcome.save(found, unconfirmed.look_again(found.run, absent=verdict.absent, now=clock.now()))
    return "still unconfirmed"


def _renew_and_look_again(found: StoredRun, granted: Access, outcome: Outcome) -> str:
    run, now = found.run, clock.now()
    if run.token_refreshes:
        return _undecided(found, Undecided(absent=False), outcome)
    try:
        access.renew(granted, outcome.parts)
    except ReconnectRequired:
        # Nobody can look until the person has given a new authorization.
        outcome.parts.accounts.require_reconnect(granted.account)
        return _undecided(found, Undecided(absent=False), outcome)
    except PlatformError as failure:
        return _could_not_ask(found, failure, outcome)
    outcome.save(found, unconfirmed.look_later(run, at=now, token_refreshes=1))
    return "tokens renewed, looking again"


def _could_not_ask(found: StoredRun, failure: PlatformError, outcome: Outcome) -> str:
    """A look-up that could not be made does not count, but not for ever."""
    run = found.run
    tell_operator(failure, run)
    if run.failures >= len(BACK_OFF):
        return _undecided(found, Undecided(absent=False), outcome)
    wait: timedelta = BACK_OFF[run.failures]
    if isinstance(failure, RateLimited) and failure.retry_after:
        wait = min(failure.retry_after, LONGEST_WAIT)
    later = unconfirmed.look_later(run, at=clock.now() + wait, failures=run.failures + 1)
    outcome.save(found, later)
    return f"could not look: {failure.message}"
