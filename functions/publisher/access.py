"""Acting for a connected account: the gates, a token that works, and what can go wrong.

`act` is the one way to do something on a platform for an account. It does not know what that is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from shared import clock, logs
from shared.domain.accounts import Account, Credential, OfAccount
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    TokenExpired,
)
from shared.domain.gates import Gates, not_connected
from shared.domain.run import RunError
from shared.gcp.accounts import RefreshLease, account_from, account_path, credential_path
from shared.gcp.cipher import CannotOpen
from shared.gcp.firestore import read_all
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.platforms.base import Post
from shared.platforms.http import ClaimLimits, ClaimRanOut, Http
from shared.wiring import Parts

log = logs.logger("access")

# A token is renewed this long before it expires, so that it does not expire during the work.
RENEW_BEFORE = timedelta(seconds=60)
# How long to wait while another task renews the account's tokens.
WAIT_FOR_TOKEN = timedelta(seconds=3)

# For requests without a claim.
NO_LIMITS = ClaimLimits()

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """An account with tokens that act for it."""

    account: Account
    credential: Credential

    def post(self, content: Content) -> Post:
        return Post(content, self.account, self.credential.tokens.access_token)

    def is_expiring(self) -> bool:
        expires_at = self.credential.tokens.expires_at
        return expires_at is not None and expires_at < clock.now() + RENEW_BEFORE


class Blocked(Exception):
    """The work cannot be done for this account now; `error` tells the user why."""

    def __init__(self, error: RunError) -> None:
        super().__init__(error.message)
        self.error = error


class MustRepeat(Exception):
    """The work must be repeated at `at`, as a new task; `renewed`: with the tokens just renewed."""

    def __init__(self, reason: str, at: datetime, *, renewed: bool) -> None:
        super().__init__(reason)
        self.at = at
        self.renewed = renewed


def act(
    owner: OfAccount,
    parts: Parts,
    work: Callable[[Access], T],
    *,
    gate: Callable[[Gates], RunError | None] = lambda _: None,
    may_renew: bool = False,
) -> T:
    """Do `work` for the account of `owner` and return its result.

    `gate` returns why the work may not be done. `may_renew`: when the platform refuses the access
    token, renew the tokens and raise MustRepeat. Raises

    Blocked         the account is not connected, or `gate` refused
    MustRepeat      the tokens were renewed, or another task is renewing them
    PlatformError   the platform, or the renewal of the tokens, failed

    and whatever else `work` raises.
    """
    try:
        access = _admit(owner, gate, parts)
        if access.is_expiring():
            access = _renew(access, parts)
        try:
            return work(access)
        except TokenExpired:
            if not may_renew:
                raise
        _renew(access, parts)
        raise MustRepeat("tokens renewed, repeating", clock.now(), renewed=True)
    except PlatformError as failure:
        _alert_operator(failure, owner.platform)
        raise


@contextmanager
def calling(
    platform: str,
    parts: Parts,
    work: str,
    *,
    limits: ClaimLimits = NO_LIMITS,
    visible: bool = False,
) -> Iterator[Http]:
    """Requests to a platform, with every exception turned into a PlatformError.

    So no answer can stop the work forever. `visible`: the work makes something public, so once a
    request was sent, its outcome is unknown.
    """
    http = _http_for(platform, parts, limits)
    try:
        yield http
    except PlatformError:
        raise
    except ClaimRanOut as error:
        raise PlatformUnavailable("It took too long; nothing more was sent.") from error
    except Exception as error:
        # A bug of ours, or an answer in a form that nobody has seen.
        log.exception("%s on %s failed unexpectedly", work, platform)
        name = registry.display_name(platform)
        if visible and http.exchanges:
            raise OutcomeUnknown(
                f"Soku could not read {name}'s answer. The post may or may not be live; Soku is "
                "looking it up."
            ) from error
        raise PlatformUnavailable(f"An unexpected error occurred on {name}.") from error


def _http_for(platform: str, parts: Parts, limits: ClaimLimits) -> Http:
    if parts.send is None:
        raise ValueError("this function sends no requests to platforms")
    hosts = registry.hosts(platform)
    return Http(registry.base_url(platform), parts.send, limits, hosts, parts.reachable)


def _admit(owner: OfAccount, gate: Callable[[Gates], RunError | None], parts: Parts) -> Access:
    """Read the gates, the account and its tokens in one call. Raises Blocked, PlatformError."""
    platform_name = registry.display_name(owner.platform)
    ids = (owner.user_id, owner.platform, owner.account_id)
    paths = (subscription_path(owner.user_id), account_path(*ids), credential_path(*ids))
    snapshots = read_all(parts.db, paths)
    subscription, stored_account, stored_credential = (snapshots[path] for path in paths)
    account = account_from(stored_account, owner.user_id)
    try:
        credential = parts.accounts.credential_from(stored_credential, account) if account else None
    except CannotOpen as error:
        # The operator must fix this; the user's authorization is still good.
        raise PlatformUnavailable(
            "Soku cannot decrypt the tokens of this account. The operator must check TOKEN_KEYSET.",
            concerns_operator=True,
        ) from error
    connected = account if credential else None
    refusal = gate(Gates(subscription_from(subscription), connected, platform_name))
    if refusal is not None or account is None or credential is None:
        raise Blocked(refusal or not_connected(owner.account_id, platform_name))
    return Access(account, credential)


def _renew(access: Access, parts: Parts) -> Access:
    """Access with newer tokens than those of `access`. Raises MustRepeat, PlatformError.

    Platforms rotate refresh tokens, so a lease on the account keeps two tasks from spending the
    same one. Only the platform's own refusal is ReconnectRequired.
    """
    leased = parts.accounts.lease_refresh(access.account, refused=access.credential.version)
    if leased is None:
        at = clock.now() + WAIT_FOR_TOKEN
        raise MustRepeat("waiting for another task that is renewing the tokens", at, renewed=False)
    if isinstance(leased, Credential):
        return replace(access, credential=leased)
    return replace(access, credential=_refresh(leased, parts))


def _refresh(lease: RefreshLease, parts: Parts) -> Credential:
    platform = registry.connecting(lease.account.platform)
    http = _http_for(lease.account.platform, parts, NO_LIMITS)
    try:
        tokens = platform.refresh(lease.credential.tokens, http)
    except PlatformError:
        parts.accounts.release_refresh(lease)
        raise
    renewed = parts.accounts.complete_refresh(lease, tokens)
    log.info("tokens renewed", extra=logs.fields(account=lease.account.account_id))
    return renewed


def _alert_operator(failure: PlatformError, platform: str) -> None:
    """An alert watches `operatorAction`: every user of the platform is waiting for it."""
    if failure.concerns_operator:
        log.error(failure.message, extra=logs.fields(operatorAction=True, platform=platform))
