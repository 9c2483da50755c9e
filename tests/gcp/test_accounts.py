"""Accounts: only one task may refresh, and new tokens replace the old ones."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from google.cloud import firestore

from local.tasks_emulator.clock_file import ClockFile
from shared import clock
from shared.domain.accounts import Account, AccountStatus, Credential, Tokens
from shared.gcp.accounts import (
    Accounts,
    RefreshLease,
    account_from,
    account_path,
    credential_path,
    integration_from,
    integration_path,
)
from shared.gcp.cipher import CannotOpen, TokenCipher, new_keyset
from tests.conftest import _CLOCK

ACCOUNT = Account("ann", "x", "x_ann", "77", "ann", scopes=("tweet.write",))
IDS = ("ann", "x", "x_ann")


@pytest.fixture
def accounts(db: firestore.Client) -> Accounts:
    cipher = TokenCipher(new_keyset())
    accounts = Accounts(db, lambda: cipher)
    accounts.connect(ACCOUNT, Tokens("a1", "r1"))
    return accounts


def _credential(db: firestore.Client, accounts: Accounts) -> Credential:
    found = accounts.credential_from(db.document(credential_path(*IDS)).get(), ACCOUNT)
    assert found is not None
    return found


def _lease(accounts: Accounts, refused: int = 1) -> RefreshLease:
    lease = accounts.lease_refresh(ACCOUNT, refused=refused)
    assert isinstance(lease, RefreshLease)
    return lease


def test_connecting_writes_the_account_the_tokens_and_the_summary(
    db: firestore.Client, accounts: Accounts
) -> None:
    assert account_from(db.document(account_path(*IDS)).get(), "ann") == ACCOUNT
    assert _credential(db, accounts) == Credential(Tokens("a1", "r1"), 1)
    integration = integration_from(db.document(integration_path("ann", "x")).get())
    assert integration is not None
    assert integration.accounts["x_ann"].status is AccountStatus.CONNECTED
    sealed = db.document(credential_path(*IDS)).get().get("sealed")
    assert b"refreshToken" not in sealed


def test_a_credential_that_was_copied_to_another_account_cannot_be_decrypted(
    db: firestore.Client, accounts: Accounts
) -> None:
    stolen = db.document(credential_path(*IDS)).get().to_dict()
    other = Account("bob", "x", "x_bob", "78", "bob")
    db.document(credential_path("bob", "x", "x_bob")).set(stolen)
    copied = db.document(credential_path("bob", "x", "x_bob")).get()
    with pytest.raises(CannotOpen):
        accounts.credential_from(copied, other)


def test_of_many_tasks_at_once_one_may_refresh(db: firestore.Client, accounts: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: accounts.lease_refresh(ACCOUNT, refused=1), range(8)))
    leases = [found for found in got if isinstance(found, RefreshLease)]
    assert len(leases) == 1
    assert got.count(None) == 7
    assert leases[0].credential == Credential(Tokens("a1", "r1"), 1)


def test_new_tokens_replace_the_old_ones_and_release_the_lease(
    db: firestore.Client, accounts: Accounts
) -> None:
    expires = clock.now() + timedelta(hours=2)
    renewed = accounts.complete_refresh(_lease(accounts), Tokens("a2", "r2", expires))
    assert renewed == Credential(Tokens("a2", "r2", expires), 2)
    assert _credential(db, accounts) == renewed
    account = account_from(db.document(account_path(*IDS)).get(), "ann")
    assert account is not None
    assert account.token_expires_at == expires
    assert accounts.lease_refresh(ACCOUNT, refused=2)


def test_a_refresh_after_another_one_returns_its_tokens(accounts: Accounts) -> None:
    renewed = accounts.complete_refresh(_lease(accounts), Tokens("a2", "r2"))
    assert accounts.lease_refresh(ACCOUNT, refused=1) == renewed


def test_a_released_lease_can_be_acquired_at_once(accounts: Accounts) -> None:
    lease = _lease(accounts)
    assert accounts.lease_refresh(ACCOUNT, refused=1) is None
    accounts.release_refresh(lease)
    assert _lease(accounts).owner != lease.owner


def test_a_lease_whose_holder_died_expires_after_a_minute(accounts: Accounts) -> None:
    lease = _lease(accounts)
    ClockFile(_CLOCK).advance(59)
    assert accounts.lease_refresh(ACCOUNT, refused=1) is None
    ClockFile(_CLOCK).advance(2)
    assert _lease(accounts).owner != lease.owner


def test_an_account_without_tokens_has_no_lease(db: firestore.Client, accounts: Accounts) -> None:
    db.document(credential_path(*IDS)).delete()
    assert accounts.lease_refresh(ACCOUNT, refused=1) is None


def test_an_ended_authorization_shows_in_the_account_and_in_the_summary(
    db: firestore.Client, accounts: Accounts
) -> None:
    accounts.require_reconnect(ACCOUNT)
    account = account_from(db.document(account_path(*IDS)).get(), "ann")
    assert account is not None
    assert account.status is AccountStatus.RECONNECT_REQUIRED
    integration = integration_from(db.document(integration_path("ann", "x")).get())
    assert integration is not None
    assert integration.accounts["x_ann"].status is AccountStatus.RECONNECT_REQUIRED
