"""POST /v1/posts/validate: the result of POST /v1/posts without publishing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from local.storage_emulator import StorageEmulator
from shared import clock
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.media_api import MediaApi
from tests.media import Shelf, jpeg, mp4

TOO_LONG = "a" * 281


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def ask(api: ApiClient, body: Any) -> Any:
    return api.call("POST", f"{POSTS}/validate", json=body)


def judged(api: ApiClient, body: Any) -> dict[str, Any]:
    """The answer for a valid body, after checking its shape and its consistency."""
    answer = ask(api, body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    assert set(found) == {"valid", "targets", "errors"}
    for target in found["targets"]:
        assert set(target) == {"platform", "accountId", "valid", "errors", "warnings"}
        assert target["valid"] is not bool(target["errors"])
        assert {fault["platform"] for fault in target["errors"]} <= {target["platform"]}
    faults = [*found["errors"], *(fault for t in found["targets"] for fault in t["errors"])]
    assert found["valid"] is not bool(faults)
    warnings = [warning for target in found["targets"] for warning in target["warnings"]]
    for fault in (*faults, *warnings):
        assert set(fault) == {"field", "platform", "code", "message"}
        assert fault["message"]
    return found


def verdicts(found: dict[str, Any]) -> list[tuple[str, str | None, list[tuple[str, str]]]]:
    """(platform, account, [(field, code)]) of each target."""
    return [
        (t["platform"], t["accountId"], [(fault["field"], fault["code"]) for fault in t["errors"]])
        for t in found["targets"]
    ]


def errors(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["field"], fault["code"]) for fault in found["errors"]]


def test_a_valid_post_is_valid_and_is_not_created(api: ApiClient) -> None:
    found = judged(api, post(platform=["threads", {"platform": "x", "accountId": "x_main"}]))
    assert found == {
        "valid": True,
        "targets": [
            {
                "platform": platform,
                "accountId": f"{platform}_main",
                "valid": True,
                "errors": [],
                "warnings": [],
            }
            for platform in ("threads", "x")
        ],
        "errors": [],
    }
    assert api.stored_nothing()


def test_what_was_validated_is_accepted_as_new(api: ApiClient) -> None:
    body = post()
    judged(api, body)
    answer = api.send(body)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_each_target_has_the_result_of_its_own_account(api: ApiClient) -> None:
    path = f"users/{api.user_id}/integrations"
    api.world.parts.db.document(f"{path}/linkedin").delete()
    api.connect("threads", "threads_brand")
    unknown = {"platform": "x", "accountId": "x_gone"}
    found = judged(api, post(platform=["linkedin", "threads", unknown, "facebook"]))
    assert verdicts(found) == [
        ("linkedin", None, [("post.content.platform[0]", "missing_integrations")]),
        ("threads", None, [("post.content.platform[1]", "missing_account")]),
        ("x", None, [("post.content.platform[2]", "missing_account")]),
        ("facebook", "facebook_main", []),
    ]
    assert not found["valid"]
    assert found["errors"] == []


def test_a_repeated_target_is_reported_where_it_is_repeated(api: ApiClient) -> None:
    found = judged(api, post(platform=["x", {"platform": "x", "accountId": "x_main"}]))
    assert verdicts(found) == [
        ("x", "x_main", []),
        ("x", "x_main", [("post.content.platform[1]", "repeated_target")]),
    ]


def test_an_ended_authorization_is_invalid_now_but_not_for_a_scheduled_post(api: ApiClient) -> None:
    account = api.connect("threads", "threads_main")
    api.world.parts.grants.require_reconnect(account, None, "It has ended.")
    found = judged(api, post(platform=["x", "threads"]))
    assert verdicts(found) == [
        ("x", "x_main", []),
        ("threads", "threads_main", [("post.content.platform[1]", "unauthorized")]),
    ]
    assert judged(api, post(platform="threads", scheduledTime="2031-01-01T00:00:00Z"))["valid"]
    assert judged(api, post(platform="threads", draft=True))["valid"]


def test_warnings_name_their_place_and_leave_the_target_valid(media: MediaApi) -> None:
    text = "#a #b #c #d #e #f https://example.com"
    url = media.shelf.put("warned.jpg", jpeg())
    targets = ["x", {"platform": "instagram", "text": text}]
    found = judged(media.api, post(text, targets, content={"imageUrls": [url]}))
    assert found["valid"]
    assert [
        [(warning["field"], warning["platform"], warning["code"]) for warning in target["warnings"]]
        for target in found["targets"]
    ] == [
        [("post.content.text", "x", "link_costs_more")],
        [("post.content.platform[1].text", "instagram", "many_hashtags")],
    ]


def test_warnings_come_with_errors_but_not_without_the_files(media: MediaApi) -> None:
    text = "example.com " + TOO_LONG
    (target,) = judged(media.api, post(text, "x"))["targets"]
    assert [fault["code"] for fault in target["errors"]] == ["text_too_long"]
    assert [warning["code"] for warning in target["warnings"]] == ["link_costs_more"]
    wrong = {"platform": "x", "options": {"replySettings": "nobody"}}
    (target,) = judged(media.api, post("example.com", [wrong]))["targets"]
    assert target["warnings"] == []
    missing = post("example.com", "x", content={"imageUrls": ["https://media.invalid/a.jpg"]})
    (target,) = ask(media.api, missing).json["targets"]
    assert target["warnings"] == []


def test_the_shared_text_is_checked_for_each_target_that_uses_it(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    api.connect("x", "x_short")
    targets = [
        {"platform": "x", "accountId": "x_main"},
        {"platform": "x", "accountId": "x_brand"},
        {"platform": "x", "accountId": "x_short", "text": "Short"},
        "threads",
    ]
    shared = [("post.content.text", "text_too_long")]
    assert verdicts(judged(api, post(TOO_LONG, targets))) == [
        ("x", "x_main", shared),
        ("x", "x_brand", shared),
        ("x", "x_short", []),
        ("threads", "threads_main", []),
    ]


def test_violations_of_a_targets_own_text_and_options_are_its_own(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    targets = [
        {"platform": "x", "accountId": "x_main", "text": TOO_LONG},
        {"platform": "x", "accountId": "x_brand", "options": {"replySettings": "nobody"}},
    ]
    assert verdicts(judged(api, post(platform=targets))) == [
        ("x", "x_main", [("post.content.platform[0].text", "text_too_long")]),
        (
            "x",
            "x_brand",
            [("post.content.platform[1].options.replySettings", "invalid_option")],
        ),
    ]


def test_all_violations_are_reported_at_once(api: ApiClient) -> None:
    unknown = {"platform": "x", "accountId": "x_gone", "text": TOO_LONG}
    times = {"scheduledTime": "2001-01-01T00:00:00Z", "notAfter": "2000-01-01T00:00:00Z"}
    found = judged(api, post(None, [unknown, "instagram"], **times))
    assert verdicts(found) == [
        (
            "x",
            None,
            [
                ("post.content.platform[0]", "missing_account"),
                ("post.content.platform[0].text", "text_too_long"),
            ],
        ),
        ("instagram", "instagram_main", [("post.content.mediaUrls", "media_required")]),
    ]
    assert errors(found) == [("scheduledTime", "too_soon"), ("notAfter", "too_soon")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("post", None, "missing")),
        (post(platform="myspace"), ("post.content.platform", None, "unknown_platform")),
        (post(colour="red"), ("colour", None, "unknown_field")),
        (post(scheduledTime="tomorrow"), ("scheduledTime", None, "invalid_time")),
    ],
)
def test_an_unreadable_body_is_refused_as_by_post(
    api: ApiClient, body: Any, fault: tuple[str, str | None, str]
) -> None:
    assert faults_of(ask(api, body)) == faults_of(api.send(body)) == [fault]


def test_a_body_that_is_not_json_is_refused(api: ApiClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.call("POST", f"{POSTS}/validate", data=b"{", headers=headers)
    assert faults_of(answer) == [("", None, "malformed_json")]


def test_only_a_user_who_may_post_may_validate(api: ApiClient) -> None:
    api.world.add_user(api.user_id, status="canceled")
    error_of(ask(api, post()), 403, "forbidden")
    error_of(ask(api, {}), 403, "forbidden")
    error_of(api.call("POST", f"{POSTS}/validate", json=post(), key=""), 401, "unauthorized")


def test_validating_counts_only_against_the_overall_limit(api: ApiClient) -> None:
    api.world.add_user(api.user_id, limits={"overall": 10, "posts": 1})
    left = [ask(api, post()).headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["9", "8", "7"]
    api.accept(post())


def test_external_files_are_stored_and_reused_by_the_post(media: MediaApi) -> None:
    url = media.shelf.put("validated.jpg", jpeg())
    body = post(platform=["x", "threads"], content={"imageUrls": [url]})
    assert judged(media.api, body)["valid"]
    assert media.api.stored_nothing()
    media.shelf.remove("validated.jpg")
    media.api.accept(body)
    assert len(media.objects()) == 1


def test_files_that_cannot_be_downloaded_are_violations_of_the_whole_post(media: MediaApi) -> None:
    good = media.shelf.put("good.jpg", jpeg())
    page = media.shelf.put("page.jpg", b"<html></html>")
    gone = f"{media.shelf.url}/none.jpg?token=canary"
    answer = ask(media.api, post(content={"imageUrls": [good, gone, page]}))
    assert (answer.status_code, answer.json["valid"]) == (200, False)
    assert errors(answer.json) == [
        ("post.content.imageUrls[1]", "upload_failed"),
        ("post.content.imageUrls[2]", "upload_failed"),
    ]
    assert [target["valid"] for target in answer.json["targets"]] == [True]
    assert "canary" not in answer.text


def test_another_users_file_is_a_violation_of_the_whole_post(media: MediaApi) -> None:
    stored = media.stored(media.shelf.put("mine.jpg", jpeg()))
    other = media.api.another_user()
    found = judged(other, post(content={"imageUrls": [stored["url"]]}))
    assert errors(found) == [("post.content.imageUrls[0]", "unknown_media")]


@pytest.mark.full
def test_the_files_are_checked_against_each_platform(media: MediaApi) -> None:
    wide = media.shelf.put("wide.jpg", jpeg(3000, 100))
    film = media.shelf.put("film.mp4", mp4())
    found = judged(media.api, post(platform=["x", "threads"], content={"imageUrls": [wide]}))
    assert verdicts(found) == [
        ("x", "x_main", []),
        ("threads", "threads_main", [("post.content.imageUrls[0]", "aspect_ratio_too_large")]),
    ]
    found = judged(media.api, post(content={"imageUrls": [film]}))
    assert errors(found) == [("post.content.imageUrls[0]", "contradiction")]


@pytest.mark.parametrize("wrong", ["time", "account", "authorization"])
def test_nothing_is_downloaded_for_a_post_with_other_violations(
    media: MediaApi, wrong: str
) -> None:
    url = media.shelf.put("unused.jpg", jpeg())
    body = post(content={"imageUrls": [url]})
    if wrong == "time":
        body["scheduledTime"] = time_text(clock.now() - timedelta(days=1))
    elif wrong == "account":
        body["post"]["content"]["platform"] = {"platform": "x", "accountId": "x_gone"}
    else:
        account = media.api.connect("x", "x_main")
        media.api.world.parts.grants.require_reconnect(account, None, "It has ended.")
    assert not judged(media.api, body)["valid"]
    assert media.api.send(body).status_code in (400, 401)
    assert media.objects() == {}


def test_a_post_is_counted_before_its_files_are_downloaded(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that takes minutes is counted before it ends, and only once."""
    media.api.world.add_user(media.api.user_id, limits={"overall": 10})
    seen = []
    intake = type(media.api.world.parts.intake)
    store_all = intake.store_all

    def watched(self: Any, user_id: str, urls: Any) -> Any:
        with ThreadPoolExecutor(1) as other:
            meanwhile = other.submit(ask, media.api, post()).result()
        seen.append(meanwhile.headers["X-RateLimit-Remaining"])
        return store_all(self, user_id, urls)

    monkeypatch.setattr(intake, "store_all", watched)
    url = media.shelf.put("counted.jpg", jpeg())
    assert judged(media.api, post(content={"imageUrls": [url]}))["valid"]
    assert seen == ["8"]
    assert ask(media.api, post()).headers["X-RateLimit-Remaining"] == "7"
