"""Examples of events, made by the functions that make the events."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.api.openapi.comment_examples import COMMENT_ID
from functions.api.openapi.post_examples import AT, FAILED, POST_ID, SUBMISSION, SUCCEEDED
from shared.domain.accounts import Account, AccountStatus
from shared.domain.errors import OutcomeUnknown, ReconnectRequired
from shared.domain.inbox import Item, Kind, Seen, State
from shared.domain.run import Run, RunStatus, error_from
from shared.domain.submission import SubmissionStatus
from shared.domain.targets import ended_risk
from shared.domain.webhooks import EventType
from shared.gcp.submissions import summary_of
from shared.platforms import registry
from shared.web.envelope import time_text
from shared.webhooks import events
from shared.webhooks.events import Event

_END = AT + timedelta(seconds=2)
_ON_THREADS = replace(
    SUCCEEDED,
    run_id=FAILED.run_id,
    platform=FAILED.platform,
    account_id=FAILED.account_id,
    platform_post_id="17918195224117851",
    permalink="https://www.threads.net/@soku/post/DEKmQ",
)
_FAILED_ON_X = replace(
    FAILED,
    run_id=SUCCEEDED.run_id,
    platform=SUCCEEDED.platform,
    account_id=SUCCEEDED.account_id,
    error=error_from(
        ReconnectRequired(registry.about(SUCCEEDED.platform).reconnect), retryable=True
    ),
)
_UNCONFIRMED = replace(
    FAILED,
    status=RunStatus.UNCONFIRMED,
    error=error_from(
        OutcomeUnknown(
            "Soku sent this and received no answer. It may or may not be live; Soku is looking it "
            "up."
        ),
        retryable=False,
    ),
)
_ACCOUNT = Account(
    user_id="user",
    platform="linkedin",
    account_id="linkedin_main",
    external_id="urn:li:person:1",
    username="ana-bakes",
    display_name="Ana bakes",
)
_COMMENT = Item(
    item_id=COMMENT_ID,
    user_id="user",
    platform="threads",
    account_id="threads_brand",
    seen=Seen("18050206876707110", Kind.COMMENT, _END, "", post_id="17918195224117851"),
    seen_at=_END,
    found_at=_END,
    state=State.UNREAD,
    submission_id=POST_ID,
    run_id="threads",
)


def _of_post(status: SubmissionStatus, *runs: Run) -> list[Event]:
    after = replace(
        SUBMISSION,
        status=status,
        version=1,
        updated_at=_END,
        runs={run.run_id: summary_of(run) for run in runs},
    )
    return events.of_post(SUBMISSION, after)


def _of_risk() -> list[Event]:
    before = replace(SUBMISSION, scheduled_time=_END + timedelta(hours=1))
    *others, target = before.targets
    name = registry.display_name(target.platform)
    risky = replace(target, risk=ended_risk(target.account_id, name, _END))
    after = replace(before, version=1, updated_at=_END, targets=(*others, risky))
    return events.of_post(before, after)


def _of_account(kind: EventType, **state: Any) -> list[Event]:
    return [events.of_account(kind, replace(_ACCOUNT, **state))]


_HAPPENED = [
    *_of_post(SubmissionStatus.SUCCEEDED, SUCCEEDED, _ON_THREADS),
    *_of_post(SubmissionStatus.PARTIALLY_FAILED, SUCCEEDED, FAILED),
    *_of_post(SubmissionStatus.FAILED, _FAILED_ON_X, FAILED),
    *_of_post(SubmissionStatus.UNCONFIRMED, SUCCEEDED, _UNCONFIRMED),
    *_of_risk(),
    *events.of_run(None, SUCCEEDED),
    *events.of_run(None, FAILED),
    *_of_account(
        EventType.ACCOUNT_RECONNECT_REQUIRED,
        status=AccountStatus.RECONNECT_REQUIRED,
        status_reason=registry.about(_ACCOUNT.platform).reconnect,
    ),
    *_of_account(
        EventType.ACCOUNT_EXPIRING,
        status=AccountStatus.EXPIRING,
        ends_at=_END + timedelta(days=7),
    ),
    events.of_comment(_COMMENT),
    events.of_test(),
]
EXAMPLES = {
    event.type: {"type": event.type, "timestamp": time_text(_END), "data": event.data()}
    for event in _HAPPENED
}
