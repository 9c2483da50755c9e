"""Connecting LinkedIn members and Pages, and refreshing their tokens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.config import ClientCredentials
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformUnavailable, RateLimited, ReconnectRequired
from shared.platforms.connecting import CodeRefused, NothingToConnect
from shared.platforms.linkedin import ABOUT
from shared.platforms.linkedin.connecting import Connecting
from shared.platforms.linkedin.publishing import CREATE, Publishing
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to
from tests.platforms.visiting import ATTEMPT, Visit

URL = "https://api.linkedin.com"
CONNECTING = Connecting({"LINKEDIN": ClientCredentials("linkedin-client", "linkedin-secret")})


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("linkedin")


def test_a_refresh_returns_a_token_for_sixty_days_and_keeps_the_refresh_token(twin: Twin) -> None:
    renewed = CONNECTING.refresh(Tokens(TOKEN, f"{TOKEN}-refresh"), http_to(twin.url))
    assert renewed.refresh_token == f"{TOKEN}-refresh"
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - clock.now() < timedelta(days=61)
    post = a_post("linkedin", token=renewed.access_token)
    Publishing().take(CREATE, a_turn(post, http_to(twin.url)))
    assert twin.visible() == ["Hello"]


def test_without_a_refresh_token_the_authorization_ends_with_the_access_token() -> None:
    with pytest.raises(ReconnectRequired):
        CONNECTING.refresh(Tokens(TOKEN), http_to(URL))


def test_a_missing_client_app_disconnects_no_account() -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        Connecting().refresh(Tokens(TOKEN, "refresh"), http_to(URL))
    assert failure.value.concerns_operator


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": {"error": "invalid_grant"}}, ReconnectRequired),
        ({"status": 400, "json": {"error": "invalid_request"}}, ReconnectRequired),
        ({"status": 401, "json": {"error": "invalid_client"}}, PlatformUnavailable),
        ({"status": 429, "json": {"error": "throttled"}}, RateLimited),
        ({"status": 400, "body": "<html>"}, PlatformUnavailable),
        ({"status": 502, "body": "<html>"}, PlatformUnavailable),
        ({"status": 200, "json": {}}, PlatformUnavailable),
    ],
)
def test_only_an_answer_of_linkedin_ends_an_authorization(
    answer: dict[str, Any], kind: type
) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", "https://www.linkedin.com/oauth/v2/accessToken", **answer)
        http = http_to(URL)
        http.hosts = ABOUT.hosts
        with pytest.raises(kind) as failure:
            CONNECTING.refresh(Tokens(TOKEN, "refresh"), http)
    assert type(failure.value) is kind
    is_ours = (failure.value.platform_code or "").endswith("_client")
    assert failure.value.concerns_operator == is_ours


# Connecting.

ORGANIZATIONS = ("urn:li:organization:2414183", "urn:li:organization:5637409")


@pytest.fixture
def pages(visit_to: Callable[[str], Visit]) -> Visit:
    """A member who administers two Pages."""
    visit = visit_to("linkedin-page")
    visit.has_accounts(count=2)
    return visit


def _listed(visit: Visit) -> list[str]:
    return [candidate.external_id for candidate in visit.listing(visit.granted()).candidates]


@pytest.mark.full
@pytest.mark.parametrize(
    ("roles", "is_listed"),
    [
        (["ANALYST"], False),
        (["RECRUITING_POSTER", "CURATOR"], False),
        (["CONTENT_ADMIN"], True),
        (["ANALYST", "CONTENT_ADMINISTRATOR"], True),
        (["DIRECT_SPONSORED_CONTENT_POSTER"], True),
        ([], False),
    ],
)
def test_only_pages_on_which_the_member_may_publish_are_listed(
    pages: Visit, roles: list[str], is_listed: bool
) -> None:
    _role(pages, "ada0", roles)
    assert _listed(pages) == list(ORGANIZATIONS if is_listed else ORGANIZATIONS[1:])


def test_a_member_who_only_reads_is_told_whom_to_ask(pages: Visit) -> None:
    for account_id in ("ada0", "ada1"):
        _role(pages, account_id, ["ANALYST"])
    with pytest.raises(NothingToConnect, match="Ask an administrator"):
        _listed(pages)


def _role(visit: Visit, account_id: str, roles: list[str]) -> None:
    browser = visit.platform.app.test_client()
    answer = browser.post("/_sim/roles", json={"accountId": account_id, "roles": roles})
    assert answer.status_code == 200


def test_a_page_that_cannot_be_read_does_not_keep_the_others_from_being_connected(
    pages: Visit,
) -> None:
    pages.answers("GET /rest/organizations/2414183", 403, {"message": "No", "status": 403})
    assert _listed(pages) == [ORGANIZATIONS[1]]
    pages.answers("GET /rest/organizations/2414183", 500, "")
    with pytest.raises(PlatformUnavailable):
        _listed(pages)


def test_roles_are_listed_page_by_page(visit_to: Callable[[str], Visit]) -> None:
    visit = visit_to("linkedin-page")
    visit.has_accounts()
    for number in range(110):
        visit.has_other(f"other{number}", f"urn:li:organization:{number}")
        _role(visit, f"other{number}", ["ANALYST"])
    visit.has_other("last", ORGANIZATIONS[1])
    assert _listed(visit) == list(ORGANIZATIONS)


def test_older_answers_name_the_page_differently(pages: Visit) -> None:
    roles = [
        {"role": "ADMINISTRATOR", "state": "APPROVED", "organizationTarget": ORGANIZATIONS[0]},
        {"role": "ADMINISTRATOR", "organization": "urn:li:organizationBrand:1"},
        {"role": "ADMINISTRATOR", "organization": "urn:li:organization:1/../2"},
        {"role": ["ADMINISTRATOR"], "organization": ORGANIZATIONS[1]},
        "odd",
    ]
    pages.answers("GET /rest/organizationAcls", 200, {"elements": roles})
    assert _listed(pages) == [ORGANIZATIONS[0]]


def test_a_member_without_an_id_is_no_account(visit_to: Callable[[str], Visit]) -> None:
    visit = visit_to("linkedin-profile")
    visit.has_accounts()
    visit.answers("GET /v2/userinfo", 200, {"name": "Ada"})
    with pytest.raises(PlatformUnavailable):
        _listed(visit)


def test_an_app_without_refresh_tokens_has_an_authorization_of_sixty_days(
    visit_to: Callable[[str], Visit],
) -> None:
    visit = visit_to("linkedin-profile")
    visit.has_accounts()
    visit.registers(gets_refresh_tokens=False)
    tokens = visit.granted().tokens
    assert tokens.refresh_token is None
    assert tokens.expires_at is not None
    assert timedelta(days=59) < tokens.expires_at - clock.now() <= timedelta(days=60)
    renew_after = visit.connecting.renew_after(has_refresh_token=False, refresh_lifetime=None)
    assert renew_after is None


def test_a_code_of_the_other_app_is_refused(visit_to: Callable[[str], Visit]) -> None:
    visit = visit_to("linkedin-profile")
    visit.has_accounts()
    code = visit.code()
    visit.registers(client_id="linkedin-page-client")
    other = Connecting({"LINKEDIN_PAGES": visit.credentials("linkedin-page-client")}, "page")
    with pytest.raises(CodeRefused):
        other.exchange(code, ATTEMPT, visit.http)
