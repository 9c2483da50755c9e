"""The accounts of a request."""

from dataclasses import replace

import pytest

from shared.domain.accounts import AccountStatus, AccountSummary, Integration
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.targets import (
    RequestedTarget,
    ResolvedTarget,
    ended_authorization,
    repetitions,
    resolve,
    unconnected,
)


def _integration(platform: str, *accounts: str, default: str | None = None) -> Integration:
    summary = AccountSummary("name", "Name", AccountStatus.CONNECTED)
    return Integration(platform, dict.fromkeys(accounts, summary), default)


NAMES = {
    "x": "X",
    "instagram": "Instagram",
    "threads": "Threads",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "facebook": "Facebook",
}
CONNECTED = {
    "x": _integration("x", "x_ann"),
    "instagram": _integration("instagram", "ig_main", "ig_brand"),
    "threads": _integration("threads", "th_a", "th_b", default="th_b"),
    "tiktok": _integration("tiktok", "tt_a", "tt_b", default="gone"),
}


def _resolve(*wanted: tuple[str, str | None]) -> list[ResolvedTarget | ApiError]:
    requested = [
        RequestedTarget(f"post.content.platform[{i}]", platform, account)
        for i, (platform, account) in enumerate(wanted)
    ]
    return resolve(requested, CONNECTED, NAMES.__getitem__)


def _resolved(*wanted: tuple[str, str | None]) -> list[ResolvedTarget]:
    return [one for one in _resolve(*wanted) if isinstance(one, ResolvedTarget)]


def _accounts(*wanted: tuple[str, str | None]) -> list[str]:
    return [target.account_id for target in _resolved(*wanted)]


def _refusal(platform: str, account_id: str | None) -> ApiError:
    [found] = _resolve((platform, account_id))
    assert isinstance(found, ApiError)
    return found


def test_without_a_name_the_only_account_is_used() -> None:
    assert _accounts(("x", None)) == ["x_ann"]


def test_without_a_name_the_default_account_is_used() -> None:
    assert _accounts(("threads", None)) == ["th_b"]


def test_named_accounts_keep_the_order_of_the_request() -> None:
    assert _accounts(("instagram", "ig_brand"), ("x", None), ("instagram", "ig_main")) == [
        "ig_brand",
        "x_ann",
        "ig_main",
    ]


@pytest.mark.parametrize("platform", ["instagram", "tiktok"])
def test_without_a_valid_default_one_of_several_accounts_must_be_named(platform: str) -> None:
    refusal = _refusal(platform, None)
    assert refusal.code is ErrorCode.MISSING_ACCOUNT
    assert refusal.details["connectedAccounts"] == sorted(CONNECTED[platform].accounts)


def test_an_unknown_account_is_refused_with_a_list_of_the_connected_ones() -> None:
    refusal = _refusal("x", "x_bob")
    assert refusal.code is ErrorCode.MISSING_ACCOUNT
    assert refusal.message == "X account x_bob is not connected. Connected accounts: x_ann."
    assert refusal.details == {
        "platform": "x",
        "accountId": "x_bob",
        "connectedAccounts": ["x_ann"],
    }


def test_each_target_is_resolved_independently_of_the_others() -> None:
    found = _resolve(("youtube", None), ("x", None), ("x", "x_bob"), ("facebook", "a"))
    assert [one.code if isinstance(one, ApiError) else one.account_id for one in found] == [
        ErrorCode.MISSING_INTEGRATIONS,
        "x_ann",
        ErrorCode.MISSING_ACCOUNT,
        ErrorCode.MISSING_INTEGRATIONS,
    ]


def test_all_platforms_that_are_not_connected_are_named_at_once() -> None:
    refusal = unconnected(["youtube", "facebook", "youtube"], NAMES.__getitem__)
    assert refusal.code is ErrorCode.MISSING_INTEGRATIONS
    assert refusal.details == {"missingPlatforms": ["facebook", "youtube"]}
    assert "Facebook, YouTube" in refusal.message


def test_an_account_can_be_a_target_only_once() -> None:
    wanted = (("x", None), ("x", "x_ann"), ("threads", "th_b"), ("threads", None))
    faults = repetitions(_resolved(*wanted), NAMES.__getitem__)
    assert list(faults) == ["post.content.platform[1]", "post.content.platform[3]"]
    assert [fault.field for fault in faults.values()] == list(faults)
    assert {fault.code for fault in faults.values()} == {"repeated_target"}
    assert faults["post.content.platform[1]"].message.startswith("X account x_ann is named")


def test_an_ended_authorization_stops_a_post_for_now() -> None:
    [well] = _resolved(("x", None))
    assert ended_authorization(well, NAMES.__getitem__) is None
    ended = replace(well, account_status=AccountStatus.RECONNECT_REQUIRED)
    refusal = ended_authorization(ended, NAMES.__getitem__)
    assert refusal is not None
    assert refusal.code is ErrorCode.UNAUTHORIZED
    assert refusal.details["accountId"] == "x_ann"
    assert "X account x_ann" in refusal.message
