"""One delivery of a run's task: read the run, decide from it, do that one thing."""

from dataclasses import dataclass

from functions.publisher import deletion, look_up, step
from functions.publisher.outcome import Outcome, doubt_lost_step, finish
from shared import clock, logs
from shared.domain.decision import Do, Ignore, decide
from shared.gcp.firestore import PreconditionFailed
from shared.gcp.runs import StoredRun
from shared.wiring import Parts

log = logs.logger("publisher")

TRIES = 10


@dataclass(frozen=True)
class RunTask:
    """The body of a task: ids, and which of the run's tasks this is."""

    submission_id: str
    run_id: str
    generation: int
    seq: int


def deliver(task: RunTask, parts: Parts) -> str:
    """Do what `task` finds to be done; answers what that was, in words.

    Raises StoreUnavailable, DispatchFailed: the task must come again.
    """
    with logs.bound(submissionId=task.submission_id, runId=task.run_id):
        outcome = _deliver(task, parts)
        log.info("delivered", extra=logs.fields(seq=task.seq, outcome=outcome))
        return outcome


def _deliver(task: RunTask, parts: Parts) -> str:
    for _ in range(TRIES):
        found = parts.deliveries.run(task.submission_id, task.run_id)
        if found is None:
            return "the run is gone"
        now = clock.now()
        what = decide(found.run, generation=task.generation, seq=task.seq, now=now)
        if isinstance(what, Ignore):
            return what.value
        try:
            return _do(what, found, parts)
        except PreconditionFailed:
            # Somebody else moved the run before anything was sent: what it is now decides.
            continue
    raise PreconditionFailed(f"run {task.run_id} does not come to rest")


def _do(what: Do, found: StoredRun, parts: Parts) -> str:
    outcome = Outcome(parts)
    match what:
        case Do.TAKE_STEP:
            return step.take(found, outcome)
        case Do.RECORD_LOSS:
            return doubt_lost_step(found, outcome)
        case Do.LOOK_UP:
            return look_up.look_up(found, outcome)
        case Do.DELETE:
            return deletion.delete(found, outcome)
        case Do.FINISH:
            return finish(found, outcome)
