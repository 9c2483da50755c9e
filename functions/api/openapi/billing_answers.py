"""Models of the answers about payments, only for their schemas."""

from typing import Literal

from functions.api.openapi.answers import Answer, Url


class StripePage(Answer):
    """A page of Stripe for the user."""

    url: Url
    """Open this in a browser. It expires."""


class ReceivedEvent(Answer):
    """The event arrived."""

    received: Literal[True]
