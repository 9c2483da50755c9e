"""What a user can do with a post, and what there is to do about a failure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.dashboard import words
from shared import clock
from shared.platforms import registry

Post = Mapping[str, Any]
"""A post as `shared.posts.view` returns it."""
_RECONNECT = ("auth_expired", "account_disconnected", "permission")
_EDIT = ("validation", "media_error", "content_policy")
_WAIT = ("rate_limited", "platform_unavailable")


@dataclass(frozen=True)
class Remedy:
    """What to do about a run, as a button."""

    words: str
    path: str
    """Of our pages."""
    is_change: bool = False
    """A form, not a link."""
    hint: str = ""


def actions_of(post: Post) -> list[str]:
    """What can be done with a post that `shared.posts.view` returned, the most likely first."""
    if any(_status(run.get("deletion")) == "pending" for run in post["runs"]):
        return []
    if post.get("deletedAt"):
        return ["duplicate", "delete"]
    match post["displayStatus"]:
        case "draft":
            has_time = post.get("scheduledTime") is not None
            return ["publish", "edit", *["move"] * has_time, "duplicate", "cancel", "delete"]
        case "scheduled":
            return ["edit", "move", "publish", "unschedule", "duplicate", "cancel", "delete"]
        case "failed" | "partially_failed":
            return ["retry", "edit_and_retry", "duplicate", "delete"]
        case "unconfirmed":
            return ["look", "duplicate", "delete"]
        case "published" | "canceled":
            return ["duplicate", "delete"]
    return []


def remedies_of(post: Post, run: Mapping[str, Any]) -> list[Remedy]:
    """What to do about a run that failed or may be live, the best first."""
    path = f"/posts/{post['postSubmissionId']}"
    if run["status"] == "unconfirmed":
        return [Remedy("Look again", f"{path}/look", True)]
    if run["status"] != "failed" or "retry" not in actions_of(post):
        return []
    retry = Remedy("Retry", f"{path}/retry", True)
    edit = Remedy("Edit and retry", f"{path}/edit?retry=1")
    category = run["error"]["category"]
    if category in _RECONNECT:
        return [_reconnect(run), retry]
    if category in _EDIT:
        return [edit]
    if category in _WAIT:
        return [retry, Remedy("See the status page", "/status")]
    match category:
        case "duplicate":
            hint = "Change the text: the platform refuses the same post twice."
            return [Remedy("Edit and retry", edit.path, hint=hint)]
        case "expired":
            hint = "Retry publishes it now."
            return [Remedy("Reschedule", f"/posts/new?from={post['postSubmissionId']}"), retry]
        case "subscription_inactive":
            return [Remedy("Go to billing", "/settings/billing"), retry]
    return [retry, edit]


def _reconnect(run: Mapping[str, Any]) -> Remedy:
    """`run`: or a risk. An account that was disconnected has no page of its own any more."""
    error = run.get("error") or run
    path = "/settings/integrations"
    if error.get("category", error.get("code")) != "account_disconnected":
        path += f"/{run['platform']}/{run['accountId']}"
    return Remedy("Reconnect", path)


def first_remedy(post: Post) -> Remedy | None:
    """The remedy that the list shows beside a post."""
    for run in by_need(post["runs"]):
        if found := remedies_of(post, run):
            return found[0]
    return _reconnect(post["risks"][0]) if post.get("risks") else None


_OPTIONAL = ("permalink", "platformPostId", "startedAt", "finishedAt")
_OF_ERRORS = ("platformCode", "platformMessage")
_NEED = ("failed", "unconfirmed", "processing", "queued", "succeeded", "canceled")


def by_need(runs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What needs the user, what is being published, what is live; with all fields of a run."""
    ordered = sorted(runs, key=lambda run: (_NEED.index(run["status"]), run["platform"]))
    return [_complete(run) for run in ordered]


def _complete(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run with None for what it does not have, as templates need it."""
    error, deletion, next_at = run.get("error"), run.get("deletion"), run.get("nextAttemptAt")
    return {
        **dict.fromkeys(_OPTIONAL),
        **run,
        "next_at": _future(next_at),
        "error": error and {**dict.fromkeys(_OF_ERRORS), **error},
        "deletion": deletion and {"error": None, **deletion},
    }


def _future(text: str | None) -> datetime | None:
    """A time that is yet to come."""
    at = datetime.fromisoformat(text) if text else None
    return at if at and at > clock.now() else None


def live_platforms(post: Post) -> list[str]:
    """The platforms where the post is live, each once."""
    live = (
        run["platform"]
        for run in post["runs"]
        if run["status"] == "succeeded" and _status(run.get("deletion")) != "deleted"
    )
    return list(dict.fromkeys(live))


def kept_live(post: Post) -> str:
    """What a retry does not do, as a sentence; "" where the post is live nowhere."""
    names = list(map(registry.display_name, live_platforms(post)))
    verb = "is" if len(names) == 1 else "are"
    return f"{words.listed(names)} {verb} live and will not be posted again." if names else ""


def _status(deletion: Mapping[str, Any] | None) -> str:
    return deletion["status"] if deletion else ""
