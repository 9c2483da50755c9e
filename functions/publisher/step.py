"""One step of a run: pass the gates, claim, do it on the platform, save what came of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from functions.publisher import access
from functions.publisher.access import Access
from functions.publisher.outcome import (
    Outcome,
    add_permalink,
    new_owner,
    settle_late,
    tell_operator,
)
from shared import clock, logs
from shared.domain import retry, unconfirmed
from shared.domain import run as runs
from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable
from shared.domain.gates import not_connected, refusal
from shared.domain.run import Run, RunError, error_from
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun, ids_taken
from shared.platforms import registry
from shared.platforms.base import Pending, Published, Publishing, Step
from shared.platforms.http import ClaimLimits, ClaimRanOut, Http

log = logs.logger("publisher")


def take(found: StoredRun, outcome: Outcome) -> str:
    """Take the run's next step. Raises PreconditionFailed while nothing was sent."""
    run, parts = found.run, outcome.parts
    try:
        gates, granted = access.read(run, parts)
    except PlatformError as failure:
        return _begin_later(found, failure, outcome)
    error = refusal(run, gates, clock.now())
    if error is not None or granted is None:
        return _cannot_go_on(found, error or not_connected(run), outcome)
    if granted.is_ending():
        try:
            renewed = access.renew(granted, parts)
        except PlatformError as failure:
            return _after_failure(found, failure, granted, outcome, None)
        if renewed is None:
            return _wait_for_token(found, outcome)
        granted = renewed
    return _take_claimed(found, granted, outcome)


def _cannot_go_on(found: StoredRun, error: RunError, outcome: Outcome) -> str:
    """Nothing more can be done for the run; what the platform has already may still go live."""
    end = unconfirmed.doubt if found.run.sent_at else runs.fail
    after = end(found.run, error=error, now=clock.now())
    outcome.save(found, after)
    return f"{after.status}: {error.category}"


def _begin_later(found: StoredRun, failure: PlatformError, outcome: Outcome) -> str:
    """Nothing could be tried: put it off, a few times."""
    run, now = found.run, clock.now()
    tell_operator(failure, run)
    match retry.after(failure, run, now):
        case retry.Again(at, error):
            outcome.save(found, runs.back_off(run, at=at, error=error))
        case _:
            return _cannot_go_on(found, error_from(failure, retryable=True), outcome)
    return f"could not begin: {failure.message}"


def _take_claimed(found: StoredRun, granted: Access, outcome: Outcome) -> str:
    run = found.run
    platform = registry.publishing(run.platform)
    step = platform.next_step(run.content, granted.checkpoint)
    claimed = _claim(found, step, outcome)
    http = access.http_for(
        run.platform,
        outcome.parts,
        ClaimLimits(lease_until=claimed.run.lease_until, intent_at=claimed.run.intent_at),
    )
    try:
        result = _take(platform, step, claimed.run, granted, http)
        _check_is_ours(result, claimed.run, outcome)
    except PlatformError as failure:
        attempt = _attempt(step, http, outcome=type(failure).__name__, error=failure.message)
        return _after_failure(claimed, failure, granted, outcome, attempt)
    if isinstance(result, Pending):
        now = clock.now()
        after = runs.proceed(
            claimed.run,
            checkpoint=access.sealed(result.checkpoint, run, outcome.parts),
            at=now + result.poll_after,
            sent=result.sent,
        )
        _save(claimed, after, outcome, _attempt(step, http, outcome="done"))
        return f"{step.name} done, next in {result.poll_after.total_seconds():g} s"
    return _after_success(claimed, result, step, http, outcome)


def _check_is_ours(result: Published | Pending, run: Run, outcome: Outcome) -> None:
    """A repetition may be answered with a post that another run has made. Raises OutcomeUnknown."""
    if not isinstance(result, Published) or run.visible_attempts <= 1:
        return
    if ids_taken(outcome.parts.db, run, [result.platform_post_id]):
        raise OutcomeUnknown(
            f"{run.platform} answered with a post that another one of yours has made: it is not "
            "known whether this one is live."
        )


def _claim(found: StoredRun, step: Step, outcome: Outcome) -> StoredRun:
    """One commit: the lease and, for the visible step, the intent."""
    now = clock.now()
    claimed = runs.claim(
        found.run,
        step=step.name,
        visible=step.visible,
        mutates=not step.polls,
        lease=step.lease,
        owner=new_owner(),
        now=now,
    )
    begun = {"step": step.name, "startedAt": now, "outcome": "begun"}
    saved = outcome.parts.deliveries.save(found, claimed, attempt=None if step.polls else begun)
    return saved.stored


def _take(
    platform: Publishing[Any], step: Step, run: Run, granted: Access, http: Http
) -> Published | Pending:
    """The platform's step, with everything that is not a PlatformError made one."""
    try:
        return platform.take(step, granted.turn(run, http))
    except PlatformError:
        raise
    except ClaimRanOut as error:
        raise PlatformUnavailable("It took too long; nothing more was sent.") from error
    except Exception as error:
        # A defect of ours, or an answer of a shape that nobody has seen.
        log.exception("the step %s of %s broke", step.name, run.platform)
        if step.visible and http.exchanges:
            raise OutcomeUnknown(
                f"{platform.about.display_name} gave an answer that could not be read. The post "
                "may or may not be live; Soku is looking it up."
            ) from error
        raise PlatformUnavailable(f"The step {step.name} could not be done.") from error


def _after_success(
    claimed: StoredRun, published: Published, step: Step, http: Http, outcome: Outcome
) -> str:
    """The post is live: its id is committed before anything else is asked."""
    after = runs.succeed(
        claimed.run,
        platform_post_id=published.platform_post_id,
        permalink=published.permalink,
        now=clock.now(),
    )
    attempt = _attempt(step, http, outcome="published", platformPostId=published.platform_post_id)
    try:
        saved = outcome.save_claimed(claimed, after, attempt)
    except PreconditionFailed:
        return settle_late(claimed, published, outcome)
    add_permalink(saved, outcome)
    return "succeeded"


def _after_failure(
    stored: StoredRun,
    failure: PlatformError,
    granted: Access,
    outcome: Outcome,
    attempt: Mapping[str, Any] | None,
) -> str:
    run, now = stored.run, clock.now()
    tell_operator(failure, run)
    match retry.after(failure, run, now):
        case retry.Again(at, error):
            after = runs.back_off(run, at=at, error=error)
        case retry.LookUp(error, disconnects):
            after = unconfirmed.doubt(run, error=error, now=now)
            if disconnects:
                outcome.parts.accounts.require_reconnect(granted.account)
        case retry.GiveUp(error, disconnects):
            after = runs.fail(run, error=error, now=now)
            if disconnects:
                outcome.parts.accounts.require_reconnect(granted.account)
        case retry.RefreshToken():
            return _refresh_and_repeat(stored, granted, outcome, attempt)
    _save(stored, after, outcome, attempt)
    return f"{after.status}: {failure.category} ({failure.message})"


def _refresh_and_repeat(
    stored: StoredRun, granted: Access, outcome: Outcome, attempt: Mapping[str, Any] | None
) -> str:
    try:
        renewed = access.renew(granted, outcome.parts)
    except PlatformError as failure:
        return _after_failure(stored, failure, granted, outcome, attempt)
    if renewed is None:
        return _wait_for_token(stored, outcome, attempt)
    after = runs.repeat_with_new_token(stored.run, at=clock.now())
    _save(stored, after, outcome, attempt)
    return "tokens renewed, the step is taken again"


def _wait_for_token(
    stored: StoredRun, outcome: Outcome, attempt: Mapping[str, Any] | None = None
) -> str:
    after = runs.wait_for_token(stored.run, at=clock.now() + access.WAIT_FOR_TOKEN)
    _save(stored, after, outcome, attempt)
    return "waiting for another run that is renewing the tokens"


def _save(
    stored: StoredRun, after: Run, outcome: Outcome, attempt: Mapping[str, Any] | None
) -> None:
    """Save what the claim's holder found. A run that was taken over is no longer its business."""
    if stored.run.lease_owner is None:
        outcome.save(stored, after, attempt)
        return
    try:
        outcome.save_claimed(stored, after, attempt)
    except PreconditionFailed:
        log.warning("the run was taken over before its step was saved")


def _attempt(step: Step, http: Http, **found: Any) -> dict[str, Any] | None:
    """The record of a mutation: what was sent and answered, and what came of it."""
    if step.polls:
        return None
    finished: datetime = clock.now()
    exchanges = [asdict(exchange) for exchange in http.exchanges]
    return {**found, "finishedAt": finished, "exchanges": exchanges}
