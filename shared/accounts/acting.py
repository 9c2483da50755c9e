"""Acting for a connected account: the gates, a token that works, and what can go wrong.

`act` is the one way to do something on a platform for an account. It does not know what that is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from shared import clock, logs
from shared.accounts.ended import require_reconnect
from shared.accounts.leaving import revoke_later
from shared.accounts.renewal import renewal_at, warning_at
from shared.domain.accounts import Account, Credential, OfAccount, Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    TokenExpired,
)
from shared.domain.gates import Gates, not_connected
from shared.domain.run import RunError
from shared.gcp import sealed_tokens
from shared.gcp.accounts import account_from, account_path
from shared.gcp.cipher import CannotOpen
from shared.gcp.firestore import commit, read_all
from shared.gcp.grants import RefreshLease, credential_paths
from shared.gcp.messages import Batch
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.platforms.base import Post
from shared.platforms.http import NO_LIMITS, ClaimLimits, ClaimRanOut, Http
from shared.wiring import Parts

log = logs.logger("access")

# A token is renewed this long before it expires, so that it does not expire during the work.
RENEW_BEFORE = timedelta(seconds=60)
# How long to wait while another task renews the account's tokens.
WAIT_FOR_TOKEN = timedelta(seconds=3)

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
    access = None
    try:
        access = _admit(owner, gate, parts)
        if access.is_expiring():
            access = renew(access, parts)
        try:
            return work(access)
        except TokenExpired:
            if not may_renew:
                raise
        renew(access, parts)
        raise MustRepeat("tokens renewed, repeating", clock.now(), renewed=True)
    except PlatformError as failure:
        failure.token_version = access.credential.version if access else None
        _alert_operator(failure, owner.platform)
        raise


def end_authorization(owner: OfAccount, failure: PlatformError, parts: Parts) -> None:
    """The platform refused the account's tokens for good: its owner must reconnect it.

    `failure`: as `act` raised it. Nothing changes if the account has newer tokens by now.
    """
    require_reconnect(owner, failure.token_version, failure.message, parts)


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
    http = parts.http(platform, limits)
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


def _admit(owner: OfAccount, gate: Callable[[Gates], RunError | None], parts: Parts) -> Access:
    """Read the gates and the account, then its tokens. Raises Blocked, PlatformError."""
    platform_name = registry.display_name(owner.platform)
    own_account = account_path(owner.user_id, owner.platform, owner.account_id)
    own_subscription = subscription_path(owner.user_id)
    snapshots = read_all(parts.db, (own_subscription, own_account))
    subscription = snapshots[own_subscription]
    account = account_from(snapshots[own_account], owner.user_id)
    credential = credential_of(account, parts) if account else None
    connected = account if credential else None
    billing = parts.settings.billing
    refusal = gate(Gates(subscription_from(subscription), connected, platform_name, billing))
    if refusal is not None or account is None or credential is None:
        raise Blocked(refusal or not_connected(owner.account_id, platform_name))
    return Access(account, credential)


def credential_of(account: Account, parts: Parts) -> Credential | None:
    """The tokens that act for an account, if it has any. Raises PlatformUnavailable."""
    snapshots = read_all(parts.db, credential_paths(account))
    try:
        return parts.grants.credential_from(snapshots, account)
    except CannotOpen as error:
        # The operator must fix this; the user's authorization is still good.
        raise PlatformUnavailable(
            "Soku cannot decrypt the tokens of this account. The operator must check TOKEN_KEYSET.",
            concerns_operator=True,
        ) from error


def renew(access: Access, parts: Parts) -> Access:
    """Access with newer tokens than those of `access`. Raises Blocked, MustRepeat, PlatformError.

    Platforms rotate refresh tokens, so a lease on the grant keeps two tasks from spending the
    same one. Only the platform's own refusal is ReconnectRequired.
    """
    leased = parts.grants.lease_refresh(access.account, refused=access.credential.version)
    if leased is None:
        at = clock.now() + WAIT_FOR_TOKEN
        raise MustRepeat("waiting for another task that is renewing the tokens", at, renewed=False)
    if isinstance(leased, Credential):
        return replace(access, credential=leased)
    return replace(access, credential=_refresh(leased, parts))


def _refresh(lease: RefreshLease, parts: Parts) -> Credential:
    platform = registry.connecting(lease.account.platform, lease.account.kind)
    http = parts.http(lease.account.platform)
    try:
        tokens = platform.refresh(lease.credential.tokens, http)
    except PlatformError:
        parts.grants.release_refresh(lease)
        raise
    account = lease.account
    renewed_at = renewal_at(
        account.platform,
        account.kind,
        account.grant_id,
        has_refresh_token=tokens.refresh_token is not None,
        refresh_expires_at=tokens.refresh_expires_at,
    )
    wake_at = renewed_at or warning_at(account.ends_at)
    renewed = parts.grants.complete_refresh(lease, tokens, wake_at)
    if renewed is None:
        _forget(lease, tokens, parts)
        name = registry.display_name(account.platform)
        raise Blocked(not_connected(account.account_id, name))
    log.info("tokens renewed", extra=logs.fields(account=account.account_id))
    return renewed


def _forget(lease: RefreshLease, tokens: Tokens, parts: Parts) -> None:
    """The account was disconnected while its tokens were renewed: revoke the new ones as well."""
    sealed = sealed_tokens.sealed(tokens, parts.cipher, *lease.grant.owner)
    batch = Batch(parts.db)
    revoke_later(batch, parts.db, replace(lease.grant, tokens=sealed))
    commit(batch, landed=lambda: False)


def _alert_operator(failure: PlatformError, platform: str) -> None:
    """An alert watches `operatorAction`: every user of the platform is waiting for it."""
    if failure.concerns_operator:
        log.error(failure.message, extra=logs.fields(operatorAction=True, platform=platform))
