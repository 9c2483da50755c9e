"""Example runs and submissions; a test changes what it needs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import ErrorCategory
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.submission import Submission, SubmissionStatus, Target

NOW = datetime(2030, 3, 1, 12, 0, tzinfo=UTC)
ERROR = RunError(ErrorCategory.PLATFORM_UNAVAILABLE, "platform_unavailable", "Away.", True)


def a_run(status: RunStatus = RunStatus.QUEUED, **changes: Any) -> Run:
    run = Run(
        submission_id="s1",
        run_id="x",
        user_id="ann",
        platform="x",
        account_id="x_ann",
        content=Content("Hello"),
        status=status,
        queued_at=NOW,
    )
    return replace(run, **changes)


def a_submission(status: SubmissionStatus = SubmissionStatus.QUEUED, **changes: Any) -> Submission:
    submission = Submission(
        submission_id="s1",
        user_id="ann",
        mode="live",
        request={},
        request_id="req_1",
        targets=(Target("x", "x_ann", "x", Content("Hello")),),
        status=status,
        created_at=NOW,
        updated_at=NOW,
        remaining=1,
    )
    return replace(submission, **changes)
