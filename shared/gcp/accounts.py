"""The documents of connected accounts.

An account is stored in two documents: its own, and the integration's summary, from which a post's
targets are resolved without reading every account. An account with a token of its own has it in a
third one. `shared.gcp.grants` stores the tokens that act for accounts.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import (
    Account,
    AccountStatus,
    AccountSummary,
    Allowed,
    Integration,
)
from shared.gcp.firestore import commit, document, query_all
from shared.gcp.messages import Batch

# Firestore's limit for one query (firebase.google.com/docs/firestore/query-data/queries).
_IDS_IN_QUERY = 30


def integration_path(user_id: str, platform: str) -> str:
    return f"users/{user_id}/integrations/{platform}"


def account_path(user_id: str, platform: str, account_id: str) -> str:
    return f"{integration_path(user_id, platform)}/accounts/{account_id}"


def own_token_path(user_id: str, platform: str, account_id: str) -> str:
    """The token of an account that has its own: {sealed, version}. No client can read it."""
    return f"{account_path(user_id, platform, account_id)}/private/credential"


def reservation_path(user_id: str, platform: str, external_id: str) -> str:
    """{accountId}: the account id that a platform's account keeps, also while disconnected."""
    digest = hashlib.sha256(external_id.encode()).hexdigest()
    return f"{integration_path(user_id, platform)}/externalIds/{digest}"


def reserved_id(
    db: firestore.Client, user_id: str, platform: str, account_ids: Sequence[str]
) -> str | None:
    """One of these account ids that a platform's account has already; None if all are free.

    Raises StoreUnavailable.
    """
    reservations = db.collection(f"{integration_path(user_id, platform)}/externalIds")
    for start in range(0, len(account_ids), _IDS_IN_QUERY):
        some = FieldFilter("accountId", "in", account_ids[start : start + _IDS_IN_QUERY])
        if found := query_all(reservations.where(filter=some).limit(1)):
            return str(found[0].get("accountId"))
    return None


def integration_from(snapshot: Any) -> Integration | None:
    fields = document(snapshot)
    if fields is None or not fields.get("accounts"):
        return None
    return Integration(
        platform=snapshot.id,
        default_account_id=fields.get("defaultAccountId"),
        accounts={
            account_id: AccountSummary(
                username=summary["username"],
                display_name=summary.get("displayName", ""),
                status=AccountStatus(summary["status"]),
                ends_at=summary.get("endsAt"),
                label=summary.get("label"),
            )
            for account_id, summary in fields["accounts"].items()
        },
    )


def account_from(snapshot: Any, user_id: str) -> Account | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Account(
        user_id=user_id,
        platform=fields["platform"],
        account_id=snapshot.id,
        external_id=fields["externalId"],
        username=fields["username"],
        display_name=fields.get("displayName", ""),
        avatar_url=fields.get("avatarUrl"),
        label=fields.get("label"),
        kind=fields.get("kind", ""),
        grant_id=fields["grantId"],
        has_own_token=fields.get("hasOwnToken", False),
        missing_scopes=tuple(fields.get("missingScopes", ())),
        status=AccountStatus(fields["status"]),
        status_reason=fields.get("statusReason"),
        ends_at=fields.get("endsAt"),
        connected_at=fields.get("connectedAt"),
        allowed=_allowed_from(fields["allowed"]) if "allowed" in fields else None,
    )


def _allowed_from(fields: Mapping[str, Any]) -> Allowed:
    return Allowed(
        choices={name: tuple(values) for name, values in fields["choices"].items()},
        locked=tuple(fields["locked"]),
        longest_video=fields["longestVideo"],
        problem=fields["problem"],
        read_at=fields["readAt"],
    )


def save_allowed(db: firestore.Client, account: Account, allowed: Allowed) -> None:
    """Store what the platform allows the account. Raises PreconditionFailed, StoreUnavailable."""
    fields = {
        "choices": {name: list(values) for name, values in allowed.choices.items()},
        "locked": list(allowed.locked),
        "longestVideo": allowed.longest_video,
        "problem": allowed.problem,
        "readAt": allowed.read_at,
    }
    batch = Batch(db)
    path = account_path(account.user_id, account.platform, account.account_id)
    batch.update(db.document(path), {"allowed": fields})
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def note_missing_scopes(db: firestore.Client, account: Account, scopes: Iterable[str]) -> None:
    """The platform refused what needs these permissions: show that they are missing.

    Connecting the account again writes what was granted then. Raises PreconditionFailed,
    StoreUnavailable.
    """
    missing = sorted({*account.missing_scopes, *scopes})
    batch = Batch(db)
    path = account_path(account.user_id, account.platform, account.account_id)
    batch.update(db.document(path), {"missingScopes": missing})
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def account_fields(account: Account) -> dict[str, Any]:
    """The fields of the account's own document, without what the platform allows it."""
    return {
        "platform": account.platform,
        "externalId": account.external_id,
        "username": account.username,
        "displayName": account.display_name,
        "avatarUrl": account.avatar_url,
        "label": account.label,
        "kind": account.kind,
        "grantId": account.grant_id,
        "hasOwnToken": account.has_own_token,
        "missingScopes": list(account.missing_scopes),
        "status": account.status,
        "statusReason": account.status_reason,
        "endsAt": account.ends_at,
        "connectedAt": account.connected_at,
    }


def write_account(batch: Any, db: firestore.Client, account: Account) -> None:
    """Add both documents of an account to `batch`."""
    path = account_path(account.user_id, account.platform, account.account_id)
    batch.set(db.document(path), account_fields(account))
    write_summary(batch, db, account.user_id, account.platform, {account.account_id: account})


def write_summary(
    batch: Any,
    db: firestore.Client,
    user_id: str,
    platform: str,
    accounts: Mapping[str, Account],
) -> None:
    """Add the summaries of some accounts to `batch`; those of others stay as they are."""
    summaries = {
        account_id: {
            "username": account.username,
            "displayName": account.display_name,
            "status": account.status,
            "endsAt": account.ends_at,
            "label": account.label,
        }
        for account_id, account in accounts.items()
    }
    reference = db.document(integration_path(user_id, platform))
    batch.set(reference, {"accounts": summaries}, merge=True)


def rename(db: firestore.Client, account: Account, username: str, display_name: str) -> None:
    """Store the account's current names. Raises PreconditionFailed, StoreUnavailable."""
    names = {"username": username, "displayName": display_name}
    owner = (account.user_id, account.platform, account.account_id)
    batch = Batch(db)
    batch.update(db.document(account_path(*owner)), names)
    summary = {db.field_path("accounts", account.account_id, name): names[name] for name in names}
    reference = db.document(integration_path(account.user_id, account.platform))
    batch.update(reference, summary)
    # Written again, it says the same.
    commit(batch, landed=lambda: False)


def make_default(db: firestore.Client, user_id: str, platform: str, account_id: str) -> None:
    """Let the platform's name alone mean this account."""
    reference = db.document(integration_path(user_id, platform))
    reference.update({"defaultAccountId": account_id})
