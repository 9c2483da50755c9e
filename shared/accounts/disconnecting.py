"""Disconnecting an account: nothing can act for it from the commit on."""

from collections.abc import Mapping
from typing import Any

from shared import clock
from shared.accounts.leaving import leave_grant
from shared.domain.accounts import Account
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp.accounts import (
    account_from,
    account_path,
    integration_from,
    integration_path,
    own_token_path,
)
from shared.gcp.collecting import INBOX, METRICS, note_due
from shared.gcp.firestore import commit, document, read_all, retry_conflicts
from shared.gcp.grants import path_of
from shared.gcp.messages import REMOVED, Batch
from shared.platforms import registry
from shared.wiring import Parts


def disconnect(user_id: str, platform: str, account_id: str, parts: Parts) -> None:
    """Remove an account and its tokens; its id stays reserved for the same account.

    The platform is asked later to end the authorization, if no other account uses it. Raises
    ApiError not_found, PreconditionFailed, StoreUnavailable.
    """
    path = account_path(user_id, platform, account_id)

    def read() -> Mapping[str, Any]:
        first = read_all(parts.db, [path, integration_path(user_id, platform)])
        account = account_from(first[path], user_id)
        if account is None:
            raise account_not_found(platform, account_id)
        return {**first, **read_all(parts.db, [path_of(account)])}

    def change(snapshots: Mapping[str, Any]) -> None:
        account = account_from(snapshots[path], user_id)
        if account is not None:
            _remove(account, snapshots, parts)

    retry_conflicts(path, read, change)


def account_not_found(platform: str, account_id: str) -> ApiError:
    name = registry.display_name(platform) if platform in registry.names() else platform[:100]
    return ApiError(ErrorCode.NOT_FOUND, f"{name} account {account_id[:100]} not found.")


def _remove(account: Account, snapshots: Mapping[str, Any], parts: Parts) -> None:
    db, owner = parts.db, (account.user_id, account.platform, account.account_id)
    summary = snapshots[integration_path(account.user_id, account.platform)]
    integration = integration_from(summary)
    batch = Batch(db)
    own = snapshots[account_path(*owner)]
    batch.delete(own.reference, option=db.write_option(last_update_time=own.update_time))
    if account.has_own_token:
        batch.delete(db.document(own_token_path(*owner)))
    fields = {db.field_path("accounts", account.account_id): REMOVED}
    if integration is not None and integration.default_account_id == account.account_id:
        fields["defaultAccountId"] = REMOVED
    if document(summary) is not None:
        batch.update(summary.reference, fields)
    leave_grant(batch, db, snapshots[path_of(account)], {account.account_id})
    # The collector removes what may not be kept any longer.
    note_due(batch, db, account, METRICS, clock.now())
    if registry.shows_comments(account.platform):
        note_due(batch, db, account, INBOX, clock.now())
    commit(batch, landed=lambda: not read_all(db, [own.path])[own.path].exists)
