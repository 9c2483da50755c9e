"""The accounts of a post, the options for each, and what is stored for it."""

from typing import Any

import pytest

from shared import clock
from shared.domain.content import Content
from shared.gcp.accounts import make_default
from shared.platforms import registry
from tests.functions.api_client import ApiClient, error_of, faults_of, post


def _targets(api: ApiClient) -> list[tuple[str, str, str]]:
    return [(target.platform, target.account_id, target.run_id) for target in api.targets()]


def disconnect(api: ApiClient, platform: str) -> None:
    api.world.parts.db.document(f"users/{api.user_id}/integrations/{platform}").delete()


@pytest.mark.parametrize(
    ("platform", "names"),
    [
        ("x", ["x"]),
        (["x"], ["x"]),
        ({"platform": "x"}, ["x"]),
        ({"platform": "x", "accountId": "x_main"}, ["x"]),
        ([{"platform": "threads", "accountId": "threads_main"}, "x"], ["threads", "x"]),
    ],
)
def test_a_target_is_a_string_an_object_or_an_array_of_either(
    api: ApiClient, platform: Any, names: list[str]
) -> None:
    post_id = api.accept(post(platform=platform))
    assert _targets(api) == [(name, f"{name}_main", name) for name in names]
    [submission] = api.submissions()
    assert submission["id"] == post_id
    assert submission["status"] == "queued"
    assert submission["remaining"] == len(names)
    assert submission["userId"] == api.user_id
    assert submission["wakeAt"] > clock.now()
    assert api.tasks() == [{"submissionId": post_id, "generation": 1}]


def test_the_unconnected_platforms_are_named_together(api: ApiClient) -> None:
    for platform in ("linkedin", "facebook"):
        disconnect(api, platform)
    # Each accepts a text-only post, so there are no other violations.
    names = ["x", "threads", "linkedin", "facebook"]
    error = error_of(api.send(post(platform=names)), 400, "missing_integrations")
    assert error["details"] == {"missingPlatforms": ["facebook", "linkedin"]}
    assert "Facebook, LinkedIn" in error["message"]
    assert api.stored_nothing()


def test_a_platform_without_an_account_is_missing(api: ApiClient) -> None:
    api.world.parts.db.document(f"users/{api.user_id}/integrations/x").set({"accounts": {}})
    error = error_of(api.send(post(platform=["threads", "x"])), 400, "missing_integrations")
    assert error["details"] == {"missingPlatforms": ["x"]}
    assert error["message"] == (
        "The following platforms are not connected: X. Connect an account on each, or leave these "
        "platforms out."
    )


def test_the_eight_platforms_exist() -> None:
    assert set(registry.names()) >= {
        *("facebook", "instagram", "linkedin", "snapchat"),
        *("threads", "tiktok", "x", "youtube"),
    }


def test_a_string_with_several_accounts_and_no_default_is_refused(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    error = error_of(api.send(post()), 400, "missing_account")
    assert error["details"] == {"platform": "x", "connectedAccounts": ["x_brand", "x_main"]}
    error_of(api.send(post(platform={"platform": "x"})), 400, "missing_account")
    assert api.stored_nothing()


def test_a_string_with_several_accounts_means_the_default(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    make_default(api.world.parts.db, api.user_id, "x", "x_brand")
    api.accept(post())
    assert _targets(api) == [("x", "x_brand", "x")]


def test_a_default_that_is_no_longer_connected_is_ignored(api: ApiClient) -> None:
    make_default(api.world.parts.db, api.user_id, "x", "x_gone")
    api.accept(post())
    assert _targets(api) == [("x", "x_main", "x")]


def test_each_of_several_accounts_of_a_platform_has_a_run_of_its_own(api: ApiClient) -> None:
    api.connect("x", "x_brand")
    named = [{"platform": "x", "accountId": name} for name in ("x_main", "x_brand")]
    api.accept(post(platform=[*named, "threads"]))
    assert _targets(api) == [
        ("x", "x_main", "x:x_main"),
        ("x", "x_brand", "x:x_brand"),
        ("threads", "threads_main", "threads"),
    ]


@pytest.mark.parametrize("account_id", ["nobody", "../x_main", "X_MAIN", "a" * 5000, "😀"])
def test_an_unknown_account_is_refused(api: ApiClient, account_id: str) -> None:
    target = {"platform": "x", "accountId": account_id}
    error = error_of(api.send(post(platform=target)), 400, "missing_account")
    assert error["details"] == {
        "platform": "x",
        "accountId": account_id,
        "connectedAccounts": ["x_main"],
    }
    assert api.stored_nothing()


def test_another_users_account_is_unknown(api: ApiClient) -> None:
    other = api.another_user()
    other.connect("x", "x_others")
    target = {"platform": "x", "accountId": "x_others"}
    error = error_of(api.send(post(platform=target)), 400, "missing_account")
    assert error["details"]["connectedAccounts"] == ["x_main"]


def test_a_target_named_twice_is_refused_however_it_is_written(api: ApiClient) -> None:
    answer = api.send(post(platform=["x", "threads", {"platform": "x", "accountId": "x_main"}]))
    assert faults_of(answer) == [("post.content.platform[2]", "x", "repeated_target")]
    answer = api.send(post(platform=["x", "x", "x"]))
    assert faults_of(answer) == [
        (f"post.content.platform[{position}]", "x", "repeated_target") for position in (1, 2)
    ]
    assert api.stored_nothing()


def test_the_content_of_a_repeated_target_is_not_checked(api: ApiClient) -> None:
    targets = [{"platform": "x", "text": letter * 300} for letter in "ab"]
    faults = faults_of(api.send(post("a", [*targets, "threads"])))
    assert faults == [
        ("post.content.platform[0].text", "x", "text_too_long"),
        ("post.content.platform[1]", "x", "repeated_target"),
    ]


def test_an_ended_authorization_is_refused_for_now_and_accepted_for_later(api: ApiClient) -> None:
    account = api.connect("threads", "threads_main")
    api.world.parts.grants.require_reconnect(account, None, "It has ended.")
    error = error_of(api.send(post(platform=["x", "threads"])), 401, "unauthorized")
    assert error["details"] == {
        "reason": "reconnect_required",
        "platform": "threads",
        "accountId": "threads_main",
    }
    assert api.stored_nothing()
    api.accept(post(platform="threads", scheduledTime="2031-01-01T00:00:00Z"))
    api.accept(post(platform="threads", draft=True))
    api.accept(post(platform="x"))


def test_the_text_of_a_target_replaces_the_caption_only_there(api: ApiClient) -> None:
    targets = ["threads", {"platform": "x", "text": "Shorter"}]
    api.accept(post("a" * 300, targets))
    texts = {target.platform: target.content.text for target in api.targets()}
    assert texts == {"threads": "a" * 300, "x": "Shorter"}


@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("x", {"replySettings": "following"}),
        ("x", {"replySettings": "mentionedUsers"}),
        ("x", {}),
        ("threads", {"replyControl": "accounts_you_follow"}),
        ("threads", {"replyControl": "everyone"}),
    ],
)
def test_options_are_stored_with_their_target(
    api: ApiClient, platform: str, options: dict[str, str]
) -> None:
    api.accept(post(platform=[{"platform": platform, "options": options}]))
    [target] = api.targets()
    assert target.content == Content(text="Hello", options=options)


@pytest.mark.parametrize(
    ("platform", "options", "option"),
    [
        ("x", {"replySettings": "nobody"}, "replySettings"),
        ("x", {"replySettings": ["following"]}, "replySettings"),
        ("x", {"reply_settings": "following"}, "reply_settings"),
        ("x", {"replyControl": "everyone"}, "replyControl"),
        ("threads", {"replyControl": "Everyone"}, "replyControl"),
        ("threads", {"replySettings": "following"}, "replySettings"),
    ],
)
def test_an_unknown_option_of_a_platform_is_reported(
    api: ApiClient, platform: str, options: dict[str, Any], option: str
) -> None:
    answer = api.send(post(platform={"platform": platform, "options": options}))
    place = f"post.content.platform.options.{option}"
    assert faults_of(answer) == [(place, platform, "invalid_option")]
    assert api.stored_nothing()


def test_an_unknown_option_names_those_that_exist(api: ApiClient) -> None:
    answer = api.send(post(platform={"platform": "threads", "options": {"zork": 1}}))
    message = answer.json["error"]["message"]
    assert "Threads does not have this option. Available options: " in message
    assert "replyControl" in message
