"""Connecting Facebook Pages."""

from collections.abc import Callable

import pytest

from shared.domain.errors import PlatformUnavailable
from shared.platforms.connecting import NothingToConnect
from tests.platforms.visiting import Visit

ACCOUNTS = "GET /v26.0/me/accounts"


@pytest.fixture
def pages(visit_to: Callable[[str], Visit]) -> Visit:
    """A person with two Pages."""
    visit = visit_to("facebook-page")
    visit.has_accounts(count=2)
    return visit


def _may(visit: Visit, account_id: str, *tasks: str) -> None:
    browser = visit.platform.app.test_client()
    answer = browser.post("/_sim/tasks", json={"accountId": account_id, "tasks": tasks})
    assert answer.status_code == 200


def test_only_pages_on_which_the_person_may_publish_are_offered(pages: Visit) -> None:
    _may(pages, "ada", "ANALYZE", "MODERATE")
    (candidate,) = pages.listing(pages.granted()).candidates
    assert candidate.external_id == pages.login.external_ids[1]
    _may(pages, "ada1", "ANALYZE")
    with pytest.raises(NothingToConnect, match="cannot publish on ada_writes, ada_writes") as no:
        pages.listing(pages.granted())
    assert "Ask an administrator" in no.value.message


def test_names_of_pages_in_a_message_are_short(pages: Visit) -> None:
    granted = pages.granted()
    for account_id in ("ada", "ada1"):
        _may(pages, account_id, "ANALYZE")
    pages.is_called("a\n" + "b" * 5000)
    with pytest.raises(NothingToConnect) as nothing:
        pages.listing(granted)
    assert "\n" not in nothing.value.message
    assert len(nothing.value.message) < 600


def test_a_page_is_offered_with_its_own_token_which_is_the_one_that_publishes(
    pages: Visit,
) -> None:
    granted = pages.granted()
    candidates = pages.listing(granted).candidates
    assert candidates
    for candidate in candidates:
        assert candidate.own_token not in (None, granted.tokens.access_token)
        token = pages.platform.accounts.token(candidate.own_token)
        assert token is not None
        assert token.account.external_id == candidate.external_id
        assert token.lifetime is None, "one of a long-lived token has no end"
        assert candidate.own_token not in repr(candidate)


@pytest.mark.parametrize("token", [None, "", 5.5, "a\nb", "a" * 20_000])
def test_a_page_without_a_usable_token_is_not_offered(pages: Visit, token: object) -> None:
    granted = pages.granted()
    page = {"id": "1", "name": "One", "tasks": ["CREATE_CONTENT"], "access_token": token}
    pages.answers(ACCOUNTS, 200, {"data": [page]})
    with pytest.raises(PlatformUnavailable):
        pages.listing(granted)


def test_a_list_that_never_ends_is_read_for_a_while(pages: Visit) -> None:
    granted = pages.granted()
    body = {"data": [], "paging": {"cursors": {"after": "a"}, "next": "https://evil.test/"}}
    pages.fails(ACCOUNTS, mode="status", status=200, body=body, times=50)
    with pytest.raises(NothingToConnect):
        pages.listing(granted)
    asked = [r for r in pages.platform.requests.all() if r.path == "/v26.0/me/accounts"]
    assert len(asked) == 5


def test_every_read_proves_that_it_comes_from_our_server(pages: Visit) -> None:
    pages.platform.state.requires_proof = True  # type: ignore[attr-defined]
    granted = pages.granted()
    (candidate, _) = pages.listing(granted).candidates
    assert pages.profile(candidate, granted).external_id == candidate.external_id
    pages.connecting.revoke(granted.tokens, pages.http)


def test_a_wrong_proof_concerns_the_operator(pages: Visit) -> None:
    tokens = pages.granted().tokens
    with pytest.raises(PlatformUnavailable, match="FACEBOOK_CLIENT_SECRET") as refused:
        pages.connecting_with("other").revoke(tokens, pages.http)
    assert refused.value.concerns_operator
