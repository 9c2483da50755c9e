"""What events tell: posts, runs, accounts and comments as the API shows them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared import clock
from shared.domain.accounts import Account
from shared.domain.inbox import Item
from shared.domain.run import Run
from shared.domain.submission import Submission
from shared.domain.webhooks import TEST_EVENT, EventType, event_of_post, event_of_run
from shared.posts.shown import in_list, run_json
from shared.web.envelope import time_text


@dataclass(frozen=True)
class Event:
    """Something that happened; `data` is only built if a webhook wants to know."""

    type: str
    data: Callable[[], dict[str, Any]]

    def body(self) -> str:
        """The body of the requests, as Standard Webhooks has it."""
        content = {"type": self.type, "timestamp": time_text(clock.now()), "data": self.data()}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def of_post(before: Submission, after: Submission) -> list[Event]:
    """What a change of a post means to others, at most one event."""
    kind = event_of_post(before, after)
    return [Event(kind, lambda: _post_data(after))] if kind else []


def _post_data(submission: Submission) -> dict[str, Any]:
    return {"version": submission.version, "post": in_list(submission)}


def of_run(before: Run | None, after: Run) -> list[Event]:
    """What a change of a run means to others, at most one event."""
    kind = event_of_run(before, after)
    return [Event(kind, lambda: _run_data(after))] if kind else []


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "postSubmissionId": run.submission_id,
        "mode": run.mode,
        "generation": run.generation,
        "seq": run.seq,
        "run": run_json(run.run_id, run),
    }


def of_account(kind: EventType, account: Account) -> Event:
    """Something that the owner of an account has to do something about."""
    data = {
        "platform": account.platform,
        "accountId": account.account_id,
        "username": account.username,
        "displayName": account.display_name,
        "status": account.status.value,
        "reason": account.status_reason,
        "expiresAt": time_text(account.ends_at) if account.ends_at else None,
    }
    return Event(kind, lambda: {"account": data})


def of_comment(item: Item) -> Event:
    """A new comment or mention, without its text and author.

    Platforms say how long those may be kept, and a delivery is kept for a month. The API has them.
    """
    comment = {
        "id": item.item_id,
        "platform": item.platform,
        "accountId": item.account_id,
        "kind": item.seen.kind.value,
        "platformCommentId": item.seen.comment_id,
        "platformPostId": item.seen.post_id,
        "postSubmissionId": item.submission_id,
        "runId": item.run_id,
        "createdAt": time_text(item.seen.created_at),
    }
    return Event(EventType.COMMENT_RECEIVED, lambda: {"comment": comment})


def of_test() -> Event:
    """What a webhook gets on request."""
    return Event(TEST_EVENT, lambda: {"message": "This is a test. Your webhook works."})
