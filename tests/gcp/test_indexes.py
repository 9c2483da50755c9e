"""firestore.indexes.json has exactly the indexes that the queries need."""

import copy
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.history import Sort
from shared.domain.inbox import State
from shared.domain.media import MediaAsset
from shared.domain.run import Deletion, DeletionStatus, Run
from shared.domain.submission import Submission
from shared.gcp import health, media, runs
from shared.gcp.accounts import reserved_id
from shared.gcp.api_keys import ApiKeys
from shared.gcp.cipher import TokenCipher, new_keyset
from shared.gcp.connections import choosing_of, has_offer
from shared.gcp.deletions import due_deletions
from shared.gcp.firestore import query_all
from shared.gcp.grants import grants_of_person, has_grant
from shared.gcp.history import Position, Selection, count, select
from shared.gcp.inbox import (
    InboxSelection,
    answers_to,
    count_unread,
    forget_items,
    items_of_post,
    select_items,
)
from shared.gcp.owned import GROUPS, all_owned, owned_names
from shared.gcp.readings import forget_days, runs_to_read
from shared.gcp.replies import replies_to
from shared.gcp.request_log import requests_of
from shared.gcp.resealing import Resealing
from shared.gcp.runs import Woken, run_fields
from shared.gcp.sessions import sessions_of
from shared.gcp.submissions import submission_fields, summary_of
from shared.gcp.users import ids_of_email
from tests.domain.examples import ERROR, a_run, a_submission
from tests.firestore_indexes import FILE, Index, Indexes, enforce

CONTENT: dict[str, Any] = json.loads(FILE.read_text())
NOW = datetime(2030, 1, 1, tzinfo=UTC)
PICTURE = MediaAsset("i", "https://e.com/i.jpg", "image/jpeg", 1000, "00", 1000, 500)


def _ask_everything(db: firestore.Client) -> None:
    """Every query in the code."""
    after = Position(NOW, "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11")
    for sort, phases, term, moment in itertools.product(
        Sort, (None, ("failed", "partially_failed")), (None, "coffee", "東京"), (None, NOW)
    ):
        selection = Selection("ann", sort, phases, term, moment, moment)
        select(db, selection, after, 20)
        count(db, selection, 1000)
    runs.attempts_of(db, "s1", "ann")
    runs.rivals_of(db, a_run(external_id="2244"))
    runs.due(db, Woken.RUNS, NOW, 10, platform="x")
    runs.runs_of(db, "s1")
    runs.unconfirmed(db, 10)
    for group in ("grants", "private"):
        Resealing(db, TokenCipher(new_keyset())).page(group, after=None)
    grants_of_person(db, "facebook", "77")
    for name in ("connections", *GROUPS):
        owned_names(db, name, "ann")
    list(all_owned(db, "connections", "ann"))
    due_deletions(db, 10)
    keys = ApiKeys(db)
    keys.found_by("userId", "ann")
    keys.not_revoked("ann")
    keys.found_by("preview", "sk_live_abcd…efgh")
    for group in Woken:
        runs.due(db, group, NOW, 10)
    media.due(db, NOW, 10)
    media.newest(db, "ann", media.Position(NOW, "m1"), 10)
    media.stored_bytes(db, "ann")
    query_all(media.posts_with(db, "ann", ["m1", "m2"]))
    health.counts_since(db, 29_000_000)
    requests_of(db, "ann", (NOW, "line"), 10)
    choosing_of(db, "ann")
    has_offer(db, "x", "profile", "77")
    has_grant(db, "ann", "x")
    sessions_of(db, "ann", 10)
    runs_to_read(db, a_run(), 10)
    forget_days(db, a_run(), NOW)
    for chosen in (
        InboxSelection("ann"),
        InboxSelection("ann", "s1"),
        InboxSelection("ann", states=(State.DONE,)),
        InboxSelection("ann", states=(State.UNREAD, State.READ)),
    ):
        select_items(db, chosen, (NOW, "i1"), 10)
    count_unread(db, "ann", 100)
    items_of_post(db, a_run(), "p1", 10)
    answers_to(db, a_run(), "c1", 10)
    forget_items(db, a_run())
    replies_to(db, "ann", "i1")
    reserved_id(db, "ann", "x", ["x_ann"])
    ids_of_email(db, "ann@example.com")


@pytest.mark.full
def test_every_query_has_its_index(db: firestore.Client) -> None:
    seen: set[Index] = set()
    indexes = Indexes(CONTENT)
    with enforce(indexes, seen):
        _ask_everything(db)
    composite = [index for index in seen if index.is_composite and not indexes.is_merged(index)]
    assert len(composite) == len(CONTENT["indexes"])


@pytest.mark.full
@pytest.mark.parametrize("position", range(len(CONTENT["indexes"])))
def test_without_any_one_composite_index_a_query_fails(db: firestore.Client, position: int) -> None:
    fewer = copy.deepcopy(CONTENT)
    del fewer["indexes"][position]
    with enforce(Indexes(fewer)), pytest.raises(FailedPrecondition):
        _ask_everything(db)


@pytest.mark.full
@pytest.mark.parametrize(
    "position",
    [
        position
        for position, field in enumerate(CONTENT["fieldOverrides"])
        # The others only leave out an index that every field has by itself.
        if any(index["queryScope"] == "COLLECTION_GROUP" for index in field["indexes"])
    ],
)
def test_without_an_index_of_its_own_for_a_group_a_query_fails(
    db: firestore.Client, position: int
) -> None:
    fewer = copy.deepcopy(CONTENT)
    del fewer["fieldOverrides"][position]
    with enforce(Indexes(fewer)), pytest.raises(FailedPrecondition):
        _ask_everything(db)


_Ask = Callable[[Any], Any]


@pytest.mark.parametrize(
    "ask",
    [
        lambda posts: posts.where(filter=FieldFilter("request", "==", "x")),
        lambda posts: posts.order_by("createdAt"),
        lambda posts: posts.where(filter=FieldFilter("userId", "==", "ann")).order_by("updatedAt"),
        lambda posts: posts.where(filter=FieldFilter("userId", "==", "ann")).order_by(
            "plannedAt", direction="DESCENDING"
        ),
        lambda posts: (
            posts.where(filter=FieldFilter("userId", "==", "ann"))
            .order_by("listedAt")
            .order_by("__name__", direction="DESCENDING")
        ),
    ],
    ids=["an exempt field", "an exempt order", "another order", "another direction", "mixed"],
)
def test_a_query_without_an_index_fails_in_every_test(db: firestore.Client, ask: _Ask) -> None:
    """As in production: the emulator itself needs no index."""
    with pytest.raises(FailedPrecondition):
        list(ask(db.collection("postSubmissions")).stream())


def test_large_fields_and_fields_that_increase_with_time_are_not_indexed() -> None:
    """Each index entry costs on every write; on increasing values, 500 writes a second."""
    moments = dict.fromkeys(_times_of(Submission), NOW)
    submission = replace(
        a_submission(),
        text="A caption",
        media=(PICTURE,),
        runs={"x": summary_of(a_run())},
        **moments,
    )
    deletion = Deletion(DeletionStatus.PENDING, NOW)
    run = replace(
        a_run(),
        checkpoint={"id": "1"},
        error=ERROR,
        deletion=deletion,
        **dict.fromkeys(_times_of(Run), NOW),
    )
    # What is searched by its entries, and the fields that the sweeper queries.
    needed = {
        ("postSubmissions", "found"),
        ("postSubmissions", "mediaIds"),
        ("postSubmissions", "wakeAt"),
        ("runs", "wakeAt"),
    }
    exempt = {
        (field["collectionGroup"], field["fieldPath"])
        for field in CONTENT["fieldOverrides"]
        if not field["indexes"]
    }
    # One that was taken down is in no list, and has no fields to be found by.
    listed = replace(submission, deleted_at=None)
    for collection, fields in (
        ("postSubmissions", submission_fields(submission) | submission_fields(listed)),
        ("runs", run_fields(run)),
    ):
        for name, value in fields.items():
            if isinstance(value, datetime | dict | list) or name == "text":
                assert (collection, name) in exempt | needed, name


def _times_of(kind: type) -> list[str]:
    return [name for name, of in get_type_hints(kind).items() if datetime in (of, *get_args(of))]
