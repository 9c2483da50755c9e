"""Connecting Instagram accounts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import PlatformError
from shared.platforms.connecting import NothingToConnect
from tests.platforms.visiting import Visit

ME = "GET /v26.0/me"


@pytest.fixture
def instagram(visit_to: Callable[[str], Visit]) -> Visit:
    visit = visit_to("instagram-profile")
    visit.has_accounts()
    return visit


@pytest.mark.parametrize("nests", [False, True])
def test_answers_may_be_wrapped_in_a_list(instagram: Visit, nests: bool) -> None:
    instagram.platform.state.nests = nests  # type: ignore[attr-defined]
    granted = instagram.granted(without=("instagram_business_manage_insights",))
    (missing,) = instagram.connecting.missing(granted)
    assert missing.needed_for == "show the numbers of your posts"
    listing = instagram.listing(granted)
    (candidate,) = listing.candidates
    assert candidate.external_id == instagram.login.external_ids[0]
    # Meta's callbacks name the person by the id of our app.
    assert listing.platform_user_id == f"9{candidate.external_id[1:]}"
    assert instagram.profile(candidate, granted) == candidate


def test_tokens_live_for_sixty_days(instagram: Visit) -> None:
    tokens = instagram.granted().tokens
    assert tokens.expires_at is not None
    assert timedelta(days=59) < tokens.expires_at - clock.now() <= timedelta(days=60)
    wait = instagram.connecting.renew_after(has_refresh_token=False, refresh_lifetime=None)
    assert wait == timedelta(days=7)


@pytest.mark.parametrize("kind", ["BUSINESS", "MEDIA_CREATOR", "media_creator", None])
def test_professional_accounts_can_be_connected(instagram: Visit, kind: str | None) -> None:
    granted = instagram.granted()
    instagram.answers(ME, 200, {"user_id": "1", "id": "2", "username": "a", "account_type": kind})
    (candidate,) = instagram.listing(granted).candidates
    assert candidate.external_id == "1"


def test_a_personal_account_is_told_how_to_switch(instagram: Visit) -> None:
    granted = instagram.granted()
    body = {"user_id": "1", "id": "2", "username": "b\n" * 3000, "account_type": "PERSONAL"}
    instagram.answers(ME, 200, body)
    with pytest.raises(NothingToConnect, match="Switch it to a business or creator") as nothing:
        instagram.listing(granted)
    assert "\n" not in nothing.value.message
    assert len(nothing.value.message) < 600


def test_no_permissions_at_all_is_not_the_same_as_none_named(instagram: Visit) -> None:
    instagram.answers(
        "POST /oauth/access_token", 200, {"access_token": "IGAAR1", "permissions": ["other"]}
    )
    instagram.answers("GET /access_token", 200, {"access_token": "IGAAR2"})
    granted = instagram.exchange("any-code")
    assert granted.scopes == ()
    assert len(instagram.connecting.missing(granted)) == 4


def test_a_secret_is_not_repeated_in_an_error(instagram: Visit) -> None:
    code = instagram.code()
    instagram.answers(
        "GET /access_token", 400, {"error": {"message": "Bad canary-secret", "code": 100}}
    )
    with pytest.raises(PlatformError) as refused:
        instagram.exchange(code)
    assert "canary-secret" not in f"{refused.value.platform_message}{refused.value.message}"
