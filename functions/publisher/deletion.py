"""Taking a published post down from its platform: one try, and what follows from it.

A task that comes twice, also at once, deletes what is gone already, and that is no error: so nobody
claims the run.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from functions.publisher import access
from functions.publisher.access import Access
from functions.publisher.outcome import Outcome, tell_operator
from shared import clock, logs
from shared.domain import deletion, retry
from shared.domain.errors import PlatformError, PlatformUnavailable
from shared.domain.gates import cannot_act, not_connected
from shared.domain.run import Run, RunError, error_from
from shared.gcp.runs import StoredRun
from shared.platforms import registry
from shared.platforms.http import ClaimLimits, Http

log = logs.logger("publisher")


def delete(found: StoredRun, outcome: Outcome) -> str:
    """Try once. Raises PreconditionFailed when the run was moved meanwhile.

    The subscription is not asked for: who stops paying may still take down what is theirs.
    """
    run, parts = found.run, outcome.parts
    try:
        gates, granted = access.read(run, parts)
    except PlatformError as failure:
        return _begin_later(found, failure, outcome)
    refusal = cannot_act(run, gates.account)
    if refusal is not None or granted is None:
        return _give_up(found, refusal or not_connected(run), outcome)
    if granted.is_ending():
        try:
            renewed = access.renew(granted, parts)
        except PlatformError as failure:
            return _after_failure(found, failure, granted, outcome)
        if renewed is None:
            return _wait_for_token(found, outcome)
        granted = renewed
    return _delete(found, granted, outcome)


def _delete(found: StoredRun, granted: Access, outcome: Outcome) -> str:
    run, begun = found.run, clock.now()
    http = access.http_for(run.platform, outcome.parts, ClaimLimits())

    def attempt(came_to: str, **said: str) -> dict[str, Any]:
        return {
            "step": "delete",
            "startedAt": begun,
            "finishedAt": clock.now(),
            "outcome": came_to,
            "exchanges": [asdict(exchange) for exchange in http.exchanges],
            **said,
        }

    try:
        _ask(run, granted, http)
    except PlatformError as failure:
        record = attempt(type(failure).__name__, error=failure.message)
        return _after_failure(found, failure, granted, outcome, record)
    _save(found, deletion.finish(run, now=clock.now()), outcome, attempt("deleted"))
    return "deleted"


def _ask(run: Run, granted: Access, http: Http) -> None:
    """The platform's deletion, with everything that is not a PlatformError made one."""
    try:
        platform = registry.publishing(run.platform)
        platform.delete(granted.post(run), run.platform_post_id or "", http)
    except PlatformError:
        raise
    except Exception as error:
        # A defect of ours, or an answer of a shape that nobody has seen.
        log.exception("deleting a post on %s broke", run.platform)
        raise PlatformUnavailable("The platform's answer could not be read.") from error


def _begin_later(found: StoredRun, failure: PlatformError, outcome: Outcome) -> str:
    """Nothing could be tried: put it off, a few times."""
    run, now = found.run, clock.now()
    tell_operator(failure, run)
    match deletion.after(failure, run, now):
        case retry.Again(at, error):
            _save(found, deletion.back_off(run, at=at, error=error), outcome)
        case _:
            return _give_up(found, error_from(failure, retryable=True), outcome)
    return f"could not begin: {failure.message}"


def _give_up(
    found: StoredRun,
    error: RunError,
    outcome: Outcome,
    attempt: Mapping[str, Any] | None = None,
) -> str:
    _save(found, deletion.fail(found.run, error=error, now=clock.now()), outcome, attempt)
    return f"not deleted: {error.category} ({error.message})"


def _after_failure(
    found: StoredRun,
    failure: PlatformError,
    granted: Access,
    outcome: Outcome,
    attempt: Mapping[str, Any] | None = None,
) -> str:
    run, now = found.run, clock.now()
    tell_operator(failure, run)
    match deletion.after(failure, run, now):
        case retry.Again(at, error):
            _save(found, deletion.back_off(run, at=at, error=error), outcome, attempt)
            return f"not deleted yet: {failure.category} ({failure.message})"
        case retry.RefreshToken():
            return _refresh_and_repeat(found, granted, outcome, attempt)
        case retry.GiveUp(error, disconnects):
            if disconnects:
                outcome.parts.accounts.require_reconnect(granted.account)
            return _give_up(found, error, outcome, attempt)


def _refresh_and_repeat(
    found: StoredRun, granted: Access, outcome: Outcome, attempt: Mapping[str, Any] | None
) -> str:
    try:
        renewed = access.renew(granted, outcome.parts)
    except PlatformError as failure:
        return _after_failure(found, failure, granted, outcome, attempt)
    if renewed is None:
        return _wait_for_token(found, outcome, attempt)
    after = deletion.repeat_with_new_token(found.run, at=clock.now())
    _save(found, after, outcome, attempt)
    return "tokens renewed, deleting again"


def _wait_for_token(
    found: StoredRun, outcome: Outcome, attempt: Mapping[str, Any] | None = None
) -> str:
    after = deletion.wait_for_token(found.run, at=clock.now() + access.WAIT_FOR_TOKEN)
    _save(found, after, outcome, attempt)
    return "waiting for another run that is renewing the tokens"


def _save(
    found: StoredRun, after: Run, outcome: Outcome, attempt: Mapping[str, Any] | None = None
) -> None:
    counted = deletion.count_attempt(after) if attempt else after
    outcome.save(found, counted, attempt)
    if not deletion.is_pending(after.deletion):
        outcome.parts.deliveries.settle(after.submission_id)
