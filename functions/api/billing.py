"""/v1/billing: the pages of Stripe for signed-in users, and Stripe's events.

Stripe's library takes a while to load, so only the requests to these routes import it.
"""

from functools import partial
from typing import Annotated, TypeVar

import flask
from pydantic import Field

from functions.api import body as request_body
from functions.api.caller import authenticate
from shared import logs, wiring
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.subscription import STRIPE
from shared.gcp.firestore import PreconditionFailed, StoreRefused, StoreUnavailable, document
from shared.gcp.users import subscription_path, user_path
from shared.web import strict
from shared.web.envelope import json_answer
from shared.web.strangers import refused_stranger
from shared.web.strict import Strict, WebUrl
from shared.wiring import Parts

log = logs.logger("api")

LONGEST_ADDRESS = 2000
LONGEST_PLAN_ID = 40
SIGNATURE = "Stripe-Signature"
# Used instead of a user: slow bodies from callers that claim to be Stripe share few threads.
_STRIPE = "stripe"

_Sent = TypeVar("_Sent", bound=Strict)
_ReturnTo = Annotated[WebUrl | None, Field(max_length=LONGEST_ADDRESS)]


class NewCheckout(Strict):
    """What to subscribe to."""

    plan_id: Annotated[str, Field(min_length=1, max_length=LONGEST_PLAN_ID)]
    return_to: _ReturnTo = None
    """Where the browser goes in the end, with `checkout=completed` or `checkout=canceled` in the
    query. It must have one of the origins that the operator has allowed. The dashboard's billing
    page if you leave it out."""


class NewPortal(Strict):
    """Where to go after managing the subscription."""

    return_to: _ReturnTo = None
    """It must have one of the origins that the operator has allowed. The dashboard's billing page
    if you leave it out."""


def begin_checkout() -> flask.Response:
    """Subscribe to a plan.

    Open `url` in a browser: the user pays there, on a page of Stripe.
    """
    parts = wiring.parts()
    body = request_body.read(flask.request).parsed(partial(strict.read, NewCheckout))
    caller = authenticate(parts)
    sent = _with_stripe(body, parts)
    user_id = caller.principal.user_id
    email = (document(caller.documents[user_path(user_id)]) or {})["email"]
    subscription = caller.documents[subscription_path(user_id)]
    # It takes seconds.
    caller.count_now()
    from shared.billing import checkout

    url = checkout.begin(
        user_id,
        email,
        plan_id=sent.plan_id,
        return_to=sent.return_to,
        subscription=subscription,
        parts=parts,
    )
    return json_answer({"url": url})


def open_portal() -> flask.Response:
    """Manage the subscription.

    Open `url` in a browser: the user changes the plan, pays or cancels there, on a page of Stripe.
    """
    parts = wiring.parts()
    body = request_body.read(flask.request, may_be_empty=True).parsed(
        partial(strict.read, NewPortal)
    )
    caller = authenticate(parts)
    sent = _with_stripe(body, parts)
    subscription = caller.documents[subscription_path(caller.principal.user_id)]
    caller.count_now()
    from shared.billing import checkout

    return json_answer({"url": checkout.portal(sent.return_to, subscription, parts)})


def receive_event() -> flask.Response:
    """Receive an event of Stripe.

    Stripe calls this when a subscription changes. The response only says that the event arrived.
    """
    parts, header = wiring.parts(), flask.request.headers.get(SIGNATURE, "")
    if not header:
        raise refused_stranger(f"The {SIGNATURE} header is missing. Only Stripe can call this.")
    _require_stripe(parts)
    payload = _payload()
    from shared.billing import events, stripe_api

    try:
        event = stripe_api.verified(payload, header, parts.settings)
    except stripe_api.BadSignature as error:
        log.info("stripe event refused: %s", error)
        message = (
            f"The {SIGNATURE} header does not match the body, or is too old. The operator must "
            "check STRIPE_WEBHOOK_SECRET."
        )
        raise refused_stranger(message) from error
    try:
        events.receive(event, parts)
    except (StoreUnavailable, StoreRefused, PreconditionFailed) as error:
        log.error("stripe event not stored: %s", error)
        message = "The event was not stored. Send it again."
        raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error
    return json_answer({"received": True})


def _payload() -> bytes:
    """The raw body from a caller that is not authenticated. Raises ApiError."""
    try:
        return request_body.read_bytes(flask.request, _STRIPE)
    except ApiError as error:
        raise refused_stranger(error.message, error.code) from error


def _with_stripe(sent: _Sent | ApiError, parts: Parts) -> _Sent:
    """`sent`, if it is valid and users of this Soku can pay. Raises ApiError."""
    _require_stripe(parts)
    if isinstance(sent, ApiError):
        raise sent
    return sent


def _require_stripe(parts: Parts) -> None:
    if parts.settings.billing.mode != STRIPE:
        message = "Payments with Stripe are turned off. The operator manages subscriptions."
        raise ApiError(ErrorCode.NOT_FOUND, message)
