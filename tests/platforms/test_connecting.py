"""What connecting accounts must do on every platform: from its page to accounts and tokens."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.platforms.accounts import Person
from shared import clock
from shared.config import Settings
from shared.domain.errors import (
    PlatformUnavailable,
    ReadRefused,
)
from shared.platforms import registry
from shared.platforms.connecting import CodeRefused, NothingToConnect
from shared.platforms.http import url_of
from shared.platforms.oauth2 import challenge_of
from tests.platforms.all_contracts import LOGINS
from tests.platforms.all_logins import (
    SEVERAL,
    UNUSABLE,
    WITH_REFRESH_TOKEN,
    every_login,
    some,
    unavailable,
    visits,
)
from tests.platforms.examples import http_to
from tests.platforms.servers import closed_port
from tests.platforms.visiting import ATTEMPT, NAME, SECRET, Visit


def test_every_login_is_tested(settings: Settings) -> None:
    logins = [
        (name, login.kind)
        for name in registry.names()
        for login in registry.connecting(name).logins
    ]
    assert sorted(logins) == sorted((login.platform, login.kind) for login in LOGINS)


# The page.


@every_login
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


@every_login
def test_every_request_goes_to_the_host_that_is_documented_for_it(visit: Visit) -> None:
    about, page = visit.connecting.about, visit.connecting.authorize_path
    paths = {page} | {request.partition(" ")[2] for request in visit.login.requests}
    urls = {url_of(path, about.base_url, about.hosts) for path in paths}
    assert sorted(urls) == sorted(visit.login.urls)
    assert {request.path for request in _requests_of_a_visit(visit)} <= paths


@every_login
def test_without_an_app_the_operator_is_named_the_settings(visit: Visit) -> None:
    job = type(visit.connecting)(None, visit.login.kind)
    with pytest.raises(PlatformUnavailable, match=f"{visit.login.client_prefix}_CLIENT_ID") as none:
        job.authorize_url(ATTEMPT)
    assert none.value.concerns_operator


@every_login
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


@pytest.mark.full
@every_login
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


@pytest.mark.full
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


@every_login
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


@every_login
def test_a_late_code_is_refused(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    visit.later(visit.login.code_lifetime + timedelta(seconds=1))
    _refused(visit, code)


@every_login
def test_a_code_works_once(visit: Visit) -> None:
    visit.has_accounts()
    code = visit.code()
    visit.exchange(code)
    _refused(visit, code)


@every_login
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


@every_login
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

UNUSABLE_TOKENS: list[dict[str, Any]] = [
    {"access_token": {"a": 1}},
    {"access_token": "a\r\nX-Injected: b"},
    {"access_token": "töken"},
    {"access_token": "a" * 20_000},
    {"access_token": "a", "refresh_token": "a\nb"},
    {"access_token": "a", "refresh_token": ["a"]},
]


@pytest.mark.full
@every_login
def test_an_unusable_answer_with_tokens_is_nobodys_fault(visit: Visit) -> None:
    visit.has_accounts()
    for request in visit.login.token_requests:
        for answer in UNUSABLE:
            visit.answers(request, *answer)
            unavailable(lambda: visit.exchange(visit.code()), answer)


@pytest.mark.full
@every_login
def test_a_token_that_cannot_be_sent_or_stored_is_no_token(visit: Visit) -> None:
    visit.has_accounts()
    for request in visit.login.token_requests[:2]:
        for fields in UNUSABLE_TOKENS:
            visit.answers(request, 200, fields)
            unavailable(lambda: visit.exchange(visit.code()), fields)


@pytest.mark.full
@every_login
def test_an_unusable_answer_with_accounts_is_not_a_user_without_accounts(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    for answer in UNUSABLE:
        visit.answers(visit.login.read, *answer)
        with pytest.raises((PlatformUnavailable, ReadRefused)) as failure:
            visit.listing(granted)
        assert not failure.value.concerns_operator, str(answer)[:200]


@every_login
def test_a_platform_that_is_away_refuses_nobody(visit: Visit) -> None:
    visit.has_accounts()
    granted, away = visit.granted(), http_to(f"http://{closed_port()}")
    unavailable(lambda: visit.connecting.exchange("a-code", ATTEMPT, away))
    unavailable(lambda: visit.connecting.listing(granted, away))


@pytest.mark.full
@every_login
def test_an_account_with_an_unusable_id_is_not_offered(visit: Visit) -> None:
    visit.has_accounts()
    granted = visit.granted()
    kind = visit.login.external_ids[0].rpartition(":")[0]
    for external_id in ("7" * 300, "7/../8", "7?a=b", "7 8", "\n", "ä"):
        for account in visit.platform.accounts.all():
            account.external_id = f"{kind}:{external_id}" if kind else external_id
        with pytest.raises((PlatformUnavailable, NothingToConnect)):
            visit.listing(granted)


@every_login
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


@every_login
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
