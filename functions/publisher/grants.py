"""What the publisher does for grants and accounts beside runs: renewing, revoking, checking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared import clock, logs
from shared.accounts.acting import (
    Access,
    Blocked,
    MustRepeat,
    act,
    calling,
    credential_of,
    end_authorization,
    renew,
)
from shared.accounts.renewal import renewal_of
from shared.domain.accounts import Account, AccountStatus, Allowed
from shared.domain.errors import (
    ErrorCategory,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.gates import Gates
from shared.domain.run import RunError
from shared.domain.submission import Risk
from shared.domain.targets import ended_risk
from shared.domain.webhooks import EventType
from shared.gcp import sealed_tokens
from shared.gcp.accounts import account_from, account_path, rename, save_allowed
from shared.gcp.cipher import CannotOpen
from shared.gcp.connections import has_offer
from shared.gcp.firestore import commit, read_all
from shared.gcp.grants import Grant, grant_from, grant_path, grants_of_person, has_grant
from shared.gcp.messages import Batch
from shared.gcp.revocations import MAX_TRIES, Revocation, revocation_from, revocation_path
from shared.platforms import registry
from shared.platforms.connecting import Candidate
from shared.posts.risks import note_risk, waiting_target
from shared.wiring import Parts

log = logs.logger("publisher")

ASKED_AT_MOST_EVERY = timedelta(seconds=10)
"""What an account may post: TikTok answers 20 times a minute."""
# With the tokens that are stored, and with those that replaced them.
_ASKED_WITH_NEW_TOKENS = 2


def renew_grant(user_id: str, platform: str, grant_id: str, version: int, parts: Parts) -> str:
    """Renew a grant's tokens of this version, and read its accounts' names again.

    Returns what was done, in words; the sweeper comes back if it failed. Raises StoreUnavailable,
    PreconditionFailed.
    """
    path = grant_path(user_id, platform, grant_id)
    read = read_all(parts.db, [path])[path]
    grant = grant_from(read)
    if grant is None or grant.version != version:
        return "renewed already, or gone"
    paths = [account_path(user_id, platform, account_id) for account_id in grant.account_ids]
    snapshots = read_all(parts.db, paths)
    stored = [account_from(snapshots[path], user_id) for path in paths]
    accounts = [account for account in stored if account]
    if renewal_of(grant.tokens, platform, grant.kind, grant_id) is None:
        return _warn(read, grant, accounts, parts)
    credential = credential_of(accounts[0], parts) if accounts else None
    if credential is None:
        return "no account uses the grant"
    try:
        access = renew(Access(accounts[0], credential), parts)
    except MustRepeat as repeat:
        return str(repeat)
    except Blocked:
        return "disconnected meanwhile"
    except ReconnectRequired as failure:
        failure.token_version = version
        end_authorization(accounts[0], failure, parts)
        return "the authorization has ended"
    except PlatformError as failure:
        log.warning("tokens not renewed: %s", failure.message)
        return f"not renewed: {failure.message}"
    for account in accounts:
        _read_names(replace(access, account=account), parts)
    return "renewed"


def _warn(read: Any, grant: Grant, accounts: Sequence[Account], parts: Parts) -> str:
    """Only the user can renew the authorization: tell others before it ends, once."""
    if grant.wake_at is None:
        return "told already"
    expiring = [
        replace(account, status=AccountStatus.EXPIRING)
        for account in accounts
        if account.ends_at is not None and account.status is AccountStatus.CONNECTED
    ]
    batch = Batch(parts.db)
    option = parts.db.write_option(last_update_time=read.update_time)
    batch.update(read.reference, {"wakeAt": None}, option=option)
    told = parts.outbox.add_accounts(batch, grant.user_id, EventType.ACCOUNT_EXPIRING, expiring)
    commit(batch, landed=lambda: _is_told(read.reference.path, parts))
    parts.outbox.deliver(told)
    return f"{len(expiring)} accounts are expiring"


def _is_told(path: str, parts: Parts) -> bool:
    """Whether a warning has been stored, by this task or by another one."""
    grant = grant_from(read_all(parts.db, [path])[path])
    return grant is not None and grant.wake_at is None


def revoke(revocation_id: str, parts: Parts) -> str:
    """Ask the platform to end an authorization, unless another one needs it; forget its tokens.

    Returns what was done, in words. Raises StoreUnavailable.
    """
    path = revocation_path(revocation_id)
    revocation = revocation_from(read_all(parts.db, [path])[path])
    if revocation is None:
        return "revoked already"
    try:
        if not _is_in_use(revocation, parts):
            _ask_to_revoke(revocation, parts)
    except (PlatformUnavailable, RateLimited) as failure:
        if revocation.tries < MAX_TRIES:
            return f"not revoked yet: {failure.message}"
        log.error(
            "authorization not revoked: %s The user can end it on the platform.",
            failure.message,
            extra=logs.fields(platform=revocation.platform),
        )
    batch = Batch(parts.db)
    batch.delete(parts.db.document(path))
    commit(batch, landed=lambda: False)
    return "forgotten"


def check_account(submission_id: str, run_id: str, parts: Parts) -> str:
    """Try the account of a scheduled post's target, while there is time to reconnect it.

    Returns what was found, in words. Raises StoreUnavailable, PreconditionFailed.
    """
    stored = parts.deliveries.submission(submission_id)
    target = waiting_target(stored.submission, run_id) if stored else None
    if stored is None or target is None:
        return "the post does not wait for this account"
    risk = _risk_of(_Owner(stored.submission.user_id, target.platform, target.account_id), parts)
    if isinstance(risk, str):
        return risk
    if (risk and risk.code) == (target.risk and target.risk.code):
        return "as before"
    note_risk(submission_id, run_id, risk, parts)
    return f"at risk: {risk.code}" if risk else "no risk"


def ask_allowed(user_id: str, platform: str, account_id: str, parts: Parts) -> str:
    """Ask the platform what it allows an account, and store the answer for the composer.

    Returns what was found, in words. Raises StoreUnavailable, PreconditionFailed.
    """
    path = account_path(user_id, platform, account_id)
    account = account_from(read_all(parts.db, [path])[path], user_id)
    if account is None:
        return "no such account"
    if account.allowed and account.allowed.read_at and _is_recent(account.allowed.read_at):
        return "asked just now"
    allowed = _allowed(account, parts)
    if allowed is None:
        return "tokens renewed meanwhile, not asked"
    save_allowed(parts.db, account, replace(allowed, read_at=clock.now()))
    return allowed.problem or "stored what is allowed"


def _is_recent(at: datetime) -> bool:
    return clock.now() - at < ASKED_AT_MOST_EVERY


def _allowed(account: Account, parts: Parts) -> Allowed | None:
    """What is allowed, or the reason why it is not known; None: it must be asked again."""

    def ask(access: Access) -> Allowed:
        platform = registry.connecting(account.platform, account.kind)
        with calling(account.platform, parts, "asking what an account may post") as http:
            return platform.allowed(access.credential.tokens.access_token, http)

    for _ in range(_ASKED_WITH_NEW_TOKENS):
        try:
            return act(account, parts, ask, gate=_ended, may_renew=True)
        except MustRepeat as repeat:
            if not repeat.renewed:
                return None
        except Blocked as blocked:
            return Allowed(problem=blocked.error.message)
        except (ReconnectRequired, TokenExpired) as failure:
            end_authorization(account, failure, parts)
            return Allowed(problem=failure.message)
        except PlatformError as failure:
            return Allowed(problem=failure.message)
    return None


@dataclass(frozen=True)
class _Owner:
    """An account, by its ids."""

    user_id: str
    platform: str
    account_id: str


def _is_in_use(revocation: Revocation, parts: Parts) -> bool:
    """Whether ending the authorization could end that of a connected account.

    Most platforms end everything that a person gave to an app: also what the person gave again
    after disconnecting, or gave to another user of this Soku. What somebody is choosing from is in
    use, too: if nobody chooses, it has a revocation of its own.
    """
    db, platform, person = parts.db, revocation.platform, revocation.platform_user_id
    same_person = grants_of_person(db, platform, person)
    if any(grant.kind == revocation.kind for grant in same_person):
        return True
    if has_offer(db, platform, revocation.kind, person):
        return True
    connecting = registry.connecting(platform, revocation.kind)
    return connecting.revokes_all and has_grant(db, revocation.user_id, platform)


def _ask_to_revoke(revocation: Revocation, parts: Parts) -> None:
    """Raises PlatformUnavailable, RateLimited."""
    platform = registry.connecting(revocation.platform, revocation.kind)
    try:
        tokens = sealed_tokens.opened(revocation.tokens, parts.cipher, *revocation.owner)
    except CannotOpen:
        log.error(
            "authorization not revoked: Soku cannot decrypt its tokens. Check TOKEN_KEYSET.",
            extra=logs.fields(operatorAction=True, platform=revocation.platform),
        )
        return
    with calling(revocation.platform, parts, "ending an authorization") as http:
        platform.revoke(tokens, http)


def _read_names(access: Access, parts: Parts) -> None:
    """People rename their accounts. A failure is no reason to renew the tokens again."""
    account = access.account
    try:
        shown = _profile_of(access, parts)
    except PlatformError as failure:
        log.info("names of an account not read: %s", failure.message)
        return
    if (shown.username, shown.display_name) != (account.username, account.display_name):
        rename(parts.db, account, shown.username, shown.display_name)


def _profile_of(access: Access, parts: Parts) -> Candidate:
    account = access.account
    platform = registry.connecting(account.platform, account.kind)
    with calling(account.platform, parts, "reading an account") as http:
        return platform.profile(account, access.credential.tokens.access_token, http)


def _risk_of(owner: _Owner, parts: Parts) -> Risk | str | None:
    """The risk for a post of this account; why nothing was found out, in words; None: no risk."""
    name = registry.display_name(owner.platform)
    try:
        act(owner, parts, lambda access: _profile_of(access, parts), gate=_ended, may_renew=True)
    except Blocked as blocked:
        if blocked.error.category is ErrorCategory.ACCOUNT_DISCONNECTED:
            message = f"The {name} account {owner.account_id} is no longer connected. Connect it."
            return Risk("account_disconnected", message, clock.now())
        return ended_risk(owner.account_id, name, clock.now())
    except MustRepeat:
        # The tokens were just renewed.
        return None
    except (ReconnectRequired, TokenExpired) as failure:
        end_authorization(owner, failure, parts)
        return ended_risk(owner.account_id, name, clock.now())
    except PlatformError as failure:
        return f"not checked: {failure.message}"
    return None


def _ended(gates: Gates) -> RunError | None:
    account = gates.account
    if account is None or account.status is not AccountStatus.RECONNECT_REQUIRED:
        return None
    message = "The authorization has ended."
    category = ErrorCategory.AUTH_EXPIRED
    return RunError(category=category, code=category.value, message=message, retryable=True)
