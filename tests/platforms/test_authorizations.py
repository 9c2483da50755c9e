"""What renewing, reading and ending authorizations must do on every platform."""

from datetime import timedelta

import pytest

from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.platforms.connecting import Granted
from tests.platforms.all_contracts import LOGINS
from tests.platforms.all_logins import (
    REFRESHING,
    ROTATING,
    UNUSABLE,
    every_login,
    some,
    unavailable,
    visits,
)
from tests.platforms.visiting import Visit

# Instagram and Threads renew only tokens that are a day old.
OLD = timedelta(days=2)

# New tokens.


@pytest.mark.full
@visits(REFRESHING)
def test_new_tokens_act_for_the_account(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    visit.later(OLD)
    renewed = visit.connecting.refresh(granted.tokens, visit.http)
    assert renewed.access_token != granted.tokens.access_token
    is_kept = renewed.refresh_token == granted.tokens.refresh_token
    assert is_kept is (visit.login not in ROTATING)
    (candidate,) = visit.listing(Granted(renewed, granted.scopes)).candidates
    assert candidate.external_id == visit.login.external_ids[0]


@pytest.mark.full
@visits(REFRESHING)
def test_only_a_refusal_of_the_platform_ends_an_authorization(visit: Visit) -> None:
    visit.has_accounts()
    tokens = visit.granted().tokens
    visit.later(OLD)
    for status, body in UNUSABLE:
        visit.answers(visit.login.refresh_request, status, body)
        unavailable(lambda: visit.connecting.refresh(tokens, visit.http))
    visit.fails(visit.login.refresh_request, mode="status", status=429, body="Too many")
    with pytest.raises((RateLimited, PlatformUnavailable)):
        visit.connecting.refresh(tokens, visit.http)
    visit.platform.accounts.revoke(tokens.refresh_token or tokens.access_token)
    with pytest.raises(ReconnectRequired):
        visit.connecting.refresh(tokens, visit.http)


@visits(REFRESHING)
def test_a_lost_answer_with_new_tokens_ends_only_what_the_platform_rotates(visit: Visit) -> None:
    visit.has_accounts()
    tokens = visit.granted().tokens
    visit.later(OLD)
    visit.fails(visit.login.refresh_request, mode="accept_then_reset")
    unavailable(lambda: visit.connecting.refresh(tokens, visit.http))
    if visit.login in ROTATING:
        with pytest.raises(ReconnectRequired):
            visit.connecting.refresh(tokens, visit.http)
    else:
        assert visit.connecting.refresh(tokens, visit.http).access_token


@visits([login for login in LOGINS if login.refreshes == "never"])
def test_tokens_that_cannot_be_renewed_end(visit: Visit) -> None:
    visit.has_accounts()
    with pytest.raises(ReconnectRequired):
        visit.connecting.refresh(visit.granted().tokens, visit.http)


# The account as it is shown.


@pytest.mark.full
@every_login
def test_the_account_is_read_as_it_is_called_now(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    (candidate,) = visit.listing(granted).candidates
    visit.is_called("ada_renamed")
    shown = visit.profile(candidate, granted)
    assert (shown.external_id, shown.username) == (candidate.external_id, "ada_renamed")


@pytest.mark.full
@every_login
def test_a_dead_token_is_told_from_a_read_that_failed(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    (candidate,) = visit.listing(granted).candidates
    path = _path_of_profile(visit)
    for status, body in UNUSABLE:
        visit.answers(path, status, body)
        with pytest.raises(PlatformError) as failed:
            visit.profile(candidate, granted)
        assert not isinstance(failed.value, TokenExpired | ReconnectRequired)
        visit.platform.faults.clear()
    visit.platform.accounts.revoke(candidate.own_token or granted.tokens.access_token)
    with pytest.raises((TokenExpired, ReconnectRequired)):
        visit.profile(candidate, granted)


def _path_of_profile(visit: Visit) -> str:
    """The request of the cheapest read, as the twin was asked."""
    granted = visit.granted()
    (candidate,) = visit.listing(granted).candidates
    visit.profile(candidate, granted)
    last = visit.platform.requests.all()[-1]
    return f"{last.method} {last.path}"


# The end.


@visits(some("revoke_request"))
def test_an_authorization_is_ended_and_may_be_ended_twice(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    (candidate,) = visit.listing(granted).candidates
    assert visit.connecting.revokes
    visit.connecting.revoke(granted.tokens, visit.http)
    with pytest.raises((TokenExpired, ReconnectRequired)):
        visit.profile(candidate, granted)
    visit.connecting.revoke(granted.tokens, visit.http)


@visits(some("revoke_request"))
def test_an_authorization_that_was_not_ended_is_not_taken_for_ended(visit: Visit) -> None:
    visit.has_accounts()
    tokens = visit.granted().tokens
    visit.fails(visit.login.revoke_request, mode="rate_limit")
    with pytest.raises(RateLimited):
        visit.connecting.revoke(tokens, visit.http)
    visit.answers(visit.login.revoke_request, 503, "<html>Sorry</html>")
    unavailable(lambda: visit.connecting.revoke(tokens, visit.http))


@visits([login for login in LOGINS if not login.revoke_request])
def test_a_platform_without_an_end_says_so(visit: Visit) -> None:
    assert not visit.connecting.revokes
