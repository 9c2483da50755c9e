"""One delivery of a run's task: read the run, decide from it, do that one thing."""

from dataclasses import dataclass, replace

from functions.publisher import deletion, late, look_up, simulated, step
from functions.publisher.writer import RunWriter
from shared import clock, logs
from shared.domain.decision import Do, Ignore, decide
from shared.gcp.firestore import retry_conflicts
from shared.gcp.runs import StoredRun
from shared.wiring import Parts

log = logs.logger("publisher")


@dataclass(frozen=True)
class RunTask:
    """The body of a task: ids, and which of the run's tasks this is."""

    submission_id: str
    run_id: str
    generation: int
    seq: int


def deliver(task: RunTask, parts: Parts) -> str:
    """Do what `task` is for, if it still needs doing; returns what was done, in words.

    Raises StoreUnavailable, DispatchFailed, PreconditionFailed: deliver the task again.
    """
    with logs.bound(submissionId=task.submission_id, runId=task.run_id):
        result = retry_conflicts(
            f"run {task.run_id}",
            lambda: parts.deliveries.run(task.submission_id, task.run_id),
            lambda stored: _deliver(task, stored, parts),
        )
        log.info("run task delivered", extra=logs.fields(seq=task.seq, result=result))
        return result


def _deliver(task: RunTask, stored: StoredRun | None, parts: Parts) -> str:
    """Raises PreconditionFailed when someone else changed the run before anything was sent."""
    if stored is None:
        return "the run was deleted"
    now = clock.now()
    decision = decide(stored.run, generation=task.generation, seq=task.seq, now=now)
    if isinstance(decision, Ignore):
        return decision.value
    if stored.run.mode == "test":
        parts = replace(parts, reachable=frozenset(parts.settings.simulated_platforms.values()))
    writer = RunWriter(parts)
    if parts.settings.simulates(stored.run.mode):
        return simulated.deliver(decision, stored, writer)
    match decision:
        case Do.TAKE_STEP:
            return step.do_next_step(stored, writer)
        case Do.RECORD_LOSS:
            return late.record_loss(stored, writer)
        case Do.LOOK_UP:
            return look_up.look_up(stored, writer)
        case Do.DELETE:
            return deletion.delete(stored, writer)
        case Do.FINISH:
            return late.finish(stored, writer)
