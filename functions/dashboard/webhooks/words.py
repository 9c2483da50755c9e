"""Webhooks in words: their events, and how they and their deliveries are doing."""

from collections.abc import Mapping

from functions.dashboard.words import State
from shared.domain.webhooks import MEANINGS, TEST_EVENT, EventType, OffReason
from shared.gcp.webhooks import Webhook

# What an event is about, from the beginning of its type.
_SUBJECTS = {
    "post.": "Posts",
    "run.": "Each account of a post",
    "account.": "Accounts",
    "comment.": "Inbox",
}
EVENTS: Mapping[str, Mapping[str, str]] = {
    subject: {event: MEANINGS[event] for event in EventType if event.startswith(beginning)}
    for beginning, subject in _SUBJECTS.items()
}
"""What each event tells, by what it is about."""
_MOST_NAMED = 3
_ACTIVE = State("Active", "circle-check", "success")
_FAILING = State("Failing", "triangle-alert", "warning")
_OFF = State("Off", "circle-pause", "neutral")
_OFF_BY_SOKU = State("Switched off by Soku", "circle-x", "danger")


def state_of(webhook: Webhook) -> State:
    if webhook.off_reason is OffReason.USER:
        return _OFF
    if not webhook.is_on:
        return _OFF_BY_SOKU
    return _FAILING if webhook.health.is_failing else _ACTIVE


def name_of(webhook: Webhook) -> str:
    """What the user calls it, or its address without what all addresses have."""
    return webhook.description.strip() or webhook.url.removeprefix("https://")


def events_of(webhook: Webhook) -> str:
    """The events that it gets, in one line."""
    names = webhook.events
    if set(names) >= set(EventType):
        return "All events"
    if len(names) <= _MOST_NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"


def event_name(event: str) -> str:
    return "Test event" if event == TEST_EVENT else event
