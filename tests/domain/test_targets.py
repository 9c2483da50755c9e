"""Which accounts a request means."""

import pytest

from shared.domain.accounts import AccountStatus, AccountSummary, Integration
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.domain.targets import RequestedTarget, refuse_ended_authorizations, resolve


def _integration(platform: str, *accounts: str, default: str | None = None) -> Integration:
    summary = AccountSummary("name", "Name", AccountStatus.CONNECTED)
    return Integration(platform, dict.fromkeys(accounts, summary), default)


CONNECTED = {
    "x": _integration("x", "x_ann"),
    "instagram": _integration("instagram", "ig_main", "ig_brand"),
    "threads": _integration("threads", "th_a", "th_b", default="th_b"),
    "tiktok": _integration("tiktok", "tt_a", "tt_b", default="gone"),
}


def _resolve(*wanted: tuple[str, str | None]):
    requested = [
        RequestedTarget(f"post.content.platform[{i}]", platform, account)
        for i, (platform, account) in enumerate(wanted)
    ]
    return resolve(requested, CONNECTED)


def _accounts(*wanted: tuple[str, str | None]) -> list[str]:
    return [target.account_id for target in _resolve(*wanted)]


def test_the_only_account_is_meant_when_none_is_named() -> None:
    assert _accounts(("x", None)) == ["x_ann"]


def test_the_default_is_meant_where_there_are_several() -> None:
    assert _accounts(("threads", None)) == ["th_b"]


def test_a_named_account_is_taken_in_the_order_of_the_request() -> None:
    assert _accounts(("instagram", "ig_brand"), ("x", None), ("instagram", "ig_main")) == [
        "ig_brand",
        "x_ann",
        "ig_main",
    ]


@pytest.mark.parametrize("platform", ["instagram", "tiktok"])
def test_several_accounts_without_a_default_that_exists_must_be_chosen_from(platform: str) -> None:
    with pytest.raises(ApiError) as refusal:
        _resolve((platform, None))
    assert refusal.value.code is ErrorCode.MISSING_ACCOUNT
    assert refusal.value.details["connectedAccounts"] == sorted(CONNECTED[platform].accounts)


def test_an_unknown_account_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ApiError) as refusal:
        _resolve(("x", "x_bob"))
    assert refusal.value.code is ErrorCode.MISSING_ACCOUNT
    assert refusal.value.details == {
        "platform": "x",
        "accountId": "x_bob",
        "connectedAccounts": ["x_ann"],
    }


def test_all_platforms_that_are_not_connected_are_named_at_once() -> None:
    with pytest.raises(ApiError) as refusal:
        _resolve(("youtube", None), ("x", None), ("facebook", None), ("youtube", "a"))
    assert refusal.value.code is ErrorCode.MISSING_INTEGRATIONS
    assert refusal.value.details == {"missingPlatforms": ["facebook", "youtube"]}
    assert "facebook, youtube" in refusal.value.message


def test_an_account_is_a_target_once_however_it_is_named() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        _resolve(("x", None), ("x", "x_ann"), ("threads", "th_b"), ("threads", None))
    assert [v.field for v in refusal.value.violations] == [
        "post.content.platform[1]",
        "post.content.platform[3]",
    ]
    assert {v.code for v in refusal.value.violations} == {"repeated_target"}


def test_an_ended_authorization_stops_a_post_that_goes_out_now() -> None:
    ended = AccountSummary("name", "Name", AccountStatus.RECONNECT_REQUIRED)
    requested = [RequestedTarget("post.content.platform", "x")]
    targets = resolve(requested, {"x": Integration("x", {"x_ann": ended})})
    with pytest.raises(ApiError) as refusal:
        refuse_ended_authorizations(targets)
    assert refusal.value.code is ErrorCode.UNAUTHORIZED
    assert refusal.value.details["accountId"] == "x_ann"
    refuse_ended_authorizations(_resolve(("x", None)))
