"""What is still to be done for a submission or a run, and since when it is due."""

from datetime import datetime

from shared.domain.run import LEASE_MARGIN, Run, RunStatus, is_pending
from shared.domain.submission import Submission, SubmissionStatus


def run_due(run: Run) -> datetime | None:
    """When the run's next task is due; None when nothing is left for any task."""
    if run.lease_until:
        return run.lease_until + LEASE_MARGIN
    if run.status in (RunStatus.QUEUED, RunStatus.PROCESSING):
        return run.next_attempt_at or run.queued_at
    if run.deletion and is_pending(run.deletion):
        return run.next_attempt_at or run.deletion.requested_at
    return run.next_attempt_at


def submission_due(submission: Submission) -> datetime | None:
    """As `run_due`. A submission with runs that continue by themselves has nothing due."""
    match submission.status:
        case SubmissionStatus.QUEUED:
            return submission.scheduled_time or submission.updated_at
        case SubmissionStatus.ORCHESTRATING:
            return submission.updated_at
        case SubmissionStatus.DISPATCHED if submission.final_status() is not None:
            return submission.updated_at
        case status if status is not SubmissionStatus.DISPATCHED and submission.wake_at:
            # It has ended, and one of its runs has moved since: its final status may change.
            return submission.updated_at
    return None
