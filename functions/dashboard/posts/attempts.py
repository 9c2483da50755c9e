"""The attempts of a run in words: what was asked, answered and decided."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_LONGEST_SHOWN = 2000
_MINUTE = 60.0
_HOUR = 3600.0

# By the outcome that the publisher records: what it decided to do next.
_DECIDED: Mapping[str, tuple[str, str]] = {
    "done": ("Accepted", "success"),
    "published": ("Published", "success"),
    "published late": ("Published, answered late", "success"),
    "sent late": ("Sent, answered late", "success"),
    "deleted": ("Deleted", "success"),
    "begun": ("In progress", "info"),
    "lost": ("Interrupted: looked it up, did not repeat it", "warning"),
    "not saved": ("Not saved", "warning"),
    "OutcomeUnknown": ("No clear answer: looked it up, did not repeat it", "warning"),
    "RateLimited": ("Waited: rate limit", "warning"),
    "PlatformUnavailable": ("Waited: the platform did not respond", "warning"),
    "TokenExpired": ("Renewed the access, then repeated it", "warning"),
    "ReadRefused": ("Asked again later", "warning"),
    "ReconnectRequired": ("Stopped: the account must be reconnected", "danger"),
    "DuplicateRejected": ("Refused as a duplicate", "danger"),
    "MediaRejected": ("Refused because of the media", "danger"),
    "ContentRejected": ("Refused because of the content", "danger"),
    "Rejected": ("Refused", "danger"),
}


@dataclass(frozen=True)
class ShownExchange:
    """A request and its answer. Neither contains a secret."""

    request: str
    sent: str
    status: str
    answered: str


@dataclass(frozen=True)
class ShownAttempt:
    """One execution of a run."""

    step: str
    started_at: str
    took: str
    decided: str
    tone: str
    waited: str
    """How long until the next attempt, after a failure."""
    error: str
    exchanges: list[ShownExchange]


def shown(attempts: Sequence[Mapping[str, Any]]) -> list[ShownAttempt]:
    """The attempts of a run, oldest first."""
    following = [*attempts[1:], {}]
    return [_attempt(one, after) for one, after in zip(attempts, following, strict=False)]


def duration(seconds: float) -> str:
    """ "350 ms", "4.2 s", "3 min", "2 h"."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.0f} h"


def _attempt(attempt: Mapping[str, Any], after: Mapping[str, Any]) -> ShownAttempt:
    outcome = str(attempt.get("outcome", ""))
    decided, tone = _DECIDED.get(outcome, (outcome or "Unknown", "neutral"))
    is_wait = decided.startswith("Waited")
    return ShownAttempt(
        step=str(attempt.get("step", "")).replace("_", " ").capitalize(),
        started_at=str(attempt.get("startedAt") or ""),
        took=_between(attempt.get("startedAt"), attempt.get("finishedAt")),
        decided=decided,
        tone=tone,
        waited=_between(attempt.get("finishedAt"), after.get("startedAt")) if is_wait else "",
        error=str(attempt.get("error") or ""),
        exchanges=[_exchange(each) for each in _listed(attempt.get("exchanges"))],
    )


def _exchange(exchange: Mapping[str, Any]) -> ShownExchange:
    status = exchange.get("status")
    return ShownExchange(
        request=f"{exchange.get('method', '')} {exchange.get('url', '')}"[:_LONGEST_SHOWN],
        sent=_text(exchange.get("sent")),
        status=str(status) if status else "No answer",
        answered=_text(exchange.get("answered")),
    )


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _between(begin: object, end: object) -> str:
    if not (isinstance(begin, str) and isinstance(end, str)):
        return ""
    passed = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return duration(max(passed, timedelta(0)).total_seconds())


def _listed(value: Any) -> Iterable[Mapping[str, Any]]:
    return [each for each in value or () if isinstance(each, Mapping)]
