"""The fields of POST /v1/posts: their values, and that all violations are reported at once."""

from typing import Any

import pytest

from tests.functions.api_client import ApiClient, error_of, faults_of, post

CONTENT = "post.content"
URL = "https://example.com/a.jpg"
VIDEO = "https://example.com/a.mp4"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "post", "missing"),
        ({"post": {}}, CONTENT, "missing"),
        ({"post": {"content": {"text": "a"}}}, f"{CONTENT}.platform", "missing"),
        ({"post": {"content": {"platform": []}}}, f"{CONTENT}.platform", "missing"),
        ({"post": {"content": {"platform": {}}}}, f"{CONTENT}.platform.platform", "missing"),
        ({"post": {"content": {"platform": [{}]}}}, f"{CONTENT}.platform[0].platform", "missing"),
        ({**post(), "schedule": 1}, "schedule", "unknown_field"),
        ({"post": {**post()["post"], "text": "a"}}, "post.text", "unknown_field"),
        (post(content={"caption": "a"}), f"{CONTENT}.caption", "unknown_field"),
        (post(content={"media_type": "text"}), f"{CONTENT}.media_type", "unknown_field"),
        (
            post(platform=["threads", {"platform": "x", "account": "a"}]),
            f"{CONTENT}.platform[1].account",
            "unknown_field",
        ),
        (
            post(platform={"platform": "x", "account": "a"}),
            f"{CONTENT}.platform.account",
            "unknown_field",
        ),
        ({"post": None}, "post", "invalid"),
        ({"post": []}, "post", "invalid"),
        ({"post": "content"}, "post", "invalid"),
        ({"post": {"content": "text"}}, CONTENT, "invalid"),
        (post(content={"text": 1}), f"{CONTENT}.text", "invalid"),
        (post(content={"text": ["a"]}), f"{CONTENT}.text", "invalid"),
        (post(content={"mediaType": "gif"}), f"{CONTENT}.mediaType", "invalid"),
        (post(content={"mediaType": 1}), f"{CONTENT}.mediaType", "invalid"),
        (post(content={"mediaUrls": URL}), f"{CONTENT}.mediaUrls", "invalid"),
        (post(content={"mediaUrls": [1]}), f"{CONTENT}.mediaUrls[0]", "invalid"),
        (post(content={"mediaUrls": [URL] * 51}), f"{CONTENT}.mediaUrls", "invalid"),
        (post(content={"imageUrls": {"a": URL}}), f"{CONTENT}.imageUrls", "invalid"),
        (post(content={"videoUrl": [VIDEO]}), f"{CONTENT}.videoUrl", "invalid"),
        (post(content={"videoUrl": ""}), f"{CONTENT}.videoUrl", "invalid_url"),
        (post(content={"mediaUrls": [URL, "ftp://a/b"]}), f"{CONTENT}.mediaUrls[1]", "invalid_url"),
        (post(content={"imageUrls": ["a.jpg"]}), f"{CONTENT}.imageUrls[0]", "invalid_url"),
        (post(content={"videoUrl": "http://[::1"}), f"{CONTENT}.videoUrl", "invalid_url"),
        (post(content={"videoUrl": "https:///a"}), f"{CONTENT}.videoUrl", "invalid_url"),
        (post(content={"videoUrl": "javascript:alert(1)"}), f"{CONTENT}.videoUrl", "invalid_url"),
        (post(platform=5), f"{CONTENT}.platform", "invalid"),
        (post(platform=[None]), f"{CONTENT}.platform[0]", "invalid"),
        (post(platform=["x", ["threads"]]), f"{CONTENT}.platform[1]", "invalid"),
        (post(platform=["x"] * 201), f"{CONTENT}.platform", "invalid"),
        (post(platform={"platform": 1}), f"{CONTENT}.platform.platform", "invalid"),
        (
            post(platform={"platform": "x", "accountId": 1}),
            f"{CONTENT}.platform.accountId",
            "invalid",
        ),
        (
            post(platform={"platform": "x", "accountId": ""}),
            f"{CONTENT}.platform.accountId",
            "invalid",
        ),
        (post(platform={"platform": "x", "text": 1}), f"{CONTENT}.platform.text", "invalid"),
        (post(platform={"platform": "x", "options": []}), f"{CONTENT}.platform.options", "invalid"),
        (post(platform="myspace"), f"{CONTENT}.platform", "unknown_platform"),
        (post(platform=["x", "X"]), f"{CONTENT}.platform[1]", "unknown_platform"),
        (post(platform=[{"platform": ""}]), f"{CONTENT}.platform[0]", "unknown_platform"),
        (post(draft="yes"), "draft", "invalid"),
        (post(draft=1), "draft", "invalid"),
        (post(draft=None), "draft", "invalid"),
        (post(scheduledTime=1893456000), "scheduledTime", "invalid"),
        (post(notAfter=["2030-01-01T00:00:00Z"]), "notAfter", "invalid"),
    ],
)
def test_a_violation_of_a_field_is_reported(
    api: ApiClient, body: dict[str, Any], field: str, code: str
) -> None:
    assert faults_of(api.send(body)) == [(field, None, code)]
    assert api.stored_nothing()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (post(content={"text": 1}), "The value must be a string."),
        (post(draft="yes"), "The value must be true or false."),
        ({"post": []}, "The value must be an object."),
        (post(content={"mediaUrls": [URL] * 51}), "The value can have at most 50 entries."),
        (
            post(platform={"platform": "x", "accountId": ""}),
            "The value must have at least 1 character.",
        ),
    ],
)
def test_a_violation_is_explained_without_words_of_our_tools(
    api: ApiClient, body: dict[str, Any], message: str
) -> None:
    (fault,) = error_of(api.send(body), 400, "validation_error")["details"]
    assert fault["message"] == message


def test_all_violations_of_the_shape_are_reported_at_once(api: ApiClient) -> None:
    content = {
        "text": 1,
        "mediaUrls": ["ftp://a", 2],
        "videoUrl": "no",
        "caption": "?",
        "platform": ["myspace", {"accountId": 3}],
    }
    body = {"post": {"content": content}, "scheduledTime": "soon", "notAfter": 4, "when": "now"}
    answer = api.send(body)
    assert set(faults_of(answer)) == {
        ("post.content.text", None, "invalid"),
        ("post.content.mediaUrls[0]", None, "invalid_url"),
        ("post.content.mediaUrls[1]", None, "invalid"),
        ("post.content.videoUrl", None, "invalid_url"),
        ("post.content.caption", None, "unknown_field"),
        ("post.content.platform[0]", None, "unknown_platform"),
        ("post.content.platform[1].platform", None, "missing"),
        ("post.content.platform[1].accountId", None, "invalid"),
        ("scheduledTime", None, "invalid_time"),
        ("notAfter", None, "invalid"),
        ("when", None, "unknown_field"),
    }
    assert "10 more in details" in answer.json["error"]["message"]


def test_all_violations_of_platform_limits_are_reported_at_once(api: ApiClient) -> None:
    targets = [
        {"platform": "x", "options": {"replySettings": "nobody", "colour": "red"}},
        {"platform": "threads", "text": "a" * 501, "options": {"replyControl": 1}},
        {"platform": "x"},
        {"platform": "youtube"},
    ]
    body = post(
        "a" * 281,
        targets,
        content={"imageUrls": [URL]},
        scheduledTime="2020-01-01T00:00:00Z",
        notAfter="2019-01-01T00:00:00Z",
    )
    place = "post.content.platform"
    assert set(faults_of(api.send(body))) == {
        ("scheduledTime", None, "too_soon"),
        ("notAfter", None, "too_soon"),
        (f"{place}[0].options.replySettings", "x", "invalid_option"),
        (f"{place}[0].options.colour", "x", "invalid_option"),
        ("post.content.text", "x", "text_too_long"),
        (f"{place}[1].text", "threads", "text_too_long"),
        (f"{place}[1].options.replyControl", "threads", "invalid_option"),
        (f"{place}[2]", "x", "repeated_target"),
        ("post.content.imageUrls[0]", "youtube", "media_kind_not_supported"),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"mediaType": "text", "mediaUrls": [URL]}, "contradiction"),
        ({"mediaType": "text", "videoUrl": VIDEO}, "contradiction"),
        ({"mediaType": "image", "videoUrl": VIDEO}, "contradiction"),
        ({"mediaType": "video", "imageUrls": [URL]}, "contradiction"),
        ({"mediaType": "video"}, "missing_media"),
        ({"mediaType": "image", "imageUrls": []}, "missing_media"),
    ],
)
def test_a_media_type_that_contradicts_the_media_is_refused(
    api: ApiClient, content: dict[str, Any], code: str
) -> None:
    body = post(content=content, scheduledTime="soon")
    assert set(faults_of(api.send(body))) == {
        ("post.content.mediaType", None, code),
        ("scheduledTime", None, "invalid_time"),
    }


@pytest.mark.parametrize(
    "content",
    [{"imageUrls": [URL]}, {"mediaType": "image", "mediaUrls": [URL]}],
)
def test_an_unsupported_kind_of_media_is_refused_before_it_is_downloaded(
    api: ApiClient, content: dict[str, Any]
) -> None:
    answer = api.send(post(platform="youtube", content=content))
    place = "mediaUrls[0]" if "mediaUrls" in content else "imageUrls[0]"
    assert faults_of(answer) == [(f"post.content.{place}", "youtube", "media_kind_not_supported")]


@pytest.mark.parametrize(
    ("platform", "accepted", "refused"),
    [
        ("x", "a" * 280, "a" * 281),
        ("x", "日" * 140, "日" * 141),
        ("x", "👩‍👩‍👧‍👦" * 140, "👩‍👩‍👧‍👦" * 141),
        ("x", f"{'a' * 256} https://example.com/{'b' * 500}", f"{'a' * 257} https://example.com/"),
        ("threads", "a" * 500, "a" * 501),
        ("threads", "日" * 166 + "ab", "日" * 166 + "abc"),
        ("threads", "🙂" * 125, "🙂" * 126),
    ],
)
def test_a_text_is_counted_as_its_platform_counts(
    api: ApiClient, platform: str, accepted: str, refused: str
) -> None:
    api.accept(post(accepted, platform))
    answer = api.send(post(refused, platform))
    assert faults_of(answer) == [("post.content.text", platform, "text_too_long")]
    assert [submission["text"] for submission in api.submissions()] == [accepted]


def test_a_text_that_fits_only_one_platform_is_refused_for_the_other(api: ApiClient) -> None:
    answer = api.send(post("a" * 281, ["threads", "x"]))
    assert faults_of(answer) == [("post.content.text", "x", "text_too_long")]
    assert "280" in answer.json["error"]["message"]
    assert "281" in answer.json["error"]["message"]


def test_a_violation_that_several_accounts_share_is_reported_once(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    targets = [{"platform": "x", "accountId": name} for name in ("x_main", "x_brand")]
    answer = api.send(post("a" * 281, targets))
    assert faults_of(answer) == [("post.content.text", "x", "text_too_long")]


def test_other_violations_of_a_platform_are_reported(api: ApiClient) -> None:
    links = " ".join(f"https://example.com/{number}" for number in range(6))
    answer = api.send(post(f"\ufeff {links}", ["x", "threads"]))
    assert faults_of(answer) == [
        ("post.content.text", "x", "invalid_characters"),
        ("post.content.text", "threads", "too_many_links"),
    ]


@pytest.mark.parametrize("text", [None, "", " \n\t ", "\u200b\u2060"])
def test_an_empty_text_is_refused_by_each_platform_that_needs_one(
    api: ApiClient, text: str | None
) -> None:
    answer = api.send(post(text, ["x", "threads"]))
    assert faults_of(answer) == [
        ("post.content.text", "x", "missing"),
        ("post.content.text", "threads", "missing"),
    ]


def test_a_text_may_be_missing_where_every_target_has_its_own(api: ApiClient) -> None:
    targets = [{"platform": "x", "text": "For X"}, {"platform": "threads", "text": "For Threads"}]
    api.accept(post(None, targets))
    assert [target.content.text for target in api.targets()] == ["For X", "For Threads"]


def test_an_empty_text_of_a_target_replaces_the_caption_and_is_refused(api: ApiClient) -> None:
    answer = api.send(post("Hello", {"platform": "x", "text": ""}))
    assert faults_of(answer) == [("post.content.platform.text", "x", "missing")]


def test_the_body_is_stored_as_sent(api: ApiClient) -> None:
    body = post("  Zoë 👋 \n", ["x", {"platform": "threads", "accountId": None}], draft=False)
    api.accept(body)
    [submission] = api.submissions()
    assert submission["request"] == body
    assert submission["text"] == "  Zoë 👋 \n"


def test_a_validation_error_has_the_request_id(api: ApiClient) -> None:
    error = error_of(api.send({}, X_Request_ID="mine"), 400, "validation_error")
    assert (error["requestId"], error["message"]) == ("mine", "post: This field is required.")
