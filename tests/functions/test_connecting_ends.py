"""When an authorization ends, and when it must not."""

from shared.domain.accounts import Tokens
from shared.gcp.grants import RefreshLease
from tests.functions.api_client import ApiClient, post
from tests.functions.connecting import (
    ACCOUNTS,
    Browsers,
    a_person,
    accounts_of,
    begin,
    connect,
    connection,
    grants_of,
    stored_account,
)


def test_the_platform_is_asked_to_end_the_authorization_of_the_last_account(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    user.call("DELETE", f"{ACCOUNTS}/x/x_ana")
    user.world.sweep()
    user.world.deliver_due()
    paths = [request.path for request in user.world.platforms["x"].requests.all()]
    assert paths.count("/2/oauth2/revoke") == 2, "the refresh token and the access token"
    assert list(user.world.parts.db.collection("revocations").stream()) == []


def _end_authorizations(user: ApiClient) -> list[str]:
    """Let the revocations run; returns what LinkedIn was asked after the connecting."""
    twin = user.world.platforms["linkedin"]
    before = len(twin.requests.all())
    user.world.sweep()
    user.world.deliver_due()
    assert list(user.world.parts.db.collection("revocations").stream()) == []
    return [request.path for request in twin.requests.all()[before:]]


def _publishes(user: ApiClient) -> None:
    accepted = user.accept(post("Again", "linkedin"))
    user.world.deliver_due()
    assert user.call("GET", f"/v1/posts/{accepted}").json["status"] == "succeeded"


def test_an_account_that_was_reconnected_at_once_keeps_its_new_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    """LinkedIn ends all that a member gave to the app, whichever token is sent."""
    a_person(user, "linkedin", "ana")
    account_id = connect(user, browsers(), "ana", "linkedin")
    user.call("DELETE", f"{ACCOUNTS}/linkedin/{account_id}")
    assert connect(user, browsers(), "ana", "linkedin") == account_id
    assert _end_authorizations(user) == []
    _publishes(user)


def test_an_authorization_ends_with_the_last_user_who_has_it(
    user: ApiClient, browsers: Browsers
) -> None:
    a_person(user, "linkedin", "ana")
    other = user.another_user_without_accounts()
    account_id = connect(user, browsers(), "ana", "linkedin")
    others_id = connect(other, browsers(), "ana", "linkedin")
    user.call("DELETE", f"{ACCOUNTS}/linkedin/{account_id}")
    assert _end_authorizations(user) == []
    _publishes(other)
    other.call("DELETE", f"{ACCOUNTS}/linkedin/{others_id}")
    assert "/oauth/v2/revoke" in _end_authorizations(other)


def test_a_refresh_from_before_a_disconnection_does_not_touch_the_new_authorization(
    user: ApiClient, browsers: Browsers
) -> None:
    """It is the same person, so the same grant: only its version tells them apart."""
    a_person(user, "x", "ana")
    connect(user, browsers(), "ana")
    account, grants = stored_account(user, "x_ana"), user.world.parts.grants
    [first] = grants_of(user, "x")
    lease = grants.lease_refresh(account, refused=first["version"])
    assert isinstance(lease, RefreshLease)
    user.call("DELETE", f"{ACCOUNTS}/x/x_ana")
    connect(user, browsers(), "ana")
    [before] = grants_of(user, "x")
    grants.complete_refresh(lease, Tokens("late", "late-r"))
    grants.require_reconnect(account, lease.credential.version, "It has ended.")
    assert grants_of(user, "x") == [before]
    assert accounts_of(user, "x")["x_ana"]["status"] == "connected"


def test_an_authorization_that_is_not_what_the_user_came_for_ends(
    user: ApiClient, browsers: Browsers
) -> None:
    for name in ("ana", "ben"):
        a_person(user, "linkedin", name)
    account_id = connect(user, browsers(), "ana", "linkedin")
    begun, ben = begin(user, "linkedin", accountId=account_id), browsers()
    ben.come_back(ben.authorize(ben.start(begun["url"]), person="ben"))
    assert connection(user, begun)["error"]["code"] == "other_account"
    assert "/oauth/v2/revoke" in _end_authorizations(user)
    _publishes(user)
