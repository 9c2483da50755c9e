"""Soku's batch builds the writes that the client's own batch builds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.run import RunStatus
from shared.gcp.messages import REMOVED, Batch, decoded
from tests.extent import of

pytestmark = pytest.mark.slow

DB = firestore.Client(project="demo-batch", credentials=AnonymousCredentials())
REFERENCE = DB.document("users/u1/runs/x:a1")
EXAMPLES = settings(
    max_examples=of(40, 400),
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
VERSION = DB.write_option(last_update_time=datetime(2026, 11, 1, 12, 30, 15, 123456, UTC))

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.sampled_from(RunStatus),
    st.datetimes(timezones=st.just(UTC)),
)
NAMES = st.one_of(st.sampled_from(["text", "a.b", "x:a1", "`", "\\", "1st"]), st.text(min_size=1))
FIELDS = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(SCALARS),
            st.lists(st.dictionaries(NAMES, inner)),
            st.dictionaries(NAMES, inner),
        ),
        max_leaves=8,
    ),
)
CHANGES = st.one_of(
    SCALARS,
    st.just(REMOVED),
    st.integers(-5, 5).map(firestore.Increment),
    st.integers(-5, 5).map(firestore.Minimum),
)
MERGED = st.dictionaries(
    NAMES, st.one_of(CHANGES, st.dictionaries(NAMES, CHANGES), FIELDS), min_size=1
)


def _writes(batch: Any) -> list[str]:
    """Canonical: a merge is the same in whatever order it names its fields."""
    for write in batch._write_pbs:
        write._pb.update_mask.field_paths.sort()
        write._pb.update_transforms.sort(key=lambda transform: transform.field_path)
    return [str(write._pb.SerializeToString(deterministic=True)) for write in batch._write_pbs]


def _both() -> tuple[Batch, firestore.WriteBatch]:
    return Batch(DB), DB.batch()


@pytest.mark.full
@EXAMPLES
@given(FIELDS)
def test_a_document_is_created_as_the_client_creates_it(fields: dict[str, Any]) -> None:
    ours, theirs = _both()
    ours.create(REFERENCE, fields)
    theirs.create(REFERENCE, fields)
    ours.set(REFERENCE, fields)
    theirs.set(REFERENCE, fields)
    assert _writes(ours) == _writes(theirs)


@pytest.mark.full
@EXAMPLES
@given(MERGED)
def test_fields_are_merged_as_the_client_merges_them(fields: dict[str, Any]) -> None:
    ours, theirs = _both()
    ours.set(REFERENCE, fields, merge=True)
    theirs.set(REFERENCE, fields, merge=True)
    assert _writes(ours) == _writes(theirs)


@pytest.mark.full
@EXAMPLES
@given(
    st.dictionaries(NAMES, st.one_of(CHANGES, FIELDS), min_size=1),
    st.lists(NAMES, max_size=2),
    st.sampled_from([None, VERSION]),
)
def test_a_document_is_updated_as_the_client_updates_it(
    fields: dict[str, Any], parents: list[str], option: Any
) -> None:
    changes = {DB.field_path(*parents, name): value for name, value in fields.items()}
    ours, theirs = _both()
    ours.update(REFERENCE, changes, option=option)
    theirs.update(REFERENCE, changes, option=option)
    assert _writes(ours) == _writes(theirs)


def test_a_document_is_deleted_as_the_client_deletes_it() -> None:
    ours, theirs = _both()
    ours.delete(REFERENCE, option=VERSION)
    theirs.delete(REFERENCE, option=VERSION)
    assert _writes(ours) == _writes(theirs)


@pytest.mark.parametrize(
    "value", [object(), 2**63, "half \ud83d", {"deep": [{"deeper": object()}]}, {1: "a number"}]
)
def test_what_cannot_be_stored_is_refused_before_anything_is_sent(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Batch(DB).create(REFERENCE, {"field": value})
    with pytest.raises((TypeError, ValueError)):
        Batch(DB).update(REFERENCE, {"field": value})


@pytest.mark.full
@EXAMPLES
@given(FIELDS)
def test_a_stored_document_is_read_as_it_was_written(fields: dict[str, Any]) -> None:
    batch = Batch(DB)
    batch.create(REFERENCE, fields)
    assert decoded(batch._write_pbs[0]._pb.update.fields) == fields
