"""What a step needs to act for an account: the gates, the account, and a token that works."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shared import clock, logs
from shared.domain.accounts import Account, Credential
from shared.domain.errors import PlatformError, PlatformUnavailable
from shared.domain.gates import Gates
from shared.domain.run import Run
from shared.gcp.accounts import RefreshLease, account_from, account_path, credential_path
from shared.gcp.cipher import CannotOpen
from shared.gcp.firestore import read_all
from shared.gcp.users import subscription_from, subscription_path
from shared.platforms import registry
from shared.platforms.base import Checkpoint, Post, Turn
from shared.platforms.http import ClaimLimits, Http
from shared.wiring import Parts

log = logs.logger("access")

# A token is renewed this long before it ends, so that it does not end on the way.
RENEW_BEFORE = timedelta(seconds=60)
# How long to wait for another run that is refreshing an account's tokens.
WAIT_FOR_TOKEN = timedelta(seconds=3)


@dataclass(frozen=True)
class Access:
    """An account with the tokens that act for it, and how far a run has come there."""

    account: Account
    credential: Credential
    checkpoint: Checkpoint

    def post(self, run: Run) -> Post:
        return Post(run.content, self.account, self.credential.tokens.access_token)

    def turn(self, run: Run, http: Http) -> Turn[Any]:
        return Turn(self.post(run), self.checkpoint, http)

    def is_ending(self) -> bool:
        expires_at = self.credential.tokens.expires_at
        return expires_at is not None and expires_at < clock.now() + RENEW_BEFORE


def read(run: Run, parts: Parts) -> tuple[Gates, Access | None]:
    """The gates and, where there is an account with tokens, the access; in one read.

    Raises PlatformUnavailable when what is sealed cannot be opened: that is for the operator to
    mend, and no reason to have people authorize again.
    """
    ids = (run.user_id, run.platform, run.account_id)
    paths = (subscription_path(run.user_id), account_path(*ids), credential_path(*ids))
    snapshots = read_all(parts.db, paths)
    subscription, account, credential = (snapshots[path] for path in paths)
    gates = Gates(subscription_from(subscription), account_from(account, run.user_id))
    if gates.account is None:
        return gates, None
    try:
        tokens = parts.accounts.credential_from(credential, gates.account)
        checkpoint = _checkpoint_of(run, parts)
    except CannotOpen as error:
        raise PlatformUnavailable(
            "Soku cannot open the tokens of this account; the operator must check TOKEN_KEYSET.",
            concerns_operator=True,
        ) from error
    if tokens is None:
        return replace(gates, account=None), None
    return gates, Access(gates.account, tokens, checkpoint)


def sealed(checkpoint: Checkpoint, run: Run, parts: Parts) -> Mapping[str, Any]:
    """A checkpoint as the run's document keeps it.

    Some hold the key or the address of an upload, which lets in whoever has it, and a run may be
    read by its owner's browser.
    """
    fields = checkpoint.stored()
    if not fields:
        return {}
    return {"sealed": parts.cipher.seal_fields(fields, *_checkpoint_ids(run))}


def _checkpoint_of(run: Run, parts: Parts) -> Checkpoint:
    """What `sealed` was given. Raises CannotOpen."""
    kind: type[Checkpoint] = registry.publishing(run.platform).checkpoint
    if not run.checkpoint:
        return kind()
    return kind.read(parts.cipher.open_fields(run.checkpoint["sealed"], *_checkpoint_ids(run)))


def _checkpoint_ids(run: Run) -> tuple[str, ...]:
    return (run.user_id, run.submission_id, run.run_id, "checkpoint")


def renew(access: Access, parts: Parts) -> Access | None:
    """Access with tokens newer than `access`'s; None while another run is fetching them.

    One lease for each account, since platforms rotate refresh tokens: two runs must not spend
    one. Raises a PlatformError; only the platform's own refusal is ReconnectRequired.
    """
    leased = parts.accounts.lease_refresh(access.account, refused=access.credential.version)
    if leased is None:
        return None
    if isinstance(leased, Credential):
        return replace(access, credential=leased)
    return replace(access, credential=_refresh(leased, parts))


def _refresh(lease: RefreshLease, parts: Parts) -> Credential:
    platform = registry.connecting(lease.account.platform)
    http = http_for(lease.account.platform, parts, ClaimLimits())
    try:
        tokens = platform.refresh(lease.credential.tokens, http)
    except PlatformError:
        parts.accounts.release_refresh(lease)
        raise
    renewed = parts.accounts.complete_refresh(lease, tokens)
    log.info("tokens renewed", extra=logs.fields(account=lease.account.account_id))
    return renewed


def http_for(platform: str, parts: Parts, limits: ClaimLimits) -> Http:
    if parts.send is None:
        raise ValueError("this function speaks to no platform")
    return Http(registry.base_url(platform), parts.send, limits, registry.hosts(platform))
