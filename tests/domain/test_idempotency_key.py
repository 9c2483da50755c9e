"""One key stands for one submission."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.idempotency import IdempotencyRecord, is_valid_key, key_for
from tests.domain.examples import NOW

BODY = {"post": {"content": {"text": "Hi", "platform": ["x"]}}}
KEY = {"user_id": "ann", "mode": "live", "sent": "k-1", "body": BODY}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize("key", ["a", "a" * 255, "with space", "~!@#$%^&*()", "0"])
def test_a_key_is_1_to_255_printable_ascii_characters(key: str) -> None:
    assert is_valid_key(key)


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\t", "line\n", "nul\0", "é", "\x7f", "漢"])
def test_other_keys_are_refused(key: str) -> None:
    assert not is_valid_key(key)


def test_the_same_key_of_the_same_user_finds_the_same_record() -> None:
    assert key_for(**KEY) == key_for(**KEY)
    assert key_for(**{**KEY, "body": {}}).record_id == key_for(**KEY).record_id


@pytest.mark.parametrize("other", [{"user_id": "bob"}, {"mode": "test"}, {"sent": "k-2"}])
def test_users_modes_and_keys_are_kept_apart(other: dict[str, str]) -> None:
    assert key_for(**{**KEY, **other}).record_id != key_for(**KEY).record_id


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    one = key_for(user_id="ann", mode="live", sent="x", body=BODY)
    two = key_for(user_id='ann", "live', mode="x", sent="", body=BODY)
    assert one.record_id != two.record_id


def test_a_key_that_reads_like_a_derived_one_is_not_it() -> None:
    derived = key_for(**{**KEY, "sent": None})
    assert derived.derived
    sent = key_for(**{**KEY, "sent": derived.fingerprint})
    assert not sent.derived
    assert sent.record_id != derived.record_id


def test_without_a_key_the_body_is_the_key() -> None:
    changed = {"post": {"content": {"text": "Hi!", "platform": ["x"]}}}
    derived = {**KEY, "sent": None}
    assert key_for(**derived).record_id == key_for(**derived).record_id
    assert key_for(**{**derived, "body": changed}).record_id != key_for(**derived).record_id


def test_a_changed_text_changes_the_fingerprint() -> None:
    changed = {"post": {"content": {"text": "Hi!", "platform": ["x"]}}}
    assert key_for(**{**KEY, "body": changed}).fingerprint != key_for(**KEY).fingerprint


@pytest.mark.full
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_order_of_fields_does_not_matter(body: dict[str, object]) -> None:
    turned = dict(reversed(list(body.items())))
    assert key_for(**{**KEY, "body": turned}) == key_for(**{**KEY, "body": body})


@pytest.mark.full
@given(st.lists(JSON, min_size=2, max_size=4, unique_by=repr))
def test_the_order_of_a_list_does_matter(values: list[object]) -> None:
    there, back = {"a": values}, {"a": values[::-1]}
    same = repr(values) == repr(values[::-1])
    fingerprints = {key_for(**{**KEY, "body": body}).fingerprint for body in (there, back)}
    assert (len(fingerprints) == 1) == same


def test_an_expired_record_no_longer_counts() -> None:
    record = IdempotencyRecord("f", "s1", NOW)
    assert not record.is_alive(NOW)
    assert record.is_alive(NOW - timedelta(microseconds=1))
