"""What a user says about a webhook, with the rules for it."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from shared.domain.webhooks import EventType
from shared.web.names import Name
from shared.web.strict import Strict, WebUrl

WEBHOOK_ID = "wh_[0-9a-f]{24}"
DELIVERY_ID = "evt_[0-9a-f]{24}"
LONGEST_URL = 2000
LONGEST_DESCRIPTION = 200

_Url = Annotated[WebUrl, Field(max_length=LONGEST_URL)]
_Events = Annotated[
    list[Annotated[EventType, Field(strict=False)]],
    Field(min_length=1, max_length=len(EventType)),
]
_Description = Annotated[Name, Field(max_length=LONGEST_DESCRIPTION)]


class NewWebhook(Strict):
    """Where to send which events."""

    url: _Url
    """https, on the public internet, port 443."""
    events: _Events = Field(default_factory=lambda: list(EventType))
    """All if you leave it out."""
    description: _Description = ""
    """What it is for."""


class WebhookChanges(Strict):
    """What to change; fields that you leave out stay as they are."""

    url: _Url | None = None
    """https, on the public internet, port 443."""
    events: _Events | None = None
    """These replace the others."""
    description: _Description | None = None
    """What it is for."""
    enabled: bool | None = None
    """false: Soku tells it nothing. true: also sends what is still waiting."""


def names_of(events: Iterable[EventType]) -> list[str]:
    """The names of events, each once."""
    return [each.value for each in dict.fromkeys(events)]
