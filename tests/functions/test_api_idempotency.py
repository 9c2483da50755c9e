"""Idempotency: one key is one post, however often it is sent."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post

REPLAYED = "Idempotent-Replayed"


def _replays(api: ApiClient, body: Any, first: str, **headers: str) -> bool:
    """Whether `body` returns the post `first` as a replay; otherwise it must be a new post."""
    answer = api.send(body, **headers)
    assert answer.status_code == 201, answer.text
    assert list(answer.json) == ["postSubmissionId"]
    is_same = answer.json["postSubmissionId"] == first
    assert answer.headers.get(REPLAYED) == ("true" if is_same else None)
    return is_same


@pytest.mark.parametrize("headers", [{"Idempotency_Key": "one"}, {}])
def test_the_same_request_again_is_the_same_post(api: ApiClient, headers: dict[str, str]) -> None:
    first = api.accept(post(), **headers)
    for _ in range(3):
        assert _replays(api, post(), first, **headers)
    assert [submission["id"] for submission in api.submissions()] == [first]
    assert api.tasks() == [{"submissionId": first, "generation": 1}]
    [record] = api.records()
    assert record.get("postSubmissionId") == first


@pytest.mark.parametrize("headers", [{"Idempotency_Key": "one"}, {}])
def test_the_order_of_names_and_white_space_do_not_matter(
    api: ApiClient, headers: dict[str, str]
) -> None:
    first = api.accept({**post("é"), "scheduledTime": None}, **headers)
    content = {"platform": "x", "text": "é"}
    body = {"scheduledTime": None, "post": {"content": content}}
    spelled = json.dumps(body, indent=3, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = api.send_bytes(b"\n " + spelled + b"\r\n", headers=named)
    assert answer.json == {"postSubmissionId": first}
    assert answer.headers[REPLAYED] == "true"


@pytest.mark.parametrize(
    "changed",
    [post("hello"), post("Hello "), post(platform=["x"]), post(draft=False), post(platform="y")],
)
def test_the_same_key_with_another_body_is_a_conflict(
    api: ApiClient, changed: dict[str, Any]
) -> None:
    first = api.accept(post(), Idempotency_Key="one")
    answer = api.send(changed, Idempotency_Key="one")
    if changed == post(platform="y"):
        assert faults_of(answer), "a malformed body is told as such first"
    else:
        error = error_of(answer, 409, "idempotency_conflict")
        assert error["details"] == {"postSubmissionId": first}
    assert len(api.submissions()) == len(api.tasks()) == 1
    assert _replays(api, post(), first, Idempotency_Key="one")


def test_a_replay_is_answered_before_time_and_accounts_are_checked(api: ApiClient) -> None:
    soon = (clock.now() + timedelta(minutes=5)).isoformat()
    body = post(scheduledTime=soon)
    first = api.accept(body, Idempotency_Key="one")
    api.world.advance(timedelta(minutes=10))
    api.world.parts.db.document(f"users/{api.user_id}/integrations/x").delete()
    assert _replays(api, body, first, Idempotency_Key="one")
    answer = api.send(post(platform="threads", scheduledTime=soon), Idempotency_Key="two")
    assert faults_of(answer) == [("scheduledTime", None, "too_soon")]


def test_other_text_is_another_post_without_a_key(api: ApiClient) -> None:
    first = api.accept(post("one"))
    assert not _replays(api, post("two"), first)
    assert len(api.submissions()) == len(api.tasks()) == 2


def test_two_users_with_the_same_key_have_two_posts(api: ApiClient) -> None:
    other = api.another_user()
    for headers in ({"Idempotency_Key": "one"}, {}):
        first = api.accept(post(str(headers)), **headers)
        assert not _replays(other, post(str(headers)), first, **headers)
    assert len(api.submissions()) == len(other.submissions()) == 2


def test_all_keys_of_a_user_share_the_users_idempotency(api: ApiClient) -> None:
    first = api.accept(post(), Idempotency_Key="one")
    api.key = api.new_key()
    assert _replays(api, post(), first, Idempotency_Key="one")


def test_a_sent_key_and_a_derived_one_are_two_posts(api: ApiClient) -> None:
    first = api.accept(post())
    assert not _replays(api, post(), first, Idempotency_Key="one")


@pytest.mark.parametrize("key", ["a", "~" * 255, " ", 'a "b" {c} /d/'])
def test_a_key_of_1_to_255_printable_characters_is_accepted(api: ApiClient, key: str) -> None:
    answers = [_send_raw(api, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "a\x00b", "\x7f", "\x1f", "é", "a\x80"])
def test_any_other_key_is_refused(api: ApiClient, key: str) -> None:
    assert faults_of(_send_raw(api, key)) == [("Idempotency-Key", None, "invalid")]
    assert api.stored_nothing()


def _send_raw(api: ApiClient, key: str) -> Any:
    body = json.dumps(post()).encode()
    return api.send_bytes(body, environ={"HTTP_IDEMPOTENCY_KEY": key})


@pytest.mark.parametrize(
    "refused",
    [
        {},
        post(platform="tiktok"),
        post(platform={"platform": "x", "accountId": "nobody"}),
        post("a" * 281),
        post(scheduledTime="2020-01-01T00:00:00Z"),
    ],
)
def test_a_4xx_is_not_remembered(api: ApiClient, refused: dict[str, Any]) -> None:
    assert api.send(refused, Idempotency_Key="one").status_code == 400
    assert api.stored_nothing()
    first = api.accept(post(), Idempotency_Key="one")
    assert _replays(api, post(), first, Idempotency_Key="one")


def test_a_403_is_not_remembered(api: ApiClient) -> None:
    api.world.add_user(api.user_id, status="canceled")
    error_of(api.send(post(), Idempotency_Key="one"), 403, "forbidden")
    api.world.add_user(api.user_id)
    first = api.accept(post(), Idempotency_Key="one")
    assert _replays(api, post(), first, Idempotency_Key="one")


@pytest.mark.parametrize(("headers", "hours"), [({"Idempotency_Key": "one"}, 24), ({}, 23)])
def test_a_key_is_stored_for_24_hours_and_a_derived_one_for_less(
    api: ApiClient, headers: dict[str, str], hours: int
) -> None:
    first = api.accept(post(), **headers)
    api.world.advance(timedelta(hours=hours - 1, minutes=59))
    assert _replays(api, post(), first, **headers)


def test_the_same_body_on_the_next_day_is_a_new_post_although_it_is_sent_a_little_earlier(
    api: ApiClient,
) -> None:
    first = api.accept(post())
    api.world.advance(timedelta(hours=23, minutes=55))
    assert not _replays(api, post(), first)


@pytest.mark.parametrize(("headers", "hours"), [({"Idempotency_Key": "one"}, 24), ({}, 23)])
def test_an_expired_record_counts_as_gone_although_it_is_still_there(
    api: ApiClient, headers: dict[str, str], hours: int
) -> None:
    first = api.accept(post(), **headers)
    api.world.advance(timedelta(hours=24, seconds=1))
    assert len(api.records()) == 1
    assert not _replays(api, post(), first, **headers)
    [record] = api.records()
    second = record.get("postSubmissionId")
    assert second != first
    assert record.get("expiresAt") > clock.now() + timedelta(hours=hours - 1, minutes=59)
    assert _replays(api, post(), second, **headers)
    assert len(api.submissions()) == len(api.tasks()) == 2


def test_an_expired_key_is_free_for_another_body(api: ApiClient) -> None:
    first = api.accept(post(), Idempotency_Key="one")
    api.world.advance(timedelta(hours=24, seconds=1))
    assert not _replays(api, post("another"), first, Idempotency_Key="one")


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_derived_key_is_free_again_after_its_post_is_over_and_a_sent_one_is_not(
    api: ApiClient, status: str
) -> None:
    derived, sent = api.accept(post()), api.accept(post(), Idempotency_Key="one")
    for post_id in (derived, sent):
        api.world.parts.db.document(f"postSubmissions/{post_id}").update({"status": status})
    assert not _replays(api, post(), derived)
    assert _replays(api, post(), sent, Idempotency_Key="one")
    assert len(api.submissions()) == len(api.tasks()) == 3


@pytest.mark.parametrize(
    "status", ["orchestrating", "dispatched", "succeeded", "partially_failed", "unconfirmed"]
)
def test_a_derived_key_holds_while_its_post_lives_or_may_be_visible(
    api: ApiClient, status: str
) -> None:
    first = api.accept(post())
    api.world.parts.db.document(f"postSubmissions/{first}").update({"status": status})
    assert _replays(api, post(), first)


def test_a_derived_key_is_free_again_after_its_post_was_deleted(api: ApiClient) -> None:
    first = api.accept(post())
    api.world.parts.db.document(f"postSubmissions/{first}").delete()
    assert not _replays(api, post(), first)


def test_a_replay_reaches_the_platform_only_once(api: ApiClient) -> None:
    first = api.accept(post("only once"), Idempotency_Key="one")
    api.world.deliver_due()
    assert _replays(api, post("only once"), first, Idempotency_Key="one")
    api.world.deliver_due()
    assert api.world.visible("x") == ["only once"]


def test_get_ignores_the_key(api: ApiClient) -> None:
    first = api.accept(post(), Idempotency_Key="one")
    answer = api.call("GET", f"{POSTS}/{first}", headers={"Idempotency-Key": "one"})
    assert answer.status_code == 200
    assert REPLAYED not in answer.headers
