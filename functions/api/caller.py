"""Authenticating the caller: the key or the ID token, the subscription, the rate limits, the log.

One batched read gets all of it, together with the documents that the view needs. One commit
counts and logs the request; a view that commits something adds that to its own commit.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import flask

from functions.api.routes import PEOPLE
from shared import clock, logs
from shared.domain import rate_limit
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.rate_limit import OVERALL, Allowance
from shared.domain.subscription import STAFF_PLAN, Plan, Subscription, denial
from shared.gcp import api_keys
from shared.gcp.api_keys import ApiKey
from shared.gcp.firestore import (
    PreconditionFailed,
    StoreRefused,
    StoreUnavailable,
    commit,
    read_all,
)
from shared.gcp.messages import Batch
from shared.gcp.request_log import RequestLine, write_request
from shared.gcp.usage import Usage, count_request, in_window, usage_from, usage_path
from shared.gcp.users import is_user, subscription_from, subscription_path, user_path
from shared.platforms import registry
from shared.web.strangers import check_strangers, in_flight, refused_stranger
from shared.wiring import Parts

log = logs.logger("api")

# A JWT: three parts, of which the first is a JSON object in base64. A key has no dot.
_ID_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)
UNKNOWN_KEY = "The API key is unknown or was revoked."
NO_TEST_KEYS = (
    "This Soku does not accept test keys. Send a live key, or ask the operator to set TEST_MODE=on."
)
EXPIRED_KEY = "The API key has expired. Create a new key and send that."


@dataclass(frozen=True)
class Principal:
    """The authenticated caller: an API key of a user, or the user in person."""

    user_id: str
    key_hash: str | None
    """None: the user in person, who needs no scope."""
    mode: str
    signed_in_at: datetime | None = None
    """When the user in person has signed in; None: a key."""


PathsFor = Callable[[Principal], list[str]]


@dataclass
class Caller:
    """An authenticated request: its sender, the allowance, and the documents that were read."""

    principal: Principal
    subscription: Subscription
    allowance: Allowance
    limit_name: str | None
    """The name of the endpoint's own rate limit, in addition to the overall one."""
    usage: Usage
    """The requests counted so far."""
    documents: Mapping[str, Any]
    """Snapshots by path, of the documents that the view needs."""
    parts: Parts
    submission_id: str | None = None
    logged_status: int | None = field(default=None, init=False)
    """The status that the view's own commit logged for this request."""
    _is_counted: bool = field(default=False, init=False)
    _is_in_flight: bool = field(default=True, init=False)

    @property
    def plan(self) -> Plan | None:
        """The plan whose limits hold."""
        return self.parts.settings.billing.plan_of(self.subscription)

    def require_subscription(self, platforms: Iterable[str] = ()) -> None:
        """Raises ApiError forbidden, also if the plan does not include one of the platforms."""
        names = {name: registry.display_name(name) for name in platforms}
        billing = self.parts.settings.billing
        denied = denial(self.subscription, billing, clock.now(), names)
        if denied:
            raise denied.error("send the request again")

    def rate_limit_headers(self) -> dict[str, str]:
        headers = {
            "X-RateLimit-Limit": str(self.allowance.limit),
            "X-RateLimit-Remaining": str(self.allowance.remaining),
            "X-RateLimit-Reset": str(self.allowance.reset),
        }
        if self.allowance.is_exceeded:
            headers["Retry-After"] = str(self.allowance.retry_after)
        return headers

    def write_account(
        self,
        batch: Any,
        status: int,
        *,
        error_code: str | None = None,
        submission_id: str | None = None,
    ) -> None:
        """Add the request's count and log line to `batch`."""
        is_counted = self._is_counted or self.logged_status is not None
        if not self.allowance.is_exceeded and not is_counted:
            # A rejected request does not count: a caller who keeps trying must get in again.
            self._count(batch)
        write_request(
            batch,
            self.parts.db,
            RequestLine(
                line_id=flask.g.line_id,
                user_id=self.principal.user_id,
                key_hash=self.principal.key_hash,
                method=flask.request.method,
                path=flask.request.path,
                status=status,
                error_code=error_code,
                submission_id=submission_id,
                duration=timedelta(seconds=time.monotonic() - flask.g.started),
            ),
        )

    def count_now(self) -> None:
        """Count the request before it ends: it may take minutes."""
        batch = Batch(self.parts.db)
        self._count(batch)
        self._is_counted = _committed(batch) or self._is_counted
        self.land()

    def land(self) -> None:
        """The request is counted, or over: it is no longer in flight."""
        if self._is_in_flight:
            self._is_in_flight = False
            in_flight.leave(self.principal.user_id, self.limit_name)

    def _count(self, batch: Any) -> None:
        count_request(
            batch,
            self.parts.db,
            self.principal.user_id,
            self.limit_name,
            key_hash=self.principal.key_hash,
            usage=self.usage,
            now=clock.now(),
        )

    def account_for(self, answer: flask.Response) -> None:
        """Count and log the request, unless the view's own commit did."""
        if self.logged_status == answer.status_code:
            return
        batch = Batch(self.parts.db)
        self.write_account(
            batch,
            answer.status_code,
            error_code=flask.g.get("error_code"),
            submission_id=self.submission_id,
        )
        _committed(batch)


def _committed(batch: Any) -> bool:
    """Whether the commit took effect. If not, the answer is still correct: it is only logged."""
    try:
        commit(batch, landed=lambda: False)
    except (PreconditionFailed, StoreRefused, StoreUnavailable) as error:
        log.error("request not counted and logged: %s", error)
        return False
    return True


def recognize(parts: Parts) -> Principal:
    """Whose key or ID token the current request has, before anything else of it is read.

    Only a key or a user that this instance has not met costs a read. Raises ApiError.
    """
    if "principal" not in flask.g:
        flask.g.principal = _principal_of(flask.request, parts)
    principal: Principal = flask.g.principal
    return principal


def authenticate(
    parts: Parts, *, limit_name: str | None = None, reads: PathsFor | None = None
) -> Caller:
    """The caller of the current request and the documents that `reads` names, in one read.

    `limit_name`: the endpoint's own rate limit. Raises ApiError unauthorized, forbidden (the key
    does not have the scope of the route, or the person is not a user) or rate_limit_exceeded. Sets
    `flask.g.caller`.
    """
    principal = recognize(parts)
    documents = _documents(principal, parts, reads)
    key = _stored_key(principal, documents)
    subscription = subscription_from(documents[subscription_path(principal.user_id)])
    usage = usage_from(documents[usage_path(principal.user_id)])
    others = in_flight.enter(principal.user_id, limit_name)
    caller = Caller(
        principal=principal,
        subscription=subscription,
        allowance=_allowance(subscription, limit_name, usage, others, parts),
        limit_name=limit_name,
        usage=usage,
        documents=documents,
        parts=parts,
    )
    flask.g.caller = caller
    if caller.allowance.is_exceeded:
        caller.land()
        raise too_many_requests(caller.allowance.retry_after)
    if key is not None:
        _check_scope(key, flask.g.needed_scope)
    return caller


def _check_scope(key: ApiKey, needed: str) -> None:
    if needed == PEOPLE:
        message = (
            "No API key can manage API keys or the subscription, or delete its user. Sign in, and "
            "send your ID token as Authorization: Bearer instead of a key."
        )
        raise ApiError(ErrorCode.FORBIDDEN, message)
    if needed not in key.scopes:
        raise missing_scope(needed)


def _stored_key(principal: Principal, documents: Mapping[str, Any]) -> ApiKey | None:
    """The caller's key; None for a user in person. Raises ApiError if it is no longer valid."""
    if principal.key_hash is None:
        user = documents[user_path(principal.user_id)]
        if not is_user(user):
            from functions.api.people import removed_person

            raise removed_person(user)
        return None
    key = api_keys.key_from(documents[api_keys.path_of(principal.key_hash)])
    refusal = _refusal_of(key)
    if refusal:
        # From now on it is a key that this instance has not met.
        _owner_of.cache_clear()
        raise refused_stranger(refusal)
    return key


def _refusal_of(key: ApiKey | None) -> str | None:
    """Why a stored key does not authenticate its sender; None: it does."""
    if key is None or key.revoked:
        return UNKNOWN_KEY
    return EXPIRED_KEY if key.is_expired(clock.now()) else None


def _principal_of(request: flask.Request, parts: Parts) -> Principal:
    """Whose key or ID token the headers have. Raises ApiError."""
    own = request.headers.get("soku-api-key")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else None
    if own and token and own != token:
        raise refused_stranger(
            "The soku-api-key and Authorization headers contain different credentials. Send only "
            "one of them."
        )
    if token and not own and _ID_TOKEN.fullmatch(token):
        from functions.api.people import person_of

        person = person_of(token, parts, _read)
        return Principal(person.user_id, None, "live", person.signed_in_at)
    key = own or token
    if not key:
        raise refused_stranger(
            "The API key is missing. Send it as soku-api-key or as Authorization: Bearer."
        )
    if not api_keys.is_well_formed(key):
        raise refused_stranger(
            "The API key is malformed. A key is sk_live_ or sk_test_, followed by 32 characters."
        )
    key_hash = api_keys.hash_of(key)
    user_id, mode = _owner_of(key_hash, parts.db)
    if mode == "test" and not parts.settings.accepts_test_keys:
        raise refused_stranger(NO_TEST_KEYS)
    return Principal(user_id, key_hash, mode)


@lru_cache(maxsize=10_000)
def _owner_of(key_hash: str, db: Any) -> tuple[str, str]:
    """The user and the mode of a key: they never change.

    Raises ApiError unauthorized, and rate_limit_exceeded without reading anything.
    """
    check_strangers()
    path = api_keys.path_of(key_hash)
    stored = api_keys.key_from(_read(db, [path])[path])
    refusal = _refusal_of(stored)
    if stored is None or refusal:
        raise refused_stranger(refusal or UNKNOWN_KEY)
    return stored.user_id, stored.mode


def _documents(principal: Principal, parts: Parts, reads: PathsFor | None) -> dict[str, Any]:
    user_id, key_hash = principal.user_id, principal.key_hash
    paths = [
        user_path(user_id) if key_hash is None else api_keys.path_of(key_hash),
        subscription_path(user_id),
        usage_path(user_id),
        *(reads(principal) if reads else ()),
    ]
    return _read(parts.db, paths)


def _read(db: Any, paths: list[str]) -> dict[str, Any]:
    try:
        return read_all(db, paths)
    except StoreUnavailable as error:
        log.error("caller not read: %s", error)
        message = "Soku's database did not respond. Nothing was changed. Send the request again."
        raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error


def _allowance(
    subscription: Subscription,
    limit_name: str | None,
    usage: Usage,
    others: Mapping[str, int],
    parts: Parts,
) -> Allowance:
    """`others`: the requests in flight, which `usage` does not contain yet."""
    settings, now = parts.settings, clock.now()
    configured, plan = settings.rate_limits, settings.billing.plan_of(subscription)
    if subscription.plan_id == STAFF_PLAN:
        overall = configured.staff
    elif denial(subscription, settings.billing, now) is None:
        overall = configured.subscribed
    else:
        overall = configured.unsubscribed
    limits = {OVERALL: overall}
    if limit_name is not None:
        limits[limit_name] = getattr(configured, limit_name)
    special = {**(plan.rate_limits if plan else {}), **subscription.limits}
    own = {name: limit for name, limit in special.items() if name in limits}
    previous, counted = in_window(usage, now)
    current = {name: counted.get(name, 0) + others[name] for name in limits}
    return rate_limit.judge({**limits, **own}, previous, current, now)


def missing_scope(scope: str) -> ApiError:
    message = (
        f"The API key does not have the scope {scope}. Send a key that has it: a key's scopes are "
        "chosen when it is created."
    )
    return ApiError(ErrorCode.FORBIDDEN, message, {"scope": scope})


def too_many_requests(retry_after: int) -> ApiError:
    message = f"Too many requests. Try again in {retry_after} seconds."
    return ApiError(ErrorCode.RATE_LIMIT_EXCEEDED, message)
