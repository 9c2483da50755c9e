"""One step of a run: pass the gates, claim the run, do the step, save the result.

Whatever breaks, the run moves on: an answer that cannot be stored must not be asked for again and
again.
"""

import secrets

from functions.publisher import checkpoints
from functions.publisher.late import settle_late
from functions.publisher.permalink import add_permalink
from functions.publisher.writer import DELIVER_AGAIN, Attempt, RunWriter, attempt_record
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
from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable
from shared.domain.gates import Gates, refusal
from shared.domain.platform_health import counts_as_failed
from shared.domain.run import Run, RunError
from shared.gcp.claims import Basis, held_by_others
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.health import count_failure
from shared.gcp.runs import StoredRun
from shared.platforms import registry
from shared.platforms.base import Pending, Published, Step, Turn
from shared.platforms.http import ClaimLimits, Http

log = logs.logger("publisher")


def do_next_step(stored: StoredRun, writer: RunWriter) -> str:
    """Do the run's next step. Raises DELIVER_AGAIN, PreconditionFailed only before the claim."""
    step = _NextStep(stored, writer)
    try:
        return _do(step, stored.run, writer)
    except DELIVER_AGAIN:
        raise
    except Exception:
        # A value that Firestore does not store, or a bug of ours outside of the platform's code.
        log.exception("the result of a step could not be saved")
        return step.give_up_result()


def _do(step: "_NextStep", run: Run, writer: RunWriter) -> str:
    def refuse(gates: Gates) -> RunError | None:
        writer.hear(gates)
        return refusal(run, gates, clock.now())

    try:
        result = act(
            run,
            writer.parts,
            step.do,
            gate=refuse,
            may_renew=retry.may_renew_token(run),
        )
    except Blocked as blocked:
        return _end(step.stored, blocked.error, writer)
    except MustRepeat as repeat:
        step.save(runs.repeat_step(step.stored.run, at=repeat.at, renewed=repeat.renewed))
        return str(repeat)
    except PlatformError as failure:
        return step.after_failure(failure)
    if isinstance(result, Pending):
        return step.proceed(result)
    return step.succeed(result)


def _end(stored: StoredRun, error: RunError, writer: RunWriter) -> str:
    """The run cannot continue; what the platform has accepted already may still go live."""
    end = unconfirmed.doubt if stored.run.sent_at else runs.fail
    after = end(stored.run, error=error, now=clock.now())
    writer.save(stored, after)
    return f"{after.status}: {error.category}"


class _NextStep:
    """A step, with the run as it was last stored and the record of what was sent."""

    def __init__(self, stored: StoredRun, writer: RunWriter) -> None:
        self.stored = stored
        self._writer = writer
        self._parts = writer.parts
        self._attempt: Attempt | None = None
        self._may_be_live = False

    def do(self, access: Access) -> Published | Pending:
        """Claim the run and do its next step on the platform. Raises a PlatformError."""
        run = self.stored.run
        platform = registry.publishing(run.platform)
        checkpoint = checkpoints.opened(run, self._parts.cipher)
        step = platform.next_step(run.content, checkpoint)
        self.stored = self._claim(step, access)
        run = self.stored.run
        post, work = access.post(run.content), f"step {step.name}"
        limits = ClaimLimits(lease_until=run.lease_until, intent_at=run.intent_at)
        call = calling(run.platform, self._parts, work, limits=limits, visible=step.visible)
        try:
            with call as http:
                # From here on, whatever cannot be saved may be live.
                self._may_be_live = step.visible
                result = platform.take(step, Turn(post, checkpoint, http))
            self._require_own(result)
        except PlatformError as failure:
            self._record(step, http, type(failure).__name__, error=failure.message)
            raise
        if isinstance(result, Published):
            self._record(step, http, "published", platformPostId=result.platform_post_id)
        else:
            self._record(step, http, "done")
        return result

    def _claim(self, step: Step, access: Access) -> StoredRun:
        """One commit: the lease and, for the visible step, the intent."""
        now = clock.now()
        claimed = runs.claim(
            self.stored.run,
            step=step.name,
            visible=step.visible,
            mutates=not step.polls,
            lease=step.lease,
            owner=secrets.token_hex(8),
            external_id=access.account.external_id,
            now=now,
        )
        begun = {"step": step.name, "startedAt": now, "outcome": "begun"}
        attempt = None if step.polls else begun
        return self._parts.deliveries.save(self.stored, claimed, attempt=attempt).stored

    def _require_own(self, result: Published | Pending) -> None:
        """A repeated request may return another run's post. Raises OutcomeUnknown."""
        run = self.stored.run
        if not isinstance(result, Published) or run.visible_attempts <= 1:
            return
        if held_by_others(self._parts.db, run, [result.platform_post_id]):
            raise OutcomeUnknown(
                f"{registry.display_name(run.platform)} returned another of your posts. "
                "This post may or may not be live; Soku is looking it up."
            )

    def _record(self, step: Step, http: Http, outcome: str, **fields: str) -> None:
        """Mutations are recorded; polls are not."""
        if not step.polls:
            self._attempt = attempt_record(http, outcome, **fields)

    def proceed(self, pending: Pending) -> str:
        run = self.stored.run
        after = runs.proceed(
            run,
            checkpoint=checkpoints.sealed(pending.checkpoint, run, self._parts.cipher),
            at=clock.now() + pending.poll_after,
            sent=pending.sent,
        )
        try:
            self._save_claimed(after)
        except PreconditionFailed:
            if pending.sent and run.intent_at:
                return settle_late(self.stored, pending, self._writer)
            log.warning("step result not saved: the run was taken over")
        return f"{run.step} done, next in {pending.poll_after.total_seconds():g} s"

    def succeed(self, published: Published) -> str:
        """The post is live: commit its id before anything else is asked."""
        after = runs.succeed(
            self.stored.run,
            platform_post_id=published.platform_post_id,
            permalink=published.permalink,
            now=clock.now(),
        )
        try:
            saved = self._save_claimed(after, Basis.ANSWER)
        except PreconditionFailed:
            return settle_late(self.stored, published, self._writer)
        add_permalink(saved, self._parts)
        return "succeeded"

    def after_failure(self, failure: PlatformError) -> str:
        after, result = self._move_on(failure)
        if counts_as_failed(failure, after):
            count_failure(self._parts.db, after)
        return result

    def _move_on(self, failure: PlatformError) -> tuple[Run, str]:
        run, now = self.stored.run, clock.now()
        decision = retry.after(failure, run, now)
        match decision:
            case retry.Again(at, error):
                after = runs.back_off(run, at=at, error=error)
            case retry.LookUp(error):
                after = unconfirmed.doubt(run, error=error, now=now)
            case retry.GiveUp(error):
                after = runs.fail(run, error=error, now=now)
        if decision.disconnects:
            end_authorization(run, failure, self._parts)
        self.save(after)
        return after, f"{after.status}: {failure.category} ({failure.message})"

    def give_up_result(self) -> str:
        """The last resort: move on with nothing but words of our own.

        After the visible step the run is looked up, otherwise the step is repeated with back-off.
        """
        name = registry.display_name(self.stored.run.platform)
        if self._attempt is not None:
            self._attempt = {"outcome": "not saved", "finishedAt": clock.now()}
        failure: PlatformError = PlatformUnavailable(
            f"Soku could not save {name}'s answer, or failed unexpectedly."
        )
        if self._may_be_live:
            failure = OutcomeUnknown(
                f"Soku could not save {name}'s answer. The post may or may not be live; Soku is "
                "looking it up."
            )
        # Not the platform's fault, so it does not count against it.
        _, result = self._move_on(failure)
        return result

    def save(self, after: Run) -> None:
        """Save the result of the step, unless the run was taken over meanwhile."""
        if self.stored.run.lease_owner is None:
            self._writer.save(self.stored, after, self._attempt)
            return
        try:
            self._save_claimed(after)
        except PreconditionFailed:
            log.warning("step result not saved: the run was taken over")

    def _save_claimed(self, after: Run, basis: Basis = Basis.LOOK_UP) -> StoredRun:
        return self._writer.save_claimed(self.stored, after, self._attempt, basis)
