"""firestore.rules on the emulator: owner, other user and signed out, for every collection."""

from collections.abc import Callable

import pytest
from google.cloud import firestore

from tests.gcp.rules_client import (
    EVERYTHING,
    HIDDEN,
    OTHER,
    OWNER,
    READABLE,
    Client,
    write_everything,
)

OWNED_BY_FIELD = [path for path in READABLE if path.startswith("postSubmissions")]
COLLECTIONS = sorted({path.split("/")[-2] for path in EVERYTHING})


@pytest.fixture
def as_user(db: firestore.Client, firestore_emulator: str) -> Callable[[str | None], Client]:
    write_everything(db)
    return lambda uid: Client(firestore_emulator, db.project, uid)


@pytest.mark.full
def test_the_owner_reads_the_owners_documents(as_user: Callable[[str | None], Client]) -> None:
    owner = as_user(OWNER)
    assert {path: owner.get(path) for path in READABLE} == dict.fromkeys(READABLE, 200)


@pytest.mark.parametrize("uid", [OTHER, None])
def test_no_other_user_reads_any_of_it(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.get(path) for path in EVERYTHING} == dict.fromkeys(EVERYTHING, 403)


@pytest.mark.full
@pytest.mark.parametrize("uid", [OWNER, OTHER, None])
def test_no_user_reads_credentials_keys_or_counters(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.get(path) for path in HIDDEN} == dict.fromkeys(HIDDEN, 403)
    assert {path: client.list(path) for path in HIDDEN} == dict.fromkeys(HIDDEN, 403)


def test_the_owner_lists_the_owners_documents(
    as_user: Callable[[str | None], Client],
) -> None:
    owner = as_user(OWNER)
    below = [path for path in READABLE if path.startswith("users/ann/")]
    assert {path: owner.list(path) for path in below} == dict.fromkeys(below, 200)
    assert owner.list("users/ann") == 403, "not the users"


@pytest.mark.parametrize("uid", [OTHER, None])
def test_no_other_user_lists_anything(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    assert {path: client.list(path) for path in EVERYTHING} == dict.fromkeys(EVERYTHING, 403)


@pytest.mark.parametrize("path", OWNED_BY_FIELD)
def test_users_list_only_their_own_submissions(
    as_user: Callable[[str | None], Client], path: str
) -> None:
    assert as_user(OWNER).query(path, OWNER) == 200
    assert as_user(OTHER).query(path, OTHER) == 200, "an empty list"
    assert as_user(OWNER).query(path, None) == 403
    assert as_user(OWNER).query(path, OTHER) == 403
    assert as_user(OTHER).query(path, OWNER) == 403
    assert as_user(None).query(path, OWNER) == 403


@pytest.mark.full
@pytest.mark.parametrize("uid", [OWNER, OTHER, None])
def test_no_user_queries_all_submissions_or_users(
    as_user: Callable[[str | None], Client], uid: str | None
) -> None:
    client = as_user(uid)
    for owner in (OWNER, None):
        answers = {name: client.query_group(name, owner) for name in COLLECTIONS}
        assert answers == dict.fromkeys(COLLECTIONS, 403)


@pytest.mark.parametrize("path", OWNED_BY_FIELD)
def test_a_missing_document_looks_like_another_users(
    as_user: Callable[[str | None], Client], path: str
) -> None:
    parent = path.rpartition("/")[0]
    assert as_user(OTHER).get(f"{parent}/nothing") == as_user(OTHER).get(path) == 403


@pytest.mark.parametrize("uid", [OWNER, OTHER, None])
@pytest.mark.parametrize("change", ["create", "update", "delete"])
def test_no_user_writes_anything(
    db: firestore.Client,
    as_user: Callable[[str | None], Client],
    uid: str | None,
    change: str,
) -> None:
    client = as_user(uid)
    answers = {path: getattr(client, change)(path) for path in EVERYTHING}
    assert answers == dict.fromkeys(EVERYTHING, 403)
    left = {path: db.document(path).get().to_dict() for path in EVERYTHING}
    assert left == EVERYTHING


def test_a_user_who_does_not_exist_yet_cannot_be_created(
    as_user: Callable[[str | None], Client],
) -> None:
    assert as_user(OTHER).update("users/bob") == 403
    assert as_user(OTHER).update("users/bob/subscription/current") == 403
