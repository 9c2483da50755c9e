"""The requests to webhooks: one for each event.

They are components, because openapi-generator (7.26) makes clients that do not compile from those
that are not.
"""

from openapi_pydantic import Operation, PathItem, Reference, Response
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from functions.api.openapi.event_bodies import (
    AccountEvent,
    CommentEvent,
    PostEvent,
    RunEvent,
    TestEvent,
)
from functions.api.openapi.event_examples import EXAMPLES
from functions.api.openapi.operations import Body
from functions.api.openapi.parameters import EVENT_HEADERS
from functions.api.openapi.paths import request_body
from shared.domain.webhooks import MEANINGS

# What an event is about, from the beginning of its type.
_BODIES: dict[str, type[BaseModel]] = {
    "post": PostEvent,
    "run": RunEvent,
    "account": AccountEvent,
    "comment": CommentEvent,
    "webhook": TestEvent,
}
_ABOUT = (
    "Soku sends this to the `url` of your webhook, at least once and in any order. Verify the "
    "signature as [Standard Webhooks](https://www.standardwebhooks.com) describes."
)


def webhooks() -> dict[str, PathItem | Reference]:
    """Where each event is described, by its type."""
    return {event: _reference(event) for event in MEANINGS}


def events() -> dict[str, PathItem | Reference]:
    """The components, by the type of the event."""
    return {event: PathItem(post=_operation(event, meaning)) for event, meaning in MEANINGS.items()}


def _reference(event: str) -> Reference:
    # `$ref` cannot be an argument's name.
    return Reference.model_validate({"$ref": f"#/components/pathItems/{event}"})


def _operation(event: str, meaning: str) -> Operation:
    about, _, what = event.partition(".")
    body = Body(_BODIES[about], {"event": (meaning, EXAMPLES[event])})
    return Operation(
        operationId=to_camel(f"on_{about}_{what}"),
        summary=meaning.rstrip("."),
        description=_ABOUT,
        parameters=EVENT_HEADERS,
        requestBody=request_body(body),
        responses={
            "2XX": Response(description="Your server has the event. Respond within 10 seconds."),
            "410": Response(description="Soku switches the webhook off."),
            "default": Response(description="Soku sends the event again later."),
        },
        # The signature tells that the request is Soku's.
        security=[],
    )
