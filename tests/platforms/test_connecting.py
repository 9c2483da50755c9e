"""What connecting accounts must do on every platform: from its page to accounts and tokens."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.platforms.accounts import Person
from shared import clock
from shared.config import Settings
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    TokenExpired,
)
from shared.platforms import registry
from shared.platforms.connecting import CodeRefused, Granted, NothingToConnect
from shared.platforms.http import MAX_ANSWER_BYTES, url_of
from shared.platforms.oauth2 import challenge_of
from tests.platforms.examples import http_to
from tests.platforms.login_examples import LOGINS, LoginExample
from tests.platforms.servers import closed_port
from tests.platforms.visiting import ATTEMPT, NAME, SECRET, Visit, visiting


@pytest.fixture(params=LOGINS, ids=lambda login: login.name)
def visit(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visit]:
    """A visit to each platform, or to those of `visits`."""
    with visiting(request.param, settings, monkeypatch) as visit:
        yield visit


def visits(logins: list[LoginExample]) -> pytest.MarkDecorator:
    """Run a test only for some logins."""
    assert logins
    return pytest.mark.parametrize("visit", logins, ids=lambda login: login.name, indirect=True)


def some(attribute: str) -> list[LoginExample]:
    """The logins with this attribute."""
    return [login for login in LOGINS if getattr(login, attribute)]


SEVERAL = [login for login in LOGINS if len(login.external_ids) > 1]
ROTATING = [login for login in LOGINS if login.refreshes == "rotates"]
REFRESHING = some("refresh_request")
WITH_REFRESH_TOKEN = [login for login in REFRESHING if login.refreshes != "exchanges"]
# A platform whose token is about to end may not have been used for weeks.
OLD = timedelta(days=2)


def test_every_login_is_tested(settings: Settings) -> None:
    logins = [
        (name, login.kind)
        for name in registry.names()
        for login in registry.connecting(name).logins
    ]
    assert sorted(logins) == sorted((login.platform, login.kind) for login in LOGINS)


# The page.


def test_the_platforms_page_gets_exactly_what_its_documentation_lists(visit: Visit) -> None:
    address = urlsplit(visit.connecting.authorize_url(ATTEMPT))
    query = parse_qsl(address.query, strict_parsing=True)
    expected = {
        **visit.login.query,
        visit.login.client_id_field: visit.client_id,
        "redirect_uri": ATTEMPT.redirect_uri,
        "state": ATTEMPT.state,
    }
    if visit.login.has_pkce:
        expected |= {
            # RFC 7636, appendix B.
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
    assert sorted(query) == sorted(expected.items())
    assert "+" not in address.query, "a space is %20: not every platform decodes a plus sign"
    assert SECRET not in address.query
    assert ATTEMPT.verifier not in address.query


def test_every_request_goes_to_the_host_that_is_documented_for_it(visit: Visit) -> None:
    about, page = visit.connecting.about, visit.connecting.authorize_path
    paths = {page} | {request.partition(" ")[2] for request in visit.login.requests}
    urls = {url_of(path, about.base_url, about.hosts) for path in paths}
    assert sorted(urls) == sorted(visit.login.urls)
    assert {request.path for request in _requests_of_a_visit(visit)} <= paths


def test_without_an_app_the_operator_is_named_the_settings(visit: Visit) -> None:
    job = type(visit.connecting)(None, visit.login.kind)
    with pytest.raises(PlatformUnavailable, match=f"{visit.login.client_prefix}_CLIENT_ID") as none:
        job.authorize_url(ATTEMPT)
    assert none.value.concerns_operator


def test_every_permission_says_what_does_not_work_without_it(visit: Visit) -> None:
    scopes = visit.connecting.login.scopes
    assert any(scope.required for scope in scopes)
    for scope in scopes:
        assert scope.needed_for
        assert scope.needed_for[0].islower()
        assert not scope.needed_for.endswith(".")


def _requests_of_a_visit(visit: Visit) -> list[Any]:
    visit.has_accounts()
    visit.granted()
    return visit.platform.requests.all()


# From the page to accounts.


def test_who_allows_everything_gets_the_account(visit: Visit) -> None:
    (external_id,) = visit.has_accounts()
    before = clock.now()
    granted = visit.granted()
    assert visit.connecting.missing(granted) == ()
    assert (granted.scopes is not None) is visit.login.says_scopes
    assert granted.tokens.expires_at is not None
    assert granted.tokens.expires_at > before + timedelta(minutes=29)
    assert bool(granted.tokens.refresh_token) is (visit.login in WITH_REFRESH_TOKEN)
    listing = visit.listing(granted)
    (candidate,) = listing.candidates
    assert (candidate.external_id, candidate.username) == (external_id, NAME)
    assert listing.platform_user_id
    assert (candidate.avatar_url or "https://").startswith("https://")
    # The same person again has the same grant.
    assert visit.listing(visit.granted()).platform_user_id == listing.platform_user_id


@visits(SEVERAL)
def test_all_accounts_of_a_person_can_be_connected(visit: Visit) -> None:
    ids = visit.has_accounts(count=2)
    candidates = visit.listing(visit.granted()).candidates
    assert sorted(candidate.external_id for candidate in candidates) == sorted(ids)
    tokens = [candidate.own_token for candidate in candidates if candidate.own_token]
    assert len(set(tokens)) == len(tokens), "each Page has a token of its own"


@visits(SEVERAL)
def test_more_accounts_than_one_page_of_a_list_are_all_listed(visit: Visit) -> None:
    visit.has_accounts()
    first = visit.login.external_ids[0]
    others = [f"{first[:-4]}{number}" for number in range(2000, 2120)]
    for number, external_id in enumerate(others):
        visit.has_other(f"other{number}", external_id)
    candidates = visit.listing(visit.granted()).candidates
    listed = {candidate.external_id for candidate in candidates}
    # The name of each LinkedIn Page is a request.
    expected = 100 if visit.login.platform == "linkedin" else 121
    assert len(candidates) == len(listed) == expected


def test_who_says_no_comes_back_without_a_code(visit: Visit) -> None:
    visit.has_accounts()
    back = visit.authorize(decision="deny")
    assert back["error"] in ("access_denied", "user_cancelled_authorize")
    assert back["state"] == ATTEMPT.state
    assert "code" not in back


@visits(some("optional"))
def test_an_optional_permission_that_was_refused_is_known(visit: Visit) -> None:
    (external_id,) = visit.has_accounts()
    granted = visit.granted(without=(visit.login.optional,))
    missing = visit.connecting.missing(granted)
    assert [scope.name for scope in missing] == [visit.login.optional] * visit.login.says_scopes
    assert not any(scope.required for scope in missing)
    (candidate,) = visit.listing(granted).candidates
    assert candidate.external_id == external_id
    assert visit.profile(candidate, granted).external_id == external_id


@visits([login for login in some("required") if login.says_scopes])
def test_a_required_permission_that_was_refused_is_known(visit: Visit) -> None:
    visit.has_accounts()
    missing = visit.connecting.missing(visit.granted(without=(visit.login.required,)))
    assert [(scope.name, scope.required) for scope in missing] == [(visit.login.required, True)]


@visits(some("nothing"))
def test_who_has_nothing_to_connect_is_told_what_to_do(visit: Visit) -> None:
    visit.platform.accounts.put_person(Person("eve", has_nothing=True))
    granted = visit.granted("eve")
    with pytest.raises(NothingToConnect, match=visit.login.nothing) as nothing:
        visit.listing(granted)
    assert nothing.value.message.endswith("then start again.")
    assert not nothing.value.concerns_operator


# Codes.


def test_a_late_code_is_refused(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    visit.later(visit.login.code_lifetime + timedelta(seconds=1))
    _refused(visit, code)


def test_a_code_works_once(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    visit.exchange(code)
    _refused(visit, code)


def test_a_code_that_never_was_is_refused(visit: Visit) -> None:
    _refused(visit, "no-such-code")


@visits(some("has_pkce"))
def test_a_code_of_another_browser_is_refused(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    other = replace(ATTEMPT, verifier=ATTEMPT.verifier[::-1])
    assert challenge_of(other.verifier) != challenge_of(ATTEMPT.verifier)
    with pytest.raises(CodeRefused):
        visit.exchange(code, other)


def test_a_code_whose_answer_was_lost_is_used(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    visit.fails(visit.login.token_requests[0], mode="accept_then_reset")
    with pytest.raises(PlatformUnavailable):
        visit.exchange(code)
    _refused(visit, code)


def _refused(visit: Visit, code: str) -> None:
    with pytest.raises(CodeRefused, match="Start again") as refused:
        visit.exchange(code)
    assert not refused.value.concerns_operator
    assert code not in (refused.value.platform_message or "")


# What platforms should not answer.

UNUSABLE: list[tuple[int, Any]] = [
    (500, {"error": "server_error"}),
    (302, ""),
    (404, "<html>Sorry</html>"),
    (200, "<html>Sorry</html>"),
    (200, ""),
    (200, []),
    (200, '"text"'),
    (200, "5"),
    (200, "null"),
    (200, {}),
    (200, "x" * (MAX_ANSWER_BYTES + 1)),
]
UNUSABLE_TOKENS: list[dict[str, Any]] = [
    {"access_token": {"a": 1}},
    {"access_token": "a\r\nX-Injected: b"},
    {"access_token": "töken"},
    {"access_token": "a" * 20_000},
    {"access_token": "a", "refresh_token": "a\nb"},
    {"access_token": "a", "refresh_token": ["a"]},
]


def test_an_unusable_answer_with_tokens_is_nobodys_fault(visit: Visit) -> None:
    visit.has_accounts()
    for request in visit.login.token_requests:
        for answer in UNUSABLE:
            visit.answers(request, *answer)
            _unavailable(lambda: visit.exchange(visit.code()), answer)


def test_a_token_that_cannot_be_sent_or_stored_is_no_token(visit: Visit) -> None:
    visit.has_accounts()
    for request in visit.login.token_requests[:2]:
        for fields in UNUSABLE_TOKENS:
            visit.answers(request, 200, fields)
            _unavailable(lambda: visit.exchange(visit.code()), fields)


def test_an_unusable_answer_with_accounts_is_not_a_user_without_accounts(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    for answer in UNUSABLE:
        visit.answers(visit.login.read, *answer)
        with pytest.raises((PlatformUnavailable, ReadRefused)) as failure:
            visit.listing(granted)
        assert not failure.value.concerns_operator, str(answer)[:200]


def test_a_platform_that_is_away_refuses_nobody(visit: Visit) -> None:
    visit.has_accounts()
    granted, away = visit.granted(), http_to(f"http://{closed_port()}")
    _unavailable(lambda: visit.connecting.exchange("a-code", ATTEMPT, away))
    _unavailable(lambda: visit.connecting.listing(granted, away))


def _unavailable(call: Callable[[], object], answer: object = None) -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        call()
    assert not failure.value.concerns_operator, str(answer)[:200]


def test_an_account_with_an_unusable_id_is_not_offered(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    kind = visit.login.external_ids[0].rpartition(":")[0]
    for external_id in ("7" * 300, "7/../8", "7?a=b", "7 8", "\n", "ä"):
        for account in visit.platform.accounts.all():
            account.external_id = f"{kind}:{external_id}" if kind else external_id
        with pytest.raises((PlatformUnavailable, NothingToConnect)):
            visit.listing(granted)


def test_a_hostile_name_is_short_and_in_one_line(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    visit.is_called("<b>\x00ada\r\n\x1b[31m\ud800" + "ä" * 5000)
    (candidate,) = visit.listing(granted).candidates
    for name in (candidate.username, candidate.display_name):
        assert name.startswith("<b>ada [31m")
        assert name.isprintable()
        assert len(name.encode()) <= 200


# Our app.


def test_a_wrong_secret_concerns_the_operator(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    with pytest.raises(PlatformUnavailable, match=visit.login.wrong_secret) as refused:
        visit.connecting_with("other-secret").exchange(code, ATTEMPT, visit.http)
    assert refused.value.concerns_operator
    assert f"{visit.login.client_prefix}_CLIENT_SECRET" in refused.value.message
    assert "other-secret" not in refused.value.message


@visits(WITH_REFRESH_TOKEN)
def test_a_wrong_secret_disconnects_nobody(visit: Visit) -> None:
    visit.has_accounts()
    tokens = visit.granted().tokens
    with pytest.raises(PlatformUnavailable, match=f"{visit.login.client_prefix}_") as refused:
        visit.connecting_with("other-secret").refresh(tokens, visit.http)
    assert refused.value.concerns_operator


# New tokens.


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


@visits(REFRESHING)
def test_only_a_refusal_of_the_platform_ends_an_authorization(visit: Visit) -> None:
    visit.has_accounts()
    tokens = visit.granted().tokens
    visit.later(OLD)
    for status, body in UNUSABLE:
        visit.answers(visit.login.refresh_request, status, body)
        _unavailable(lambda: visit.connecting.refresh(tokens, visit.http))
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
    _unavailable(lambda: visit.connecting.refresh(tokens, visit.http))
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


def test_the_account_is_read_as_it_is_called_now(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    (candidate,) = visit.listing(granted).candidates
    visit.is_called("ada_renamed")
    shown = visit.profile(candidate, granted)
    assert (shown.external_id, shown.username) == (candidate.external_id, "ada_renamed")


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
    _unavailable(lambda: visit.connecting.revoke(tokens, visit.http))


@visits([login for login in LOGINS if not login.revoke_request])
def test_a_platform_without_an_end_says_so(visit: Visit) -> None:
    assert not visit.connecting.revokes
