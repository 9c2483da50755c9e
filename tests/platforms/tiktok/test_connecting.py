"""Connecting TikTok accounts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.errors import PlatformUnavailable, ReadRefused, TokenExpired
from shared.platforms.connecting import CodeRefused
from tests.platforms.visiting import ATTEMPT, Visit

USER = "GET /v2/user/info/"


@pytest.fixture
def tiktok(visit_to: Callable[[str], Visit]) -> Visit:
    visit = visit_to("tiktok-profile")
    visit.has_accounts()
    return visit


def test_a_refusal_counts_whatever_its_status_is(tiktok: Visit) -> None:
    tiktok.platform.state.errors_with_200 = True  # type: ignore[attr-defined]
    with pytest.raises(CodeRefused):
        tiktok.exchange("no-such-code")
    with pytest.raises(PlatformUnavailable, match="TIKTOK_CLIENT_SECRET") as refused:
        tiktok.connecting_with("other").exchange(tiktok.code(), ATTEMPT, tiktok.http)
    assert refused.value.concerns_operator


def test_a_code_with_special_characters_is_sent_as_it_came(tiktok: Visit) -> None:
    code = tiktok.code()
    assert set(code) & set("*!")
    assert tiktok.exchange(code).tokens.access_token


def test_the_username_is_read_only_with_its_permission(tiktok: Visit) -> None:
    for without, fields in (((), "username"), (("user.info.profile",), "display_name")):
        granted = tiktok.granted(without=without)
        (candidate,) = tiktok.listing(granted).candidates
        assert candidate.username == "ada_writes"
        assert tiktok.profile(candidate, granted) == candidate
        query = tiktok.platform.requests.all()[-1].parameters
        assert query["fields"].split(",")[-1] == fields


def test_an_authorization_is_ended_also_when_its_access_token_has_expired(tiktok: Visit) -> None:
    granted = tiktok.granted()
    (candidate,) = tiktok.listing(granted).candidates
    tiktok.platform.accounts.expire(granted.tokens.access_token)
    tiktok.passes(timedelta(hours=3))
    tiktok.connecting.revoke(granted.tokens, tiktok.http)
    assert tiktok.platform.accounts.live("ada", tiktok.client_id, "refresh") == []
    tiktok.connecting.revoke(granted.tokens, tiktok.http)
    with pytest.raises(TokenExpired):
        tiktok.profile(candidate, granted)


def test_a_refused_read_says_nothing_about_the_authorization(tiktok: Visit) -> None:
    granted = tiktok.granted()
    body = {"data": {}, "error": {"code": "scope_not_authorized", "message": "No", "log_id": "1"}}
    tiktok.answers(USER, 401, body)
    with pytest.raises(ReadRefused):
        tiktok.listing(granted)
