"""The states of posts and runs, in words, with the icon and the tone that go with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.metrics import Metric


@dataclass(frozen=True)
class State:
    """How a state is shown: never by its colour alone."""

    words: str
    icon: str
    tone: str
    """neutral, info, success, warning or danger."""


_DRAFT = State("Draft", "pencil-line", "neutral")
_SCHEDULED = State("Scheduled", "clock", "info")
_PUBLISHING = State("Publishing", "loader", "info")
_PUBLISHED = State("Published", "circle-check", "success")
_FAILED = State("Failed", "circle-x", "danger")
_UNCONFIRMED = State("Not confirmed", "circle-question-mark", "warning")
_CANCELED = State("Canceled", "ban", "neutral")
AT_RISK = State("At risk", "triangle-alert", "warning")

POST_STATES: Mapping[str, State] = {
    "draft": _DRAFT,
    "scheduled": _SCHEDULED,
    "publishing": _PUBLISHING,
    "published": _PUBLISHED,
    "partially_failed": State("Partly failed", "circle-slash-2", "danger"),
    "failed": _FAILED,
    "unconfirmed": _UNCONFIRMED,
    "canceled": _CANCELED,
}
"""By `displayStatus`."""
RUN_STATES: Mapping[str, State] = {
    "queued": State("Waiting", "clock", "info"),
    "processing": _PUBLISHING,
    "succeeded": _PUBLISHED,
    "failed": _FAILED,
    "unconfirmed": _UNCONFIRMED,
    "canceled": _CANCELED,
}
METRICS: Mapping[Metric, str] = {
    Metric.IMPRESSIONS: "Impressions",
    Metric.REACH: "Reach",
    Metric.LIKES: "Likes",
    Metric.COMMENTS: "Comments",
    Metric.SHARES: "Shares",
    Metric.SAVES: "Saves",
    Metric.VIDEO_VIEWS: "Video views",
    Metric.LINK_CLICKS: "Link clicks",
}


def state_of_post(post: Mapping[str, Any]) -> State:
    """The state of a post as `shared.posts.view` returns it."""
    state = POST_STATES[post["displayStatus"]]
    if post.get("risks"):
        return AT_RISK
    if post["displayStatus"] == "partially_failed":
        return State(f"{_count(post['runs'])} published", state.icon, state.tone)
    return state


def numbers(found: Mapping[Metric, int]) -> dict[str, int]:
    """Numbers by the words for them, in the order of all pages."""
    return {text: found[metric] for metric, text in METRICS.items() if metric in found}


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "X, Threads and Instagram"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _count(runs: Sequence[Mapping[str, Any]]) -> str:
    published = sum(run["status"] == "succeeded" for run in runs)
    return f"{published} of {len(runs)}"
