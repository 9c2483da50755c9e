"""Grants: only one task may refresh, new tokens replace the old ones, and accounts end together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import firestore

from local.tasks_emulator.clock_file import ClockFile
from shared import clock
from shared.domain.accounts import Account, AccountStatus, Credential, Tokens
from shared.gcp import sealed_tokens
from shared.gcp.accounts import (
    account_from,
    account_path,
    integration_from,
    integration_path,
    write_account,
)
from shared.gcp.cipher import CannotOpen, TokenCipher, new_keyset
from shared.gcp.firestore import read_all
from shared.gcp.grants import (
    Grants,
    RefreshLease,
    credential_paths,
    grant_fields,
    grant_from,
    path_of,
    write_connected,
)
from shared.gcp.messages import Batch
from tests.conftest import _CLOCK
from tests.gcp.outboxes import outbox

CIPHER = TokenCipher(new_keyset())
ACCOUNT = Account("ann", "x", "x_ann", "77", "ann")


@pytest.fixture
def grants(db: firestore.Client) -> Grants:
    return Grants(db, outbox(db), lambda: CIPHER)


@pytest.fixture
def account(db: firestore.Client) -> Account:
    batch = Batch(db)
    account = write_connected(batch, db, ACCOUNT, Tokens("a1", "r1"), CIPHER)
    batch.commit()
    return account


def _credential(db: firestore.Client, grants: Grants, account: Account) -> Credential:
    credential = grants.credential_from(read_all(db, credential_paths(account)), account)
    assert credential is not None
    return credential


def _lease(grants: Grants, account: Account, refused: int = 1) -> RefreshLease:
    lease = grants.lease_refresh(account, refused=refused)
    assert isinstance(lease, RefreshLease)
    return lease


def _stored(db: firestore.Client, account_id: str) -> Account:
    account = account_from(db.document(account_path("ann", "x", account_id)).get(), "ann")
    assert account is not None
    return account


def _sibling(db: firestore.Client, account: Account, account_id: str) -> Account:
    """One more account of the same grant."""
    sibling = replace(account, account_id=account_id, external_id=f"id-of-{account_id}")
    batch = Batch(db)
    write_account(batch, db, sibling)
    reference = db.document(path_of(account))
    batch.update(reference, {"accountIds": [account.account_id, account_id]})
    batch.commit()
    return sibling


def test_a_connected_account_has_its_tokens_and_stands_in_the_summary(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    assert _stored(db, "x_ann") == account
    assert _credential(db, grants, account) == Credential(Tokens("a1", "r1"), 1)
    integration = integration_from(db.document(integration_path("ann", "x")).get())
    assert integration is not None
    assert integration.accounts["x_ann"].status is AccountStatus.CONNECTED
    assert b"a1" not in db.document(path_of(account)).get().get("sealedAccess")


@pytest.mark.parametrize("moved", ["user", "platform", "grant", "field"])
def test_a_token_that_was_copied_elsewhere_cannot_be_decrypted(
    db: firestore.Client, grants: Grants, account: Account, moved: str
) -> None:
    stored = grant_from(db.document(path_of(account)).get())
    assert stored is not None
    stolen = stored
    thief = account
    match moved:
        case "user":
            stolen, thief = replace(stored, user_id="bob"), replace(account, user_id="bob")
        case "platform":
            stolen, thief = (
                replace(stored, platform="threads"),
                replace(account, platform="threads"),
            )
        case "grant":
            stolen, thief = replace(stored, grant_id="other"), replace(account, grant_id="other")
        case "field":
            tokens = replace(stored.tokens, access=stored.tokens.refresh)
            stolen = replace(stored, tokens=tokens)
    db.document(path_of(thief)).set(grant_fields(stolen))
    with pytest.raises(CannotOpen):
        _credential(db, grants, thief)


def test_an_account_with_a_token_of_its_own_acts_with_that(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    page = replace(account, has_own_token=True)
    assert grants.credential_from(read_all(db, credential_paths(page)), page) is None
    sealed = sealed_tokens.sealed_own_token("page-token", CIPHER, "ann", "x", "x_ann")
    db.document(credential_paths(page)[1]).set({"sealed": sealed})
    assert _credential(db, grants, page) == Credential(Tokens("page-token"), 1)


def test_of_many_tasks_at_once_one_may_refresh(grants: Grants, account: Account) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: grants.lease_refresh(account, refused=1), range(8)))
    leases = [lease for lease in got if isinstance(lease, RefreshLease)]
    assert len(leases) == 1
    assert got.count(None) == 7
    assert leases[0].credential == Credential(Tokens("a1", "r1"), 1)


def test_two_accounts_of_a_grant_share_its_lease_and_its_new_tokens(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    sibling = _sibling(db, account, "x_brand")
    lease = _lease(grants, account)
    assert grants.lease_refresh(sibling, refused=1) is None
    grants.complete_refresh(lease, Tokens("a2", "r2"))
    assert grants.lease_refresh(sibling, refused=1) == Credential(Tokens("a2", "r2"), 2)


def test_new_tokens_replace_the_old_ones_and_release_the_lease(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    now = clock.now()
    tokens = Tokens("a2", "r2", now + timedelta(hours=2), now + timedelta(days=180))
    renewed = grants.complete_refresh(_lease(grants, account), tokens)
    assert renewed == Credential(tokens, 2)
    assert _credential(db, grants, account) == renewed
    assert grants.lease_refresh(account, refused=2)


def test_a_refresh_never_overwrites_a_reconnection(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    lease = _lease(grants, account)
    stored = grant_from(db.document(path_of(account)).get())
    assert stored is not None
    tokens = sealed_tokens.sealed(Tokens("new", "new-r"), CIPHER, *stored.owner)
    db.document(path_of(account)).set(grant_fields(replace(stored, tokens=tokens, version=2)))
    current = Credential(Tokens("new", "new-r"), 2)
    assert grants.complete_refresh(lease, Tokens("late", "late-r")) == current
    assert _credential(db, grants, account) == current


def test_a_refresh_after_another_one_returns_its_tokens(grants: Grants, account: Account) -> None:
    renewed = grants.complete_refresh(_lease(grants, account), Tokens("a2", "r2"))
    assert grants.lease_refresh(account, refused=1) == renewed


def test_a_released_lease_can_be_acquired_at_once(grants: Grants, account: Account) -> None:
    lease = _lease(grants, account)
    assert grants.lease_refresh(account, refused=1) is None
    grants.release_refresh(lease)
    assert _lease(grants, account).owner != lease.owner


def test_a_lease_whose_holder_died_expires_after_a_minute(grants: Grants, account: Account) -> None:
    lease = _lease(grants, account)
    ClockFile(_CLOCK).advance(59)
    assert grants.lease_refresh(account, refused=1) is None
    ClockFile(_CLOCK).advance(2)
    assert _lease(grants, account).owner != lease.owner


def test_an_account_without_tokens_has_no_lease(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    db.document(path_of(account)).delete()
    assert grants.lease_refresh(account, refused=1) is None


def test_an_ended_authorization_shows_in_every_account_of_the_grant(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    _sibling(db, account, "x_brand")
    grants.require_reconnect(account, 1, "The authorization has ended.")
    integration = integration_from(db.document(integration_path("ann", "x")).get())
    assert integration is not None
    for account_id in ("x_ann", "x_brand"):
        stored = _stored(db, account_id)
        assert stored.status is AccountStatus.RECONNECT_REQUIRED
        assert stored.status_reason == "The authorization has ended."
        assert integration.accounts[account_id].status is AccountStatus.RECONNECT_REQUIRED


def test_a_refused_token_of_one_page_ends_only_that_page(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    sibling = _sibling(db, account, "x_brand")
    batch = Batch(db)
    write_account(batch, db, replace(sibling, has_own_token=True))
    batch.commit()
    grants.require_reconnect(sibling, 1, "The authorization has ended.")
    assert _stored(db, "x_brand").status is AccountStatus.RECONNECT_REQUIRED
    assert _stored(db, "x_ann").status is AccountStatus.CONNECTED


def test_a_refusal_of_older_tokens_does_not_end_a_newer_authorization(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    grants.complete_refresh(_lease(grants, account), Tokens("a2", "r2"))
    grants.require_reconnect(account, 1, "The authorization has ended.")
    assert _stored(db, "x_ann").status is AccountStatus.CONNECTED


def test_tokens_of_a_grant_that_was_disconnected_meanwhile_are_not_stored(
    db: firestore.Client, grants: Grants, account: Account
) -> None:
    lease = _lease(grants, account)
    db.document(path_of(account)).delete()
    assert grants.complete_refresh(lease, Tokens("a2", "r2")) is None
    grants.release_refresh(lease)
    assert not db.document(path_of(account)).get().exists


def test_a_lease_that_is_over_does_not_release_the_next_one(
    grants: Grants, account: Account
) -> None:
    late = _lease(grants, account)
    ClockFile(_CLOCK).advance(61)
    _lease(grants, account)
    grants.release_refresh(late)
    assert grants.lease_refresh(account, refused=1) is None
