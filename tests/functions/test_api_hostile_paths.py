"""Hostile paths and queries."""

import pytest

from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post

UNKNOWN = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "tail",
    [
        "..",
        "../x",
        "%2e%2e/users",
        "..%2f..%2fapiKeys",
        "%00",
        "a%00b",
        "__x__",
        ".",
        "%ff%fe",
        "%0d%0aX-Evil: 1",
        "a" * 10_000,
        "not-a-uuid",
        UNKNOWN[:-1],
        UNKNOWN + "0",
        UNKNOWN.replace("-", ""),
        f"{{{UNKNOWN}}}",
        f"{UNKNOWN}/runs/x",
        f"{UNKNOWN}%2fruns%2fx",
        f"{UNKNOWN}/",
        "５50e8400-e29b-41d4-a716-446655440000",
        "<script>alert(1)</script>",
    ],
)
def test_an_id_that_is_not_a_uuid_is_404(api: ApiClient, tail: str) -> None:
    answer = api.call("GET", f"{POSTS}/{tail}")
    error_of(answer, 404, "not_found")
    assert "X-Evil" not in answer.headers


def test_a_post_that_does_not_exist_is_404(api: ApiClient) -> None:
    error = error_of(api.read(UNKNOWN), 404, "not_found")
    assert UNKNOWN in error["message"]


def test_another_users_post_is_404_like_one_that_does_not_exist(api: ApiClient) -> None:
    theirs = api.another_user().accept(post("theirs"))
    first = error_of(api.read(theirs), 404, "not_found")["message"]
    second = error_of(api.read(UNKNOWN), 404, "not_found")["message"]
    assert first.replace(theirs, "") == second.replace(UNKNOWN, "")


def test_an_id_in_capitals_is_the_same_id(api: ApiClient) -> None:
    mine = api.accept(post("mine"))
    assert api.read(mine.upper()).json["postSubmissionId"] == mine


@pytest.mark.parametrize(
    "wait", ["", "-1", "61", "1.5", "1e1", "soon", "60s", " 5", "0x10", "٣", "5%00", "9" * 5000]
)
def test_a_wait_that_is_not_a_number_up_to_60_is_refused(api: ApiClient, wait: str) -> None:
    mine = api.accept(post("mine"))
    answer = api.call("GET", f"{POSTS}/{mine}?wait={wait}")
    assert faults_of(answer) == [("wait", None, "invalid")]


def test_an_invalid_wait_reveals_nothing_about_another_users_post(api: ApiClient) -> None:
    theirs = api.another_user().accept(post("theirs"))
    error_of(api.read(theirs, "?wait=soon"), 404, "not_found")


def test_unknown_query_parameters_are_ignored(api: ApiClient) -> None:
    mine = api.accept(post("mine"))
    assert api.read(mine, "?wait=0&%00=%ff&a[]=1&" + "b" * 5000).status_code == 200
