"""What a user copies from a post: the request for a terminal, and the facts for support."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from shared.domain.submission import Submission
from shared.posts import view

_MASKED_KEY = "sk_live_••••"


def as_curl(submission: Submission, api_url: str) -> str:
    """The request that creates this post again, without the key."""
    post = view.in_list(submission)
    body: dict[str, Any] = {"post": {"content": post["content"]}}
    if submission.is_scheduled:
        body["scheduledTime"] = post["scheduledTime"]
    if post["displayStatus"] == "draft":
        body["draft"] = True
    key = _MASKED_KEY.replace("live", submission.mode)
    return " \\\n  ".join(
        (
            f"curl -sS -X POST {shlex.quote(f'{api_url}/v1/posts')}",
            f"-H {shlex.quote(f'soku-api-key: {key}')}",
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}",
        )
    )


def for_support(submission: Submission, run: Mapping[str, Any]) -> str:
    """What finds a failure in the logs: ids and codes, no content and no secret."""
    error = run.get("error") or {}
    facts = {
        "Post": submission.submission_id,
        "Run": run["runId"],
        "Request": submission.request_id,
        "Platform": run["platform"],
        "Status": run["status"],
        "Error": error.get("code"),
        "Category": error.get("category"),
        "Platform code": error.get("platformCode"),
        "Started": run.get("startedAt"),
        "Ended": run.get("finishedAt"),
    }
    return "\n".join(f"{name}: {value}" for name, value in facts.items() if value)
