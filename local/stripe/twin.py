"""Answers the requests that Soku sends to Stripe, as strictly as Stripe, and signs events.

    POST /v1/customers
    GET  /v1/subscriptions?customer=
    POST /v1/checkout/sessions
    POST /v1/billing_portal/sessions

It refuses another version of the API, unknown parameters, customers and prices, and another request
with the same Idempotency-Key. The customer acts through `pay` and `change`. Nothing happens by
itself: `signed` makes an event, and the caller delivers it.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.signing_key import real_seconds
from shared import clock

PERIOD = timedelta(days=30)
_ROUTES = Map(
    [
        Rule("/v1/customers", methods=["POST"], endpoint="customers"),
        Rule("/v1/customers/<customer>", methods=["DELETE"], endpoint="deletion"),
        Rule("/v1/subscriptions", methods=["GET"], endpoint="subscriptions"),
        Rule("/v1/checkout/sessions", methods=["POST"], endpoint="checkout"),
        Rule("/v1/billing_portal/sessions", methods=["POST"], endpoint="portal"),
    ]
)
# By endpoint: the required parameters, and the others that it knows.
_PARAMETERS = {
    "customers": ({"email"}, {"metadata[userId]"}),
    "deletion": ({"customer"}, set()),
    "subscriptions": ({"customer"}, {"status", "limit"}),
    "checkout": (
        {"mode", "customer", "success_url", "line_items[0][price]", "line_items[0][quantity]"},
        {"cancel_url", "client_reference_id", "subscription_data[metadata][userId]"},
    ),
    "portal": ({"customer", "return_url"}, set()),
}


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str, kind: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": message}}


class StripeTwin:
    """The WSGI application. `prices`: the IDs of the prices that exist."""

    def __init__(self, *, secret_key: str, webhook_secret: str, version: str, prices: set[str]):
        self._secret_key, self._webhook_secret = secret_key, webhook_secret
        self._version, self.prices = version, prices
        self.customers: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        """Of Checkout, by their URLs."""
        self.requests: list[str] = []
        """Method and path of each request."""
        self.before_answer: Callable[[], None] = lambda: None
        """Called when a request was carried out and before it is answered."""
        self.broken = 0
        """The status with which every request is answered; 0: none."""
        self._answers: dict[str, tuple[Any, Any]] = {}

    def serve(self, port: int = 0) -> LocalServer:
        return LocalServer(self, port)

    def pay(self, url: str, **changes: Any) -> str:
        """Subscribe on a page of Checkout. Returns the ID of the subscription."""
        session = self.sessions[url]
        return self.subscribe(session["customer"], session["price"], **changes)

    def subscribe(self, customer: str, price: str, **changes: Any) -> str:
        """Subscribe a customer, as an operator can in the dashboard."""
        subscription_id = f"sub_{secrets.token_hex(12)}"
        now = int(clock.now().timestamp())
        end = now + int(PERIOD.total_seconds())
        item = {
            "id": f"si_{secrets.token_hex(8)}",
            "object": "subscription_item",
            "current_period_end": end,
            "price": {"id": price, "object": "price"},
        }
        self.subscriptions[subscription_id] = {
            "id": subscription_id,
            "object": "subscription",
            "customer": customer,
            "status": "active",
            # Later than the one before, also within the same second.
            "created": now + len(self.subscriptions),
            "cancel_at_period_end": False,
            "cancel_at": None,
            "trial_end": None,
            "items": {"object": "list", "data": [item], "has_more": False},
            **changes,
        }
        return subscription_id

    def change(
        self, subscription_id: str, *, price: str = "", period_end: int = 0, **changes: Any
    ) -> None:
        subscription = self.subscriptions[subscription_id]
        [item] = subscription["items"]["data"]
        if price:
            item["price"] = {"id": price, "object": "price"}
        if period_end:
            item["current_period_end"] = period_end
        subscription.update(changes)

    def signed(
        self, subject: Mapping[str, Any], kind: str, *, event_id: str = "", age_seconds: int = 0
    ) -> tuple[bytes, str]:
        """The body of an event about an object, and the header with its signature."""
        event = {
            "id": event_id or f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": self._version,
            "created": real_seconds() - age_seconds,
            "type": kind,
            "data": {"object": dict(subject)},
        }
        payload = json.dumps(event, indent=2).encode()
        return payload, self.signature(payload, age_seconds=age_seconds)

    def signature(self, payload: bytes, *, age_seconds: int = 0) -> str:
        at = real_seconds() - age_seconds
        signed = f"{at}.".encode() + payload
        return f"t={at},v1={hmac.digest(self._webhook_secret.encode(), signed, 'sha256').hex()}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        try:
            endpoint, named = _ROUTES.bind_to_environ(environ).match()
            response = _json(self._answer(endpoint, request, named))
        except _Refused as refused:
            response = _json(refused.body, refused.status)
        except HTTPException as error:
            response = _json({"error": {"type": "invalid_request_error"}}, error.code or 500)
        return response(environ, start_response)

    def _answer(self, endpoint: str, request: Request, named: Mapping[str, str]) -> Any:
        self.requests.append(f"{request.method} {request.path}")
        if self.broken:
            raise _Refused(self.broken, "api_error", "An error occurred.", "api_error")
        if request.headers.get("Authorization") != f"Bearer {self._secret_key}":
            raise _Refused(401, "", "Invalid API Key provided.", "invalid_request_error")
        if request.headers.get("Stripe-Version") != self._version:
            raise _invalid("", "Invalid Stripe API version.")
        sent = (request.args if request.method == "GET" else request.form).to_dict() | named
        _check(endpoint, sent)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if key not in self._answers:
            answer = getattr(self, f"_{endpoint}")(sent)
            self._answers[key or secrets.token_hex(8)] = ((endpoint, sent), answer)
        else:
            first, answer = self._answers[key]
            if first != (endpoint, sent):
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise _Refused(400, "", message, "idempotency_error")
        self.before_answer()
        return answer

    def _customers(self, sent: dict[str, str]) -> Any:
        customer_id = f"cus_{secrets.token_hex(8)}"
        customer = {"id": customer_id, "object": "customer", "email": sent["email"]}
        self.customers[customer_id] = customer
        return customer

    def _deletion(self, sent: dict[str, str]) -> Any:
        self._require_customer(sent["customer"])
        del self.customers[sent["customer"]]
        for subscription in self.subscriptions.values():
            if subscription["customer"] == sent["customer"]:
                subscription["status"] = "canceled"
        return {"id": sent["customer"], "object": "customer", "deleted": True}

    def _subscriptions(self, sent: dict[str, str]) -> Any:
        self._require_customer(sent["customer"])
        ended = () if sent.get("status") == "all" else ("canceled", "incomplete_expired")
        own = [
            each
            for each in reversed(self.subscriptions.values())
            if each["customer"] == sent["customer"] and each["status"] not in ended
        ]
        page = own[: int(sent.get("limit", "10"))]
        more = len(page) < len(own)
        return {"object": "list", "url": "/v1/subscriptions", "data": page, "has_more": more}

    def _checkout(self, sent: dict[str, str]) -> Any:
        self._require_customer(sent["customer"])
        price = sent["line_items[0][price]"]
        if price not in self.prices:
            raise _invalid("resource_missing", f"No such price: '{price}'")
        session_id = f"cs_test_{secrets.token_hex(12)}"
        url = f"https://checkout.stripe.com/c/pay/{session_id}"
        session = {
            "id": session_id,
            "object": "checkout.session",
            "url": url,
            "customer": sent["customer"],
            "success_url": sent["success_url"],
            "cancel_url": sent["cancel_url"],
        }
        self.sessions[url] = {**session, "price": price}
        return session

    def _portal(self, sent: dict[str, str]) -> Any:
        self._require_customer(sent["customer"])
        session_id = f"bps_{secrets.token_hex(12)}"
        return {
            "id": session_id,
            "object": "billing_portal.session",
            "url": f"https://billing.stripe.com/p/session/{session_id}",
            "customer": sent["customer"],
            "return_url": sent["return_url"],
        }

    def _require_customer(self, customer_id: str) -> None:
        if customer_id not in self.customers:
            raise _invalid("resource_missing", f"No such customer: '{customer_id}'")


def _check(endpoint: str, sent: Mapping[str, str]) -> None:
    required, others = _PARAMETERS[endpoint]
    for name in sent.keys() - required - others:
        raise _invalid("parameter_unknown", f"Received unknown parameter: {name}")
    for name in required - sent.keys():
        raise _invalid("parameter_missing", f"Missing required param: {name}.")


def _invalid(code: str, message: str) -> _Refused:
    return _Refused(400, code, message, "invalid_request_error")


def _json(body: Any, status: int = 200) -> Response:
    headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
    return Response(json.dumps(body), status, headers, content_type="application/json")
