"""Webhooks in words: their events, and how they and their deliveries are doing."""

from collections.abc import Mapping

from functions.dashboard.words import State
from shared.domain.webhooks import TEST_EVENT, EventType, OffReason
from shared.gcp.webhooks import Webhook

EVENTS: Mapping[str, Mapping[str, str]] = {
    "Posts": {
        EventType.POST_PUBLISHED: "A post is live on all its platforms.",
        EventType.POST_PARTIALLY_FAILED: "A post is live on some platforms and failed on others.",
        EventType.POST_FAILED: "A post failed on all its platforms.",
        EventType.POST_UNCONFIRMED: "A platform's answer was lost, so the post may be live.",
        EventType.POST_AT_RISK: "A scheduled post will probably fail.",
    },
    "Each account of a post": {
        EventType.RUN_SUCCEEDED: "A post is live on one account.",
        EventType.RUN_FAILED: "A post failed on one account.",
    },
    "Accounts": {
        EventType.ACCOUNT_RECONNECT_REQUIRED: "An account must be reconnected.",
        EventType.ACCOUNT_EXPIRING: "The authorization of an account ends in 7 days.",
    },
    "Inbox": {
        EventType.COMMENT_RECEIVED: "There is a new comment or mention.",
    },
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
