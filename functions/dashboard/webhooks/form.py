"""The form for the address and the events of a webhook, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flask

from shared.domain.errors import ApiError, InvalidRequest
from shared.domain.webhooks import EventType
from shared.gcp.webhooks import Webhook

_FIELDS = ("url", "events", "description")


@dataclass(frozen=True)
class Form:
    """What the form shows."""

    url: str = ""
    description: str = ""
    events: tuple[str, ...] = tuple(EventType)
    faults: Mapping[str, str] = field(default_factory=dict)
    """By the name of the field; "" for what is no fault of one."""


def form_of(webhook: Webhook) -> Form:
    return Form(webhook.url, webhook.description, webhook.events)


def sent() -> dict[str, Any]:
    """The form that was sent, as the fields of the API."""
    form = flask.request.form
    return {
        "url": form.get("url", "").strip(),
        "events": form.getlist("event"),
        "description": form.get("description", "").strip(),
    }


def sent_again(fields: Mapping[str, Any], error: ApiError) -> Form:
    """The form as it was sent, with what is wrong with it."""
    faults = _faults_of(error)
    return Form(fields["url"], fields["description"], tuple(fields["events"]), faults)


def _faults_of(error: ApiError) -> dict[str, str]:
    """The first fault of each field, in the words of the API."""
    if not isinstance(error, InvalidRequest):
        return {"": error.message}
    faults: dict[str, str] = {}
    for violation in error.violations:
        name = violation.field.partition("[")[0]
        faults.setdefault(name if name in _FIELDS else "", violation.message)
    if "events" in faults:
        # The API speaks of entries of a list.
        faults["events"] = "Choose at least one of these events."
    return faults
